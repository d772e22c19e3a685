"""Correction notes (更正说明): what moved in figures that were published, old beside new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.disclosure.cells import Cell, cell_of, counts_cases
from haochaping.disclosure.suppression import Cell as Count
from haochaping.grading import corrections, formulas, periods
from haochaping.grading.corrections import REASONS, Correction
from haochaping.grading.facts import NO_CASES
from haochaping.grading.formulas import Formula
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period, Subject, Words

MOST: Final = 50
"""Notes shown of one board, the newest first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures before or after a correction: the number of ratings, and the board's measure."""

    count: Count
    cell: Cell | None


@dataclass(frozen=True, slots=True)
class Note:
    """One correction of one subject.

    `before` and `after` are None in a month that still runs; `bad` is how many bad ratings
    (at first rating) came or, negative, went; None where it may not be told.
    """

    subject: Subject
    month: str
    day: date
    reason: str
    bad: int | None
    before: Figures | None
    after: Figures | None

    @property
    def why(self) -> Words:
        """The reason in words."""
        return REASONS[self.reason]

    def as_json(self, language: str) -> dict[str, Any]:
        """Return the note for machines."""
        return {
            "code": self.subject.code,
            "month": self.month,
            "day": self.day.isoformat(),
            "reason": self.reason,
            "bad_change": self.bad,
            "before": _json(self.before),
            "after": _json(self.after),
        }


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which column: whether exactly, below which number nothing is told.

    `today` is the local day: what is shielded is told once the day of the change is over.
    """

    formula: Formula
    exact: bool
    below: int
    today: date
    zone: str


def notes(
    conn: Connection,
    kind: str,
    period: Period,
    who: tuple[Mapping[int, Subject], frozenset[int]],
    looking: Looking,
) -> tuple[Note, ...]:
    """Return the corrections of subjects in a period, the newest first.

    :param who: the subjects by id, and which of them are shielded.
    """
    subjects, shielded = who
    found = [
        (change, month)
        for month in periods.months_of(period)
        for change in corrections.of(conn, kind, month, sorted(subjects))
    ]
    found.sort(key=lambda pair: pair[0].at, reverse=True)
    told = (_note(one, month, subjects[one.subject_id], looking) for one, month in found)
    shown = (note for note in told if note.subject.id not in shielded or note.day < looking.today)
    return tuple(islice(shown, MOST))


def _note(change: Correction, month: Period, subject: Subject, looking: Looking) -> Note:
    bad = change.change.bad_at_first
    told = looking.exact or change.after is None or change.after.rated >= looking.below
    return Note(
        subject=subject,
        month=month.name,
        day=periods.local_day(change.at, looking.zone),
        reason=change.reason,
        bad=bad if told else None,
        before=_figures(change.before, looking),
        after=_figures(change.after, looking),
    )


def _figures(tally: Tally | None, looking: Looking) -> Figures | None:
    if tally is None:
        return None
    small = not looking.exact and 0 < tally.rated < looking.below
    count = Count(None, looking.below) if small else Count(tally.rated)
    if counts_cases(looking.formula):
        return Figures(count, None)
    known = {looking.formula.name: looking.formula}
    result = formulas.compute(known, tally, NO_CASES)[looking.formula.name]
    return Figures(count, cell_of(looking.formula, result, looking.below))


def _json(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    cell = None if figures.cell is None else figures.cell.as_json()
    return {"rated": figures.count.count, "figure": cell}
