"""Cursors of lists that are ordered by a due moment and an id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from haochaping.rectification.problems import UnusableCursor

_ID_DIGITS: Final = 19
_ID_MAX: Final = 2**63 - 1


def written(due_at: datetime, number: int) -> str:
    """Return the cursor of the page that comes after a line."""
    return f"{due_at.isoformat()}~{number}"


def read(cursor: str) -> tuple[datetime, int]:
    """Return the due moment, UTC, and the id of a cursor. Raises UnusableCursor."""
    moment, _, number = cursor.partition("~")
    if not number.isdecimal() or len(number) > _ID_DIGITS or int(number) > _ID_MAX:
        raise UnusableCursor
    try:
        due_at = datetime.fromisoformat(moment)
        if due_at.tzinfo is None:
            raise UnusableCursor
        return due_at.astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        raise UnusableCursor from None
