"""A deadline as rules state it, and the due moment it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from haochaping.hooks.rectification import PlanStep
from haochaping.hooks.values import Duration, Unit, Words

MIDNIGHT: Final = "24:00"
HALL_CLOSING: Final = "hall_closing"
NEXT_WORKDAY: Final = "next_workday"
STAYS: Final = "stays"


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long something may take.

    `cut_off`: `24:00` or `hall_closing`, when the last day ends. `holiday_end`:
    `next_workday` or `stays`, what happens when the last day is not worked.
    Raises ValueError when the count is negative.
    """

    count: int
    unit: Unit
    cut_off: str = MIDNIGHT
    holiday_end: str = NEXT_WORKDAY

    def __post_init__(self) -> None:
        """Refuse a negative count."""
        if self.count < 0:
            raise ValueError(f"a deadline cannot be negative: {self.count} {self.unit}")

    @classmethod
    def of_step(cls, step: PlanStep) -> Deadline:
        """Return the deadline of a plan's step."""
        duration = step.duration
        return cls(duration.count, duration.unit, step.cut_off, step.holiday_end)

    @classmethod
    def of_duration(cls, duration: Duration) -> Deadline:
        """Return the deadline of a plain duration: until 24:00, moved on from holidays."""
        return cls(duration.count, duration.unit)


@dataclass(frozen=True, slots=True)
class DueLine:
    """One day on the way to a due date: whether it was counted, and why or why not."""

    day: date
    counted: bool
    words: Words


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due.

    `moment` is UTC and exclusive: at that moment it is too late. `day` is the local day
    that ends then. `provisional`: a year on the way has no published calendar yet.
    """

    moment: datetime
    day: date
    provisional: bool
    explain: Callable[[], tuple[DueLine, ...]] = field(repr=False, compare=False)

    @property
    def lines(self) -> tuple[DueLine, ...]:
        """Every day on the way, with the reason why it counts or does not."""
        return self.explain()
