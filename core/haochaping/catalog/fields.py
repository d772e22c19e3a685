"""Reading one field of a line or form: required, length, yes or no, day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from haochaping.catalog.texts import CleanTexts, clean, holds_control
from haochaping.hooks.values import Words

CODE_MAX: Final = 64
NAME_MAX: Final = 200

YES: Final = frozenset({"1", "是", "y", "yes", "true", "启用", "在用", "on"})
"""Words for yes."""
NO: Final = frozenset({"0", "否", "n", "no", "false", "停用", "off"})
"""Words for no."""

_KNOWN: Final = YES | NO

QUOTES: Final = frozenset("\"'“”")
"""Signs that no code holds: they show that a file's quoting went wrong."""

_NO_CODE: Final = Words(
    "编码里不能有换行、控制字符或引号；可能是文件里的引号没有成对",
    "a code holds no line breaks, control characters or quotation marks;"
    " a quotation mark of the file may be missing",
)

Fields = Mapping[str, str]


class FieldFault(ValueError):
    """A field that cannot be used: which one and why."""

    def __init__(self, field: str, words: Words) -> None:
        self.field = field
        self.words = words
        super().__init__(f"{field}: {words.zh}")


def text(fields: Fields, name: str, limit: int = NAME_MAX) -> str:
    """Return a field's clean text, empty when it is missing. Raises FieldFault when too long."""
    value = fields.get(name, "")
    if type(fields) is not CleanTexts:
        value = clean(value)
    if len(value) > limit:
        raise FieldFault(name, _too_long(value, limit))
    return value


def needed(fields: Fields, name: str, limit: int = NAME_MAX) -> str:
    """Return a field's text. Raises FieldFault when it is missing or too long."""
    value = text(fields, name, limit)
    if not value:
        raise FieldFault(name, Words("不能为空", "must not be empty"))
    return value


def code(fields: Fields, name: str) -> str:
    """Return a required opaque code, see `code_if_any`. Raises FieldFault."""
    return _whole(fields, name, needed(fields, name, CODE_MAX))


def code_if_any(fields: Fields, name: str) -> str:
    """Return an opaque code of at most 64 characters on one line, empty when it is missing.

    Raises FieldFault, also for quotation marks: they show that a file's quoting went wrong.
    """
    return _whole(fields, name, text(fields, name, CODE_MAX))


def flag(fields: Fields, name: str, default: bool) -> bool:
    """Return yes or no; `default` when empty. Raises FieldFault for anything else."""
    value = fields.get(name, "")
    if value not in _KNOWN:
        value = clean(value).lower()
    if not value:
        return default
    if value in _KNOWN:
        return value in YES
    raise FieldFault(
        name, Words(f"应填 是 或 否，现为「{value}」", f"yes or no expected, found “{value}”")
    )


def day(fields: Fields, name: str) -> date | None:
    """Return a day written 2026-11-22, 2026/11/22 or 20261122; None when empty.

    Raises FieldFault for anything else.
    """
    value = clean(fields.get(name, ""))
    if not value:
        return None
    try:
        return _day(value)
    except ValueError:
        raise FieldFault(
            name,
            Words(
                f"「{value}」不是日期，应写作 2026-11-22",
                f"“{value}” is no day, write 2026-11-22",
            ),
        ) from None


def _whole(fields: Fields, name: str, value: str) -> str:
    if isinstance(fields, CleanTexts):
        broken = name in fields.broken
    else:
        broken = holds_control(fields.get(name, ""))
    if broken or QUOTES.intersection(value):
        raise FieldFault(name, _NO_CODE)
    return value


def _too_long(value: str, limit: int) -> Words:
    return Words(
        f"最多 {limit} 个字符，现有 {len(value)} 个",
        f"at most {limit} characters, there are {len(value)}",
    )


def _day(value: str) -> date:
    if "/" not in value:
        return date.fromisoformat(value[:10])
    year, month, dom = value.split("/")
    return date(int(year), int(month), int(dom[:2]))
