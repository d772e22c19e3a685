"""Layers of a profile: sources are bound to their own layer, then the layers are merged."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nodes import Branch, Leaf, Node, Row, Source, dotted

LEVELS: Final = ("national", "province", "city", "county")
STATUSES: Final = ("in_force", "superseded", "example", "assumption")
SOURCE_KEYS: Final = tuple(each.name for each in fields(Source))
_LIKE_A_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DAY: Final = "2026-03-01"
_EXAMPLE: Final = "{document: 国办发〔2019〕51号, level: national, status: in_force}"


def bind_sources(
    node: Node, faults: list[Fault], inherited: Source | None = None, path: tuple[str, ...] = ()
) -> Node:
    """Return the tree without its `source` maps, every leaf knowing the one that governs it.

    `{value: …, source: …}` becomes the value alone. Broken sources are added to `faults`.
    """
    if isinstance(node, Leaf):
        return replace(node, source=inherited)
    if isinstance(node, Row):
        items = enumerate(node.items)
        bound = (bind_sources(item, faults, inherited, (*path, str(at))) for at, item in items)
        return replace(node, items=tuple(bound), source=inherited)
    own = _own_source(node, faults, path)
    source = own or inherited
    if own is not None and set(node.entries) == {"value", "source"}:
        value = bind_sources(node.entries["value"], faults, source, path)
        return replace(value, line=node.line)
    entries = {
        key: bind_sources(entry, faults, source, (*path, key))
        for key, entry in node.entries.items()
        if key != "source" or not isinstance(entry, Branch)
    }
    return replace(node, entries=entries)


def _own_source(node: Branch, faults: list[Fault], path: tuple[str, ...]) -> Source | None:
    """Return the source that a map carries for all in it, None if it carries none."""
    stated = node.entries.get("source")
    if not isinstance(stated, Branch):
        return None
    texts = {
        key: str(entry.value) for key, entry in stated.entries.items() if isinstance(entry, Leaf)
    }
    faults.extend(_source_faults(stated, texts, dotted((*path, "source"))))
    known = {key: text for key, text in texts.items() if key in SOURCE_KEYS}
    return Source(**{"document": "", "status": "assumption", **known})


def _source_faults(stated: Branch, texts: dict[str, str], key: str) -> list[Fault]:
    """Return what is wrong with a source as it is written."""
    faults = [
        _fault(entry, f"{key}.{name}", _UNKNOWN, name, ", ".join(SOURCE_KEYS))
        for name, entry in stated.entries.items()
        if name not in texts or name not in SOURCE_KEYS
    ]
    for name in ("document", "status"):
        if name not in stated.entries:
            faults.append(_fault(stated, key, _MISSING, name, name))
    if _LIKE_A_DAY.fullmatch(texts.get("date", "")) and not _real(texts["date"]):
        faults.append(_fault(stated.entries["date"], f"{key}.date", _NO_DAY, texts["date"], _DAY))
    for name, allowed in (("level", LEVELS), ("status", STATUSES)):
        if name in texts and texts[name] not in allowed:
            at = stated.entries[name]
            faults.append(_fault(at, f"{key}.{name}", _VALUE, texts[name], " | ".join(allowed)))
    return faults


def _real(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def _fault(node: Node, key: str, words: Words, value: str, expected: str) -> Fault:
    message = Words(words.zh.format(shown(value)), words.en.format(shown(value)))
    return Fault(node.file, node.line, key, message, Words(expected, expected), _EXAMPLE)


def merge(below: Node, above: Node) -> Node:
    """Lay one layer over another: maps merge, all else replaces, null removes the key."""
    if not isinstance(above, Branch):
        return above
    entries = dict(below.entries) if isinstance(below, Branch) else {}
    for key, entry in above.entries.items():
        if isinstance(entry, Leaf) and entry.value is None:
            entries.pop(key, None)
        else:
            nothing = Branch(entry.file, entry.line, {})
            entries[key] = merge(entries.get(key, nothing), entry)
    return Branch(above.file, above.line, entries)


_UNKNOWN = Words("来源中没有“{}”这一项", "a source has no “{}”")
_MISSING = Words("来源缺少“{}”", "the source lacks “{}”")
_NO_DAY = Words("日历上没有“{}”这一天", "there is no day “{}”")
_VALUE = Words("来源中的“{}”不是允许的值", "“{}” is not a value a source may have")
