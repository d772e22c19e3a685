"""What people type, taken in: trimmed, limited, refused in words."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Final

from haochaping.hooks.values import Words
from haochaping_yantai.problems import Incomplete

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def needed(text: str, label: Words, longest: int) -> str:
    """Return a text that must be there. Raises Incomplete."""
    found = optional(text, label, longest)
    if not found:
        raise Incomplete(Words(f"请填写{label.zh}", f"Give the {label.en}"))
    return found


def optional(text: str, label: Words, longest: int) -> str:
    """Return a text that may be empty. Raises Incomplete when it is too long."""
    found = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if len(found) > longest:
        raise Incomplete(
            Words(
                f"{label.zh}不能超过 {longest} 字，现有 {len(found)} 字",
                f"The {label.en} may have {longest} characters, it has {len(found)}",
            )
        )
    return found


def mobile(text: str) -> str:
    """Return a mobile number; spaces and full-width digits do. Raises Incomplete."""
    digits = "".join(str(int(sign)) for sign in text if sign.isdecimal())
    if not _MOBILE.fullmatch(digits):
        raise Incomplete(
            Words("手机号应为 11 位数字，请核对", "A mobile number has 11 digits: check it")
        )
    return digits


def number(text: str, label: Words, least: int, most: int) -> int:
    """Return a whole number within bounds. Raises Incomplete."""
    typed = text.strip()
    found = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1
    if not least <= found <= most:
        raise Incomplete(
            Words(
                f"{label.zh}应为 {least} 至 {most} 的整数",
                f"The {label.en} must be a whole number from {least} to {most}",
            )
        )
    return found


def local_moment(text: str, label: Words, zone: tzinfo) -> datetime:
    """Return the moment of a local `2026-12-03T14:00`. Raises Incomplete."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Incomplete(
            Words(
                f"{label.zh}应写成 2026-12-03T14:00 的样子",
                f"Write the {label.en} like 2026-12-03T14:00",
            )
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
