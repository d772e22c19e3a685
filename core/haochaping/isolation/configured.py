"""A plugin's configuration as it gets it: mappings and lists that cannot be changed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def frozen(value: Any) -> Any:
    """Return `value` with mappings and lists that cannot be changed, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(inner) for inner in value)
    return value


def thawed(value: Any) -> Any:
    """Return a copy of `value` in plain dicts and lists, as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(key): thawed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [thawed(inner) for inner in value]
    return value
