"""What a check is and what it may find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from haochaping.deployment import Deployment
from haochaping.hooks.values import Words

FINE: Final = Words("正常", "fine")
NOTHING_TO_DO: Final = Words("", "")


class Level(StrEnum):
    """How bad a finding is."""

    FINE = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check saw that is not as it should be; `fix` overrules the check's own."""

    level: Level
    what: Words
    fix: Words | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: what, why it matters, what to do (empty when all is well)."""

    check: str
    level: Level
    what: Words
    why: Words = NOTHING_TO_DO
    fix: Words = NOTHING_TO_DO


Look = Callable[[Deployment, Connection], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at: its name, why it matters, what mends it, how to look."""

    name: str
    why: Words
    fix: Words
    look: Look


def fault(zh: str, en: str, fix: Words | None = None) -> Found:
    """Return something that must be mended."""
    return Found(Level.FAULT, Words(zh, en), fix)


def warning(zh: str, en: str, fix: Words | None = None) -> Found:
    """Return something that people should look at."""
    return Found(Level.WARNING, Words(zh, en), fix)
