"""What a profile still assumes: rules that nobody has published and nobody confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault
from haochaping.profile.nodes import Leaf, Node, children, dotted, shared_source, walk
from haochaping.profile.profile import Profile

ASSUMPTION: Final = "assumption"


def unconfirmed(profile: Profile) -> tuple[Fault, ...]:
    """Return a fault for every assumption that the jurisdiction has not confirmed.

    Values that share their parent's fate are named by the parent. A profile confirms
    assumptions under `confirmed: [{keys, document, date}]`.
    """
    confirmed = {key for entry in profile.data.get("confirmed", ()) for key in entry["keys"]}
    return tuple(_open(profile.root, (), frozenset(confirmed)))


def _open(node: Node, path: tuple[str, ...], confirmed: frozenset[str]) -> Iterator[Fault]:
    if dotted(path) in confirmed or not _has_assumptions(node):
        return
    inner = [key for key in confirmed if key.startswith(f"{dotted(path)}.")]
    source = shared_source(node)
    if path and source is not None and not inner:
        yield _fault(node, dotted(path), source.note)
    elif isinstance(node, Leaf):
        yield _fault(node, dotted(path), "")
    else:
        for key, child in children(node):
            yield from _open(child, (*path, key), confirmed)


def _has_assumptions(node: Node) -> bool:
    return any(
        isinstance(each, Leaf) and each.source is not None and each.source.status == ASSUMPTION
        for _, each in walk(node)
    )


def _fault(node: Node, key: str, note: str) -> Fault:
    more = f"：{note}" if note else ""
    return Fault(
        node.file,
        node.line,
        key,
        Words(f"尚未确认的假定{more}", "an assumption that nobody has confirmed"),
        Words(
            "写明本地规定及来源，或列入 confirmed",
            "the jurisdiction's own rule with its source, or an entry under `confirmed`",
        ),
        f"confirmed: [{{keys: [{key}], document: …, date: …}}]",
    )
