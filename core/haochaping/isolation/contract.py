"""The types of a hook's arguments and of its answer, read from its spec."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from haochaping.hooks.kinds import Combine
from haochaping.hooks.specs import Spec, specs
from haochaping.isolation.codec import Codec, codec


@dataclass(frozen=True, slots=True)
class Shape:
    """How one hook's arguments and answer are written and read."""

    spec: Spec
    types: Mapping[str, Codec]
    item: type | None
    answer: Codec


@cache
def shape_of(hook: str) -> Shape:
    """Return the shape of the hook called `hook`. Raises KeyError."""
    return shape(specs()[hook])


def shape(spec: Spec) -> Shape:
    """Return the shape of a hook."""
    hints = typing.get_type_hints(spec.function)
    item = spec.facts.item
    many = spec.facts.combine in (Combine.ALL, Combine.SUM)
    given: Any = type(None)
    if item is not None:
        given = types.GenericAlias(tuple, (item, ...)) if many else item | None
    passed = {name: codec(hints[name]) for name in spec.parameters}
    return Shape(spec, passed, item, codec(given))
