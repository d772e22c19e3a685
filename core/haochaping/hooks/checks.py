"""Checking what a hook implementation returned against its declared type.

A checker is compiled once per type. It lets through what is safe to store and to show:
the declared types all the way down, finite numbers that fit 64 bits, texts of at most
64 KB that are valid Unicode, at most 1,000 elements.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any, Final, NoReturn

TEXT_LIMIT: Final = 64 * 1024
"""Longest text, in bytes of UTF-8."""
COUNT_LIMIT: Final = 1_000
"""Most elements of one answer, and of one collection inside it."""
NUMBER_LIMIT: Final = 1 << 63

Checker = Callable[[Any], None]


class Junk(Exception):
    """A value that does not fit what was declared; `field` says where inside it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.message = message
        self.field = field

    def within(self, outer: str) -> Junk:
        """Return the same finding seen from the value around it."""
        dot = "" if not self.field or self.field.startswith("[") else "."
        return Junk(self.message, f"{outer}{dot}{self.field}")


def elements(answer: Any, item: type) -> tuple[Any, ...]:
    """Return the elements of an iterable `answer`, generators consumed, each an `item`.

    Raises Junk when it is no iterable of `item` or too long, and whatever a generator raises.
    """
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise Junk(f"expected an iterable of {item.__name__}, got {_named(answer)}")
    found = tuple(islice(answer, COUNT_LIMIT + 1))
    if len(found) > COUNT_LIMIT:
        raise Junk(f"expected at most {COUNT_LIMIT} elements, got more")
    check = checker(item)
    for position, element in enumerate(found):
        _inside(check, element, f"[{position}]")
    return found


def whole(answer: Any, item: type) -> Any:
    """Return an `answer` that is one `item`. Raises Junk."""
    checker(item)(answer)
    return answer


@cache
def checker(declared: Any) -> Checker:
    """Return the function that raises Junk for a value that is not of the `declared` type.

    Raises TypeError for a type that values of the contract do not use.
    """
    if declared in _PLAIN:
        return _PLAIN[declared]
    origin = typing.get_origin(declared)
    if origin in _SHAPES:
        return _SHAPES[origin](typing.get_args(declared))
    if isinstance(declared, type):
        return _of_fields(declared) if is_dataclass(declared) else _of_class(declared)
    raise TypeError(f"no checker for {declared!r}")


def _named(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _refuse(expected: str, value: Any) -> NoReturn:
    raise Junk(f"expected {expected}, got {_named(value)}")


def _inside(check: Checker, value: Any, place: str) -> None:
    try:
        check(value)
    except Junk as junk:
        raise junk.within(place) from None


def _text(value: Any) -> None:
    if not isinstance(value, str):
        _refuse("str", value)
    if value.isascii():
        size = len(value)
    else:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise Junk("expected valid Unicode, got a lone surrogate") from None
    if size > TEXT_LIMIT:
        raise Junk(f"expected at most {TEXT_LIMIT // 1024} KB of text, got {size} bytes")


def _bytes(value: Any) -> None:
    if not isinstance(value, bytes):
        _refuse("bytes", value)
    if len(value) > TEXT_LIMIT:
        raise Junk(f"expected at most {TEXT_LIMIT // 1024} KB, got {len(value)} bytes")


def _flag(value: Any) -> None:
    if not isinstance(value, bool):
        _refuse("bool", value)


def _whole_number(value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("int", value)
    if not -NUMBER_LIMIT <= value < NUMBER_LIMIT:
        raise Junk("expected a number of 64 bits, got a larger one")


def _number(value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        _refuse("float", value)
    if not math.isfinite(value):
        raise Junk(f"expected a finite number, got {value}")


def _fraction(value: Any) -> None:
    if not isinstance(value, Fraction):
        _refuse("Fraction", value)


def _nothing(value: Any) -> None:
    if value is not None:
        _refuse("None", value)


def _anything(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise Junk(f"expected a finite number, got {value}")
    if isinstance(value, str):
        _text(value)


def _of_class(declared: type) -> Checker:
    name = declared.__name__

    def check(value: Any) -> None:
        if not isinstance(value, declared):
            example = f" such as {next(iter(declared))!s}" if issubclass(declared, Enum) else ""
            _refuse(name + example, value)

    return check


def _of_fields(declared: type) -> Checker:
    hints = typing.get_type_hints(declared)
    inner = tuple((one.name, checker(hints[one.name])) for one in fields(declared))
    name = declared.__name__

    def check(value: Any) -> None:
        if not isinstance(value, declared):
            _refuse(name, value)
        field = ""
        try:
            for field, examine in inner:
                examine(getattr(value, field))
        except Junk as junk:
            raise junk.within(field) from None

    return check


def _of_union(choices: tuple[Any, ...]) -> Checker:
    options = tuple(checker(choice) for choice in choices if choice is not type(None))
    empty = type(None) in choices

    def check(value: Any) -> None:
        if value is None and empty:
            return
        for position, option in enumerate(options, start=1):
            try:
                return option(value)
            except Junk:
                if position == len(options):
                    raise

    return check


def _of_tuple(parts: tuple[Any, ...]) -> Checker:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return _of_collection(tuple, "tuple", checker(parts[0]))
    inner = tuple(checker(part) for part in parts)

    def check(value: Any) -> None:
        if not isinstance(value, tuple) or len(value) != len(inner):
            _refuse(f"a tuple of {len(inner)}", value)
        for position, (examine, element) in enumerate(zip(inner, value, strict=True)):
            _inside(examine, element, f"[{position}]")

    return check


def _of_collection(kind: type[Collection[Any]], name: str, examine: Checker) -> Checker:
    def check(value: Any) -> None:
        if not isinstance(value, kind) or isinstance(value, str | bytes):
            _refuse(name, value)
        _few(value)
        for position, element in enumerate(value):
            _inside(examine, element, f"[{position}]")

    return check


def _of_mapping(parts: tuple[Any, ...]) -> Checker:
    keys, values = checker(parts[0]), checker(parts[1])

    def check(value: Any) -> None:
        if not isinstance(value, Mapping):
            _refuse("a mapping", value)
        _few(value)
        for key, element in value.items():
            _inside(keys, key, "[key]")
            _inside(values, element, f"[{key!s:.40}]")

    return check


def _few(value: Collection[Any]) -> None:
    if len(value) > COUNT_LIMIT:
        raise Junk(f"expected at most {COUNT_LIMIT} elements, got {len(value)}")


_PLAIN: Final[dict[Any, Checker]] = {
    str: _text,
    bytes: _bytes,
    bool: _flag,
    int: _whole_number,
    float: _number,
    Fraction: _fraction,
    type(None): _nothing,
    Any: _anything,
}
_SHAPES: Final[dict[Any, Callable[[tuple[Any, ...]], Checker]]] = {
    types.UnionType: _of_union,
    typing.Union: _of_union,
    tuple: _of_tuple,
    dict: _of_mapping,
    Mapping: _of_mapping,
}
