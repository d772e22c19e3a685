"""A browser in two words, so that people recognize their own sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def described(user_agent: str) -> str:
    """Return `Chrome · Windows`; empty when nothing is recognized."""
    return " · ".join(filter(None, (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))))


def _first(text: str, known: Sequence[tuple[str, str]]) -> str:
    return next((name for mark, name in known if mark in text), "")
