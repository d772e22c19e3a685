"""From the values of the contract to JSON and back, compiled once from their type annotations.

A dataclass becomes the list of its fields' values; an enum its value; a moment its ISO text.
Where the contract says `Any`, everything that JSON has no word for is wrapped in an object of
one key. What comes back is built again as the declared types; that texts are short and numbers
finite is for `hooks.checks` to say afterwards.
"""

from __future__ import annotations

import base64
import importlib
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any, Final

from haochaping.isolation.wire import Malformed

Turn = Callable[[Any], Any]
_CONTRACT: Final = "haochaping.hooks."


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one declared type are written and read; None where they are as they are."""

    write: Turn | None = None
    read: Turn | None = None

    def written(self, value: Any) -> Any:
        """Return a value as JSON knows it. Raises Malformed when it is not of the type."""
        return value if self.write is None else _tried(self.write, value)

    def back(self, value: Any) -> Any:
        """Return the value that JSON stands for. Raises Malformed when it stands for none."""
        return value if self.read is None else _tried(self.read, value)


@cache
def codec(declared: Any) -> Codec:
    """Return the codec of a declared type. Raises TypeError for one that the contract lacks."""
    if declared in _PLAIN:
        return _PLAIN[declared]
    origin = typing.get_origin(declared)
    if origin in _SHAPES:
        return _SHAPES[origin](typing.get_args(declared))
    if isinstance(declared, type):
        if is_dataclass(declared):
            return _of_fields(declared)
        if issubclass(declared, Enum):
            return _of_enum(declared)
    raise TypeError(f"no codec for {declared!r}")


def _tried(turn: Turn, value: Any) -> Any:
    try:
        return turn(value)
    except Malformed:
        raise
    except (
        *(TypeError, ValueError, LookupError, AttributeError),
        *(ArithmeticError, RecursionError, ImportError),
    ) as error:
        raise Malformed(f"does not fit what was declared ({type(error).__name__})") from None


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"expected an array, got {type(value).__name__}")
    return value


def _of_fields(declared: type) -> Codec:
    hints = typing.get_type_hints(declared)
    names = [one.name for one in fields(declared)]
    inner = [codec(hints[name]) for name in names]
    take: Turn = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    writers = [(at, one.write) for at, one in enumerate(inner) if one.write is not None]
    readers = [(at, one.read) for at, one in enumerate(inner) if one.read is not None]
    count = len(names)

    def write(value: Any) -> Any:
        found = list(take(value))
        for at, turn in writers:
            found[at] = turn(found[at])
        return found

    def read(value: Any) -> Any:
        found = _array(value).copy()
        if len(found) != count:
            raise Malformed(f"expected {count} fields of {declared.__name__}, got {len(found)}")
        for at, turn in readers:
            found[at] = turn(found[at])
        return declared(*found)

    return Codec(write, read)


def _of_enum(declared: type[Enum]) -> Codec:
    members = {one.value: one for one in declared}
    return Codec(lambda value: declared(value).value, members.__getitem__)


def _of_union(choices: tuple[Any, ...]) -> Codec:
    inner = [codec(one) for one in choices if one is not type(None)]
    if len(inner) > 1:
        if any(one.write is not None for one in inner):
            raise TypeError(f"no codec for a choice among {choices!r}")
        return _AS_IT_IS
    write, read = inner[0].write, inner[0].read
    if write is None or read is None:
        return _AS_IT_IS
    return Codec(
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _of_tuple(parts: tuple[Any, ...]) -> Codec:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return _of_sequence(parts[:1])
    inner = [codec(part) for part in parts]

    def read(value: Any) -> Any:
        both = zip(_array(value), inner, strict=True)
        return tuple(one.read(each) if one.read else each for each, one in both)

    def write(value: Any) -> Any:
        both = zip(value, inner, strict=True)
        return [one.write(each) if one.write else each for each, one in both]

    return Codec(write, read)


def _of_sequence(parts: tuple[Any, ...]) -> Codec:
    write, read = codec(parts[0]).write, codec(parts[0]).read
    return Codec(
        list if write is None else lambda value: [write(one) for one in value],
        (lambda value: tuple(_array(value)))
        if read is None
        else lambda value: tuple([read(one) for one in _array(value)]),
    )


def _of_mapping(parts: tuple[Any, ...]) -> Codec:
    keys, values = codec(parts[0]), codec(parts[1])

    def write(found: Mapping[Any, Any]) -> Any:
        return [[keys.written(key), values.written(one)] for key, one in found.items()]

    def read(found: Any) -> Any:
        pairs = (_array(pair) for pair in _array(found))
        return {keys.back(key): values.back(one) for key, one in pairs}

    return Codec(write, read)


def _write_any(value: Any) -> Any:
    if isinstance(value, Enum):
        return _write_any(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    for kind, tag, turn in _TAGGED:
        if isinstance(value, kind):
            return {tag: turn(value)}
    known: Any = type(value)
    module, name = str(known.__module__), str(known.__name__)
    if hasattr(value, "__dataclass_fields__") and module.startswith(_CONTRACT):
        return {"value": [module, name, codec(known).written(value)]}
    raise Malformed(f"cannot carry a {type(value).__name__}")


def _read_any(value: Any) -> Any:
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise Malformed("expected a value, got a bare array")
        return value
    ((tag, inner),) = value.items()
    return _READ[tag](inner)


def _written_pairs(found: Mapping[Any, Any]) -> list[Any]:
    return [[_write_any(key), _write_any(one)] for key, one in found.items()]


def _read_pairs(found: Any) -> dict[Any, Any]:
    return {_read_any(key): _read_any(one) for key, one in _array(found)}


def _written_many(found: Iterable[Any]) -> list[Any]:
    return [_write_any(one) for one in found]


def _read_contract(found: Any) -> Any:
    module, name, inner = _array(found)
    if not str(module).startswith(_CONTRACT):
        raise Malformed("no value of the contract")
    known = getattr(importlib.import_module(module), name)
    if not (isinstance(known, type) and is_dataclass(known)):
        raise Malformed("no value of the contract")
    return codec(known).back(inner)


def _fraction(found: Any) -> Fraction:
    return Fraction(*_array(found))


def _ratio(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


_TAGGED: Final[tuple[tuple[Any, str, Turn], ...]] = (
    (datetime, "moment", datetime.isoformat),
    (date, "day", date.isoformat),
    (Fraction, "fraction", _ratio),
    (bytes, "bytes", _base64),
    (Mapping, "map", _written_pairs),
    (list | tuple, "list", _written_many),
)
_READ: Final[Mapping[str, Turn]] = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "fraction": _fraction,
    "bytes": base64.b64decode,
    "map": _read_pairs,
    "list": lambda found: tuple([_read_any(one) for one in _array(found)]),
    "value": _read_contract,
}
_AS_IT_IS: Final = Codec()
_PLAIN: Final[dict[Any, Codec]] = {
    str: _AS_IT_IS,
    bool: _AS_IT_IS,
    int: _AS_IT_IS,
    float: _AS_IT_IS,
    type(None): _AS_IT_IS,
    datetime: Codec(datetime.isoformat, datetime.fromisoformat),
    date: Codec(date.isoformat, date.fromisoformat),
    Fraction: Codec(_ratio, _fraction),
    bytes: Codec(_base64, base64.b64decode),
    Any: Codec(_write_any, _read_any),
}
_SHAPES: Final[dict[Any, Callable[[tuple[Any, ...]], Codec]]] = {
    types.UnionType: _of_union,
    typing.Union: _of_union,
    tuple: _of_tuple,
    dict: _of_mapping,
    Mapping: _of_mapping,
    Sequence: _of_sequence,
}
