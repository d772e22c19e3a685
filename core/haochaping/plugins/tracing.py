"""A hook call as a trace shows it: answers with their structure, without anybody's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,39}")
_LONG_NUMBER: Final = re.compile(r"[0-9]{5}")
_MOST: Final = 5
"""Elements of one answer that are shown; of the others only the number is."""


def masked(value: Any) -> str:
    """Return a value in one line with every text masked that is no code word.

    A code word is ASCII, begins with a letter, has no five digits in a row and at most 40
    signs: `phone`, `zhejiang.overdue`. Of any other text only its length is told.
    """
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return f"‹{len(value)} bytes›"
    if is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({', '.join(_fields(value))})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{masked(key)}: {masked(one)}' for key, one in value.items())}}}"
    if isinstance(value, tuple | list):
        return _many(value)
    return repr(value)


def _text(text: str) -> str:
    if _CODE.fullmatch(text) and not _LONG_NUMBER.search(text):
        return f"'{text}'"
    return f"‹{len(text)}›" if text else "''"


def _fields(value: Any) -> Iterator[str]:
    for field in fields(value):
        found = getattr(value, field.name)
        if found not in (None, (), ""):
            yield f"{field.name}={masked(found) if field.repr else '‹hidden›'}"


def _many(values: tuple[Any, ...] | list[Any]) -> str:
    shown = [masked(value) for value in values[:_MOST]]
    more = [f"… {len(values) - _MOST} more"] if len(values) > _MOST else []
    return f"[{', '.join(shown + more)}]"
