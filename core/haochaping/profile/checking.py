"""All checks of a merged profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from haochaping.hooks.values import Channel, Words
from haochaping.profile import indicator_checks, plausible
from haochaping.profile.faults import Fault, shown
from haochaping.profile.meaning import CHECKS, at, fault, unknown
from haochaping.profile.nearest import nearest
from haochaping.profile.nodes import Branch, Leaf, Node, children
from haochaping.profile.shape import settings_faults, shape_faults

MOST_FAULTS: Final = 200
ISOLATE: Final = "isolate"
"""The setting by which a plugin runs in a process of its own; no plugin has one of this name."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a profile may name beyond the core's own words.

    `plugins` maps the names of installed plugins to the JSON schemas of their settings
    (None: any settings). `channels` are all channels that there are. What is None itself is
    not judged: `gateways` (of messages), `dialects` and `crypto` are known once the plugins
    of a profile are put together, and are judged then by `unknown_names`.
    """

    plugins: Mapping[str, Mapping[str, Any] | None] | None = None
    channels: frozenset[str] = frozenset(Channel)
    gateways: frozenset[str] | None = None
    dialects: frozenset[str] | None = None
    crypto: frozenset[str] | None = None


KNOWN_TO_CORE: Final = Known()


def check(root: Branch, known: Known) -> list[Fault]:
    """Return all faults of a merged profile, in the order of the files' lines.

    Beyond MOST_FAULTS the rest is left for the next run: such a file is no profile.
    """
    found = dict.fromkeys(islice(_all_faults(root, known), MOST_FAULTS))
    return sorted(found, key=lambda fault: (fault.file, fault.line))


def unknown_names(root: Branch, known: Known) -> list[Fault]:
    """Return the names in a valid profile that nobody brings, in the order of the lines."""
    return sorted(_names(root, known), key=lambda fault: (fault.file, fault.line))


def _all_faults(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield the faults of form and of meaning."""
    yield from shape_faults(root)
    for each in (*indicator_checks.CHECKS, *CHECKS, *plausible.CHECKS):
        yield from each(root)
    yield from _channels(root, known)
    yield from _names(root, known)
    yield from _plugins(root, known)


def _names(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield names that plugins may bring and none does."""
    yield from _gateways(root, known)
    yield from _exchange(root, known)


def _channels(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield channels that nobody knows."""
    key = "channels.enabled"
    for place, node in children(at(root, key) or _NOTHING):
        yield from unknown(node, f"{key}.{place}", sorted(known.channels), _NO_CHANNEL)


def _gateways(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield message gateways that nobody contributes."""
    if known.gateways is None:
        return
    allowed = sorted({"inbox", *known.gateways})
    for place, rung in children(at(root, "rectification.warnings") or _NOTHING):
        for number, node in children(at(rung, "gateways") or _NOTHING):
            key = f"rectification.warnings.{place}.gateways.{number}"
            yield from unknown(node, key, allowed, _NO_GATEWAY)
    for place, receiver in children(at(root, "bulletins.receivers") or _NOTHING):
        key = f"bulletins.receivers.{place}.gateway"
        yield from unknown(at(receiver, "gateway"), key, allowed, _NO_GATEWAY)


def _exchange(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield what the exchange names and nobody brings: dialects, signatures, channels."""
    if known.dialects is None or known.crypto is None:
        return
    for side in ("uplink", "uplink.receive"):
        for word, names, words in (
            ("dialect", known.dialects, _NO_DIALECT),
            ("crypto", known.crypto, _NO_CRYPTO),
        ):
            key = f"{side}.{word}"
            yield from unknown(at(root, key), key, sorted(names), words)
        for code, node in children(at(root, f"{side}.channels") or _NOTHING):
            key = f"{side}.channels.{code}"
            yield from unknown(node, key, sorted(known.channels), _NO_CHANNEL)


def _plugins(root: Branch, known: Known) -> Iterator[Fault]:
    """Yield plugins that are not installed, and faulty settings of those that are."""
    if known.plugins is None:
        return
    for name, node in children(at(root, "plugins") or _NOTHING):
        if name not in known.plugins:
            yield _unknown_plugin(node, name, sorted(known.plugins))
        elif isinstance(node, Branch) and not _isolated(node):
            own = {key: one for key, one in node.entries.items() if key != ISOLATE}
            schema = known.plugins[name]
            if schema is not None:
                settings = Branch(node.file, node.line, own)
                yield from settings_faults(settings, ("plugins", name), schema)


def _isolated(settings: Branch) -> bool:
    """Say whether a plugin runs apart: its schema is asked for there, as it is assembled."""
    flag = settings.entries.get(ISOLATE)
    return isinstance(flag, Leaf) and flag.value is True


def _unknown_plugin(node: Node, name: str, names: list[str]) -> Fault:
    listed = ", ".join(names)
    words = Words(
        f"没有安装名为“{shown(name)}”的插件", f"no plugin named “{shown(name)}” is installed"
    )
    first = names[0] if names else ""
    key = f"plugins.{shown(name)}"
    return fault(node, key, words, Words(listed, listed), first, nearest(name, names))


_NOTHING: Final = Branch("", 0, {})
_NO_CHANNEL: Final = Words("没有名为“{}”的评价渠道", "there is no channel “{}”")
_NO_GATEWAY: Final = Words("没有名为“{}”的发送方式", "there is no gateway “{}”")
_NO_DIALECT: Final = Words("没有名为“{}”的字段方言", "there is no dialect “{}”")
_NO_CRYPTO: Final = Words("没有名为“{}”的签名或加密方式", "there is no signature or crypto “{}”")
