"""Input that nobody expects: values a hook's types allow and people still send."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from itertools import cycle, islice
from types import MappingProxyType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from haochaping.hooks.specs import Spec
from haochaping.hooks.values import Words
from haochaping.kit import samples
from haochaping.kit.samples import Passed

COUNT: Final = 60
"""Junk inputs a hook is asked about."""

_TEXTS: Final = (
    "",
    " ",
    "\x00",
    "'; DROP TABLE evaluation; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} %s %(x)s {0}",
    "\u202e反了\u200b",
    "👩‍👩‍👧‍👦" * 100,
    "𠮷" * 500,
    "长" * 20_000,
    "9" * 4_300,
    "(" * 500 + "a" * 500 + "!",
    "\n\r\t" * 200,
)
_NUMBERS: Final = (0, -1, 1, 2**31, 2**40)
_MOMENTS: Final = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 15, 59, 59, 999999, tzinfo=UTC),
    datetime(2200, 12, 31, 23, 59, tzinfo=UTC),
)
_DAYS: Final = (date(1970, 1, 1), date(2024, 2, 29), date(2200, 12, 31))


def of(spec: Spec, count: int = COUNT) -> tuple[Passed, ...]:
    """Return `count` sets of arguments for a hook, each with one thing unexpected."""
    base = samples.passed(spec)
    found = [{**base, name: value} for name in base for value in _of_value(base[name])]
    missing = [{**base, name: value} for name in base for value in _missing(base[name])]
    spread = found[:: max(1, len(found) // max(1, count - len(missing)))]
    return tuple(islice(cycle([*missing, *spread] or [dict(base)]), count))


def _missing(value: Any) -> Iterator[Any]:
    """Yield the value once without each thing that it may do without."""
    if not is_dataclass(value) or isinstance(value, type):
        return
    hints = _hints(type(value))
    for field in fields(value):
        inner = getattr(value, field.name)
        if _optional(hints[field.name]) and inner is not None:
            yield replace(value, **{field.name: None})
        for one in _missing(inner):
            yield replace(value, **{field.name: one})


def _of_value(value: Any) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        for field in fields(value):
            if not field.init:
                continue
            for one in _instead(getattr(value, field.name), hints[field.name]):
                yield from _replaced(value, field.name, one)
    else:
        yield from _instead(value, type(value))


def _replaced(value: Any, name: str, one: Any) -> Iterator[Any]:
    try:
        yield replace(value, **{name: one})
    except ValueError:
        return  # the value's own type refuses it: no hook is ever asked about it


def _instead(value: Any, hint: Any) -> Iterator[Any]:
    """Yield what may stand instead of a value whose type is `hint`."""
    if _optional(hint):
        yield None
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, Enum):
        yield from type(value)
    elif isinstance(value, str):
        yield from _TEXTS
    elif isinstance(value, int):
        yield from _NUMBERS
    elif isinstance(value, datetime):
        yield from _MOMENTS
    elif isinstance(value, date):
        yield from _DAYS
    elif get_origin(hint) is not tuple or Ellipsis in get_args(hint):
        yield from _instead_of_many(value, hint)


def _instead_of_many(value: Any, hint: Any) -> Iterator[Any]:
    if isinstance(value, Words):
        yield from (Words(text) for text in _TEXTS)
    elif isinstance(value, Mapping):
        yield MappingProxyType({})
        some = None if _takes_none(hint) else next(iter(value.values()), None)
        if some is not None or _takes_none(hint):
            yield MappingProxyType({**value, **{text[:50]: some for text in _TEXTS}})
    elif isinstance(value, tuple):
        yield ()
        yield _TEXTS if not value or isinstance(value[0], str) else value
    elif is_dataclass(value):
        yield from _of_value(value)


def _takes_none(hint: Any) -> bool:
    """Say whether a mapping may hold None: its values are anything, or may be left out."""
    values = (get_args(hint) or (Any, Any))[-1]
    return values is Any or _optional(values)


def _optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
