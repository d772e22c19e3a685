"""The resolved profile of a jurisdiction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from haochaping.profile.building import build_rules, jurisdiction
from haochaping.profile.nodes import Branch, Leaf, Source, dotted, node_at, plain, source_of, walk
from haochaping.profile.rules import Jurisdiction, Rules


@dataclass(frozen=True, slots=True)
class Layer:
    """One file a profile is made of, the most general first."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked profile: data, typed rules, and where every value came from.

    `digest` is the SHA-256 (hex) of the resolved data, the version that figures carry.
    `plugins` holds the settings of the enabled plugins, in order.
    """

    name: str
    digest: str
    jurisdiction: Jurisdiction
    layers: tuple[Layer, ...]
    data: Mapping[str, Any]
    plugins: Mapping[str, Mapping[str, Any]]
    rules: Rules
    root: Branch
    """The tree the data were made of, with file, line and source of every value."""

    def value(self, path: str) -> Any:
        """Return the value at a dotted path, frozen. Raises KeyError when there is none."""
        return frozen(plain(node_at(self.root, path)))

    def source(self, path: str) -> Source | None:
        """Return the source of a value, or the one that governs all values below a path.

        A duration is governed by the source of its count. None when several sources meet.

        :raises KeyError: when there is nothing at `path`.
        """
        return source_of(node_at(self.root, path))

    def origin(self, path: str) -> str:
        """Return `file:line` of the layer a value came from. Raises KeyError."""
        node = node_at(self.root, path)
        return f"{node.file}:{node.line}"

    def leaves(self) -> tuple[tuple[str, Leaf], ...]:
        """Return every single value with its dotted path, in the order of the layers."""
        found = ((dotted(path), node) for path, node in walk(self.root))
        return tuple((path, node) for path, node in found if isinstance(node, Leaf))


def make(name: str, layers: tuple[Layer, ...], root: Branch) -> Profile:
    """Return the profile of a merged tree that has passed all checks."""
    data = plain(root)
    return Profile(
        name=name,
        digest=digest(data),
        jurisdiction=jurisdiction(data),
        layers=layers,
        data=frozen(data),
        plugins=frozen(data.get("plugins", {})),
        rules=build_rules(data, lambda path: _document(root, path)),
        root=root,
    )


def _document(root: Branch, path: str) -> str:
    """Return name and number of the document that the duration at `path` comes from."""
    source = source_of(node_at(root, f"{path}.count"))
    return f"{source.document} {source.number}".strip() if source else ""


def digest(data: Any) -> str:
    """Return the SHA-256 of data, the same for the same values in any order of keys."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=_number)
    return hashlib.sha256(text.encode()).hexdigest()


def _number(value: Decimal) -> str:
    """Write a decimal so that 0.5 and 0.50 are the same."""
    return format(value.normalize(), "f")


def frozen(value: Any) -> Any:
    """Return dicts and lists as read-only mappings and tuples, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(entry) for key, entry in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    return value
