"""What became of one row of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from haochaping.hooks.values import Words


class Status(StrEnum):
    """What a batch did with a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    WAITING = "waiting"
    """Its parent is not there yet; it may come later in the same file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of a row; refused and waiting rows have a reason."""

    status: Status
    reason: Words | None = None


CREATED: Final = Outcome(Status.CREATED)
UPDATED: Final = Outcome(Status.UPDATED)
UNCHANGED: Final = Outcome(Status.UNCHANGED)


def refused(zh: str, en: str) -> Outcome:
    """Return the outcome of a row that cannot be stored."""
    return Outcome(Status.REFUSED, Words(zh, en))


def waiting(zh: str, en: str) -> Outcome:
    """Return the outcome of a row whose parent is missing so far."""
    return Outcome(Status.WAITING, Words(zh, en))


def unknown(zh_noun: str, en_noun: str, code: str) -> Outcome:
    """Return the refusal of a row that names something the catalogue does not have."""
    return refused(
        f"{zh_noun}「{code}」不在目录中，请先导入或核对代码",
        f"The catalogue has no {en_noun} “{code}”: import it first or correct the code",
    )
