"""From a name or path to a checked profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.checking import KNOWN_TO_CORE, Known, check
from haochaping.profile.faults import Fault, ProfileError, shown
from haochaping.profile.finding import Found, Places, find
from haochaping.profile.layering import bind_sources, merge
from haochaping.profile.nodes import Branch, Leaf, Node
from haochaping.profile.profile import Layer, Profile, make
from haochaping.profile.reading import read

MAX_LAYERS: Final = 8


@dataclass(slots=True)
class _Chain:
    """The layers read so far, the most special first, and what is wrong with them."""

    layers: list[tuple[Found, Node]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    whole: bool = True
    """False when a layer could not be read at all: the rules cannot be judged then."""


def load(
    name_or_path: str | Path,
    *,
    deployment_dir: Path | None = None,
    plugin_profiles: Iterable[Traversable] = (),
    known: Known = KNOWN_TO_CORE,
) -> Profile:
    """Return a checked profile.

    A reference with a slash or a YAML ending is a path, all else a name, sought in
    `deployment_dir`, then in `plugin_profiles`, then among the profiles of the core.
    `known` names the plugins with the schemas of their settings.

    :raises ProfileError: with all faults at once.
    """
    places = Places(deployment_dir, tuple(plugin_profiles))
    chain = _read_chain(_reference(name_or_path), places)
    faults = list(chain.faults)
    root = _merged(chain)
    if chain.whole and root is not None:
        faults += [fault for fault in check(root, known) if not _below(fault.key, chain.broken)]
    if faults or root is None:
        raise ProfileError(faults)
    layers = tuple(Layer(found.name, found.file) for found, _ in reversed(chain.layers))
    return make(chain.layers[0][0].name, layers, root)


def _reference(name_or_path: str | Path) -> str:
    """Return what is sought as text; a Path object is always a path."""
    text = str(name_or_path)
    return text if isinstance(name_or_path, str) or "/" in text else f"./{text}"


def _read_chain(reference: str, places: Places) -> _Chain:
    """Read a profile and all it extends."""
    chain = _Chain()
    found = find(reference, places)
    while True:
        if isinstance(found, Fault):
            return _give_up(chain, found)
        node = _read_layer(chain, found)
        if not isinstance(node, Branch):
            return _give_up(chain)
        extends = node.entries.pop("extends", None)
        if extends is None:
            return chain
        above, found = found, _next(chain, extends, places, found)
        if isinstance(found, Found) and _met(chain, found):
            return _give_up(chain, _cycle(extends, above, found))


def _read_layer(chain: _Chain, found: Found) -> Node | None:
    """Read one file into the chain and return its tree, None when it has none."""
    reading = read(found.raw, found.file)
    chain.faults += reading.faults
    chain.broken |= reading.broken
    chain.whole &= not reading.stopped
    if not isinstance(reading.root, Branch):
        return None
    node = bind_sources(reading.root, chain.faults)
    chain.layers.append((found, node))
    return node


def _next(chain: _Chain, extends: Node, places: Places, above: Found) -> Found | Fault:
    """Find the layer that a profile extends; what goes wrong is blamed on that line."""
    if not isinstance(extends, Leaf) or not isinstance(extends.value, str) or not extends.value:
        return _blamed(extends, _EXTENDS)
    if len(chain.layers) >= MAX_LAYERS:
        return _blamed(extends, _LONG)
    found = find(extends.value, places, above.folder)
    if isinstance(found, Found):
        return found
    return Fault(
        extends.file,
        extends.line,
        "extends",
        found.message,
        found.expected,
        "base",
        found.nearest,
    )


def _met(chain: _Chain, found: Found) -> bool:
    """Say whether a file is already part of the chain."""
    return any(each.identity == found.identity for each, _ in chain.layers)


def _cycle(extends: Node, above: Found, found: Found) -> Fault:
    words = Words(
        f"“{shown(above.name)}”继承“{shown(found.name)}”，形成循环",
        f"“{shown(above.name)}” extends “{shown(found.name)}”, which goes round in a circle",
    )
    return _blamed(extends, words)


def _blamed(extends: Node, words: Words) -> Fault:
    return Fault(extends.file, extends.line, "extends", words, _EXTENDS_EXPECTED, "base")


def _give_up(chain: _Chain, *faults: Fault) -> _Chain:
    """Note that the chain is not complete, so that its rules are not judged."""
    chain.faults += faults
    chain.whole = False
    return chain


def _merged(chain: _Chain) -> Branch | None:
    """Lay the layers over each other, the most general at the bottom."""
    if not chain.layers:
        return None
    merged: Node = Branch("", 0, {})
    for _, node in reversed(chain.layers):
        merged = merge(merged, node)
    return merged if isinstance(merged, Branch) else None


def _below(key: str, broken: set[str]) -> bool:
    """Say whether a fault follows from a value that could not be read."""
    return any(key == each or key.startswith(f"{each}.") or not each for each in broken)


_EXTENDS = Words("extends 应是一个配置档的名称或路径", "extends must be one profile name or path")
_EXTENDS_EXPECTED = Words("上一层配置档的名称或路径", "the name or path of the layer below")
_LONG = Words(f"继承超过 {MAX_LAYERS} 层", f"extends through more than {MAX_LAYERS} layers")
