"""The tree of a profile as read: every value knows its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Scalar = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from. `level`: national | province | city | county, empty if none.

    status: `in_force`, `superseded`, `example` (one place's rule, used as an example),
    `assumption` (nobody has published it). `date` is ISO text as written.
    """

    document: str
    status: str
    number: str = ""
    date: str = ""
    level: str = ""
    note: str = ""
    note_en: str = ""
    """The note in English; without one the note itself is printed."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value, with the source stated for it in its own layer."""

    file: str
    line: int
    value: Scalar
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A map by key."""

    file: str
    line: int
    entries: dict[str, Node]


@dataclass(frozen=True, slots=True)
class Row:
    """A list, with the source stated for it in its own layer."""

    file: str
    line: int
    items: tuple[Node, ...]
    source: Source | None = None


Node = Leaf | Branch | Row


def plain(node: Node) -> Any:
    """Return the data of a node as dict, list and scalars."""
    if isinstance(node, Branch):
        return {key: plain(entry) for key, entry in node.entries.items()}
    if isinstance(node, Row):
        return [plain(item) for item in node.items]
    return node.value


def walk(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield every node with its path, the parents first."""
    yield path, node
    for key, child in children(node):
        yield from walk(child, (*path, key))


def children(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the children of a node with their keys; list items are keyed by position."""
    if isinstance(node, Branch):
        yield from node.entries.items()
    elif isinstance(node, Row):
        yield from ((str(place), item) for place, item in enumerate(node.items))


def dotted(path: tuple[str, ...]) -> str:
    """Return a path as people write it: `a.b.0`."""
    return ".".join(path)


def node_at(root: Node, path: str) -> Node:
    """Return the node at a dotted path, the root for an empty one. Raises KeyError."""
    node = root
    for part in path.split(".") if path else ():
        below = dict(children(node))
        if part not in below:
            raise KeyError(path)
        node = below[part]
    return node


def shared_source(node: Node) -> Source | None:
    """Return the source that all values below a node share, None when they share none."""
    sources = {
        each.source
        for _, each in walk(node)
        if isinstance(each, Leaf) or (isinstance(each, Row) and not each.items)
    }
    return sources.pop() if len(sources) == 1 else None


def source_of(node: Node) -> Source | None:
    """Return the source that governs a node: the shared one, or that of a duration's count."""
    count = node.entries.get("count") if isinstance(node, Branch) else None
    return shared_source(node) or (count.source if isinstance(count, Leaf) else None)
