"""Changes of single values laid over a checked profile, judged by the same checks as a file.

A change is written as people see it: a dotted key, a value as in YAML, and its source. Its
faults name the change where those of a profile name the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import yaml

from haochaping.hooks.values import Words
from haochaping.profile.checking import Known, check
from haochaping.profile.faults import Fault, ProfileError, shown
from haochaping.profile.layering import bind_sources, merge
from haochaping.profile.nearest import nearest
from haochaping.profile.nodes import Branch, Leaf, Node, node_at, plain, walk
from haochaping.profile.profile import Layer, Profile, make
from haochaping.profile.reading import read

LONGEST: Final = 20_000
"""Characters of a value; the longest lists of a profile have a few thousand."""
CLOSED: Final = ("extends", "jurisdiction", "source")
"""Top keys that only the profile's own file sets."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A value that replaces another one: `text` as in YAML, `source` by the keys of a source.

    `label` stands for the file in faults and origins.
    """

    label: str
    key: str
    text: str
    source: Mapping[str, str]


def amend(profile: Profile, amendments: Sequence[Amendment], known: Known) -> Profile:
    """Return the profile with changes laid over it, in their order.

    :raises ProfileError: with all faults at once.
    """
    faults: list[Fault] = []
    root: Node = profile.root
    for each in amendments:
        found = _layer(each, root, faults)
        if found is not None:
            root = merge(root, found)
    if not isinstance(root, Branch) or faults:
        raise ProfileError(faults)
    faults += [*_plugins(profile, root), *check(root, known)]
    if faults:
        raise ProfileError(faults)
    layers = (*profile.layers, *(Layer(each.label, each.label) for each in amendments))
    return make(profile.name, layers, root)


def editable(profile: Profile, key: str) -> str:
    """Return the key by which a sentence is changed: lists are replaced as a whole."""
    parts: list[str] = []
    for part in key.split("."):
        if part.isdecimal() and not isinstance(_at(profile.root, parts), Branch):
            break
        parts.append(part)
    return ".".join(parts)


def written(profile: Profile, key: str) -> str:
    """Return the value at a key as one may write it in YAML, empty when there is none."""
    try:
        value = _numbers(plain(node_at(profile.root, key)))
    except KeyError:
        return ""
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)
    return text.removesuffix("...\n").strip()


def _layer(each: Amendment, root: Node, faults: list[Fault]) -> Branch | None:
    """Return a change as a layer, None with a fault when it cannot be one."""
    parts = each.key.split(".")
    fault = _closed(each, parts, root)
    if fault is not None:
        faults.append(fault)
        return None
    value = _value(each, faults)
    if value is None:
        return None
    stated = {name: Leaf(each.label, 0, text) for name, text in each.source.items() if text.strip()}
    source = Branch(each.label, 1, dict(stated))
    bound = bind_sources(
        Branch(each.label, 1, {"value": value, "source": source}), faults, path=tuple(parts)
    )
    for part in reversed(parts):
        bound = Branch(each.label, 1, {part: bound})
    return bound if isinstance(bound, Branch) else None


def _closed(each: Amendment, parts: Sequence[str], root: Node) -> Fault | None:
    """Return why a key cannot be changed at all, None when it may be."""
    if not all(parts) or parts[0] in CLOSED:
        return _fault(each, _CLOSED)
    if parts[0] == "plugins" and len(parts) < 2:
        return _fault(each, _PLUGINS)
    for place, part in enumerate(parts):
        if part.isdecimal() and not isinstance(_at(root, parts[:place]), Branch):
            return _fault(each, _WHOLE_LIST, nearest=".".join(parts[:place]))
    if parts[0] != "plugins" and not isinstance(_at(root, parts[:-1]), Branch):
        keys = [".".join(path) for path, _ in walk(root)]
        return _fault(each, _NO_KEY, nearest=nearest(each.key, keys))
    return None


def _value(each: Amendment, faults: list[Fault]) -> Node | None:
    """Read the value of a change, with its own lines counted from 1."""
    if not each.text.strip() or len(each.text) > LONGEST:
        faults.append(_fault(each, _EMPTY if len(each.text) <= LONGEST else _LONG))
        return None
    lines = (f"  {line}" for line in each.text.splitlines())
    reading = read("\n".join(("value:", *lines, "")).encode(), each.label)
    faults += [
        Fault(one.file, max(one.line - 1, 1), each.key, one.message) for one in reading.faults
    ]
    root = reading.root
    if reading.faults or not isinstance(root, Branch):
        return None
    return _moved(root.entries["value"])


def _moved(node: Node) -> Node:
    """Return a value with its lines one lower: the first line read is not part of it."""
    line = max(node.line - 1, 1)
    if isinstance(node, Leaf):
        return Leaf(node.file, line, node.value)
    if isinstance(node, Branch):
        entries = {key: _moved(entry) for key, entry in node.entries.items()}
        return Branch(node.file, line, entries)
    return type(node)(node.file, line, tuple(_moved(item) for item in node.items))


def _plugins(before: Profile, root: Branch) -> Iterable[Fault]:
    """Yield a fault when other plugins would be enabled: that takes their tables and a start."""
    node = root.entries.get("plugins")
    names = set(node.entries) if isinstance(node, Branch) else set()
    if names != set(before.plugins):
        place = node or root
        yield Fault(place.file, place.line, "plugins", _PLUGINS, _PLUGINS_HOW)


def _at(root: Node, parts: Sequence[str]) -> Node | None:
    try:
        return node_at(root, ".".join(parts))
    except KeyError:
        return None


def _numbers(value: Any) -> Any:
    """Return data with decimals as the numbers that YAML writes."""
    if isinstance(value, dict):
        return {key: _numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _fault(each: Amendment, words: Words, nearest: str = "") -> Fault:
    return Fault(each.label, 1, shown(each.key), words, _EXPECTED, _EXAMPLE, nearest)


_CLOSED: Final = Words(
    "这一项只能在配置档文件里改", "this can only be changed in the profile's own file"
)
_PLUGINS: Final = Words(
    "启用或停用插件要改配置档文件并重新启动",
    "enabling or disabling a plugin takes a change of the profile's file and a restart",
)
_PLUGINS_HOW: Final = Words("已启用插件的设置", "settings of plugins that are enabled")
_WHOLE_LIST: Final = Words("列表要整个替换，不能只改其中一项", "a list is replaced as a whole")
_NO_KEY: Final = Words("配置档中没有这个键", "the profile has no such key")
_EMPTY: Final = Words("没有写值；要删去这一项请写 null", "no value: write null to remove the key")
_LONG: Final = Words(f"值超过 {LONGEST} 字", f"the value is longer than {LONGEST} characters")
_EXPECTED: Final = Words("以点分隔的键和 YAML 的值", "a dotted key and a value as in YAML")
_EXAMPLE: Final = "rectification.deadlines.contact.count: 2"
