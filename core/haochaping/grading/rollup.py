"""The roll-up's rows: their keys and their counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, case, cast, func

from haochaping.grading.tables import KINDS, NOWHERE, SUBJECTS, UNPLACED, tally_entry
from haochaping.hooks.values import ACTIVE_PROVENANCES, Provenance
from haochaping.store.types import Id

GRADE_OF: Final = (1, 2, 3, 4, 5, 0)
"""Grade of the ledger that each of the first six counts sums; 0 is one service received."""


class Key(NamedTuple):
    """Key of a tally row."""

    period: str
    subject_kind: str
    subject_id: int
    channel: str
    provenance: str
    round: int


class Facts(NamedTuple):
    """What ledger rows that count alike have in common."""

    day: date
    region: str
    organization_id: int
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None
    channel: str
    provenance: str
    round: int
    grade: int


class Change(NamedTuple):
    """How often facts came and went: the sum of signs, and of `first_bad`."""

    sign: int
    first_bad: int


_NONE: Final = {"region": int(NOWHERE), "organization": UNPLACED}
"""By kind, what stands in the ledger for no subject."""

Sums = dict[Key, list[int]]
"""Counts in the order of `COUNTS` by key of the roll-up."""


def count(counts: list[int], grade: int, change: Change) -> None:
    """Add a change to counts in the order of `COUNTS`."""
    counts[GRADE_OF.index(grade)] += change.sign
    counts[6] += change.first_bad


def keys_of(facts: Facts) -> Iterator[Key]:
    """Return the keys of the roll-up that facts belong to: six kinds, by day and by month."""
    rest = (facts.channel, facts.provenance, facts.round)
    day = facts.day.isoformat()
    for kind, subject in zip(KINDS, (int(facts.region), *facts[2:7]), strict=True):
        if subject is not None and subject != _NONE.get(kind):
            yield Key(day, kind, subject, *rest)
            yield Key(day[:7], kind, subject, *rest)


def subject_of(kind: str) -> ColumnElement[int]:
    """Return the ledger's expression for the subject of a kind."""
    own = SUBJECTS.get(kind)
    if own is not None:
        return own
    return func.nullif(cast(tally_entry.c.region, Id()), int(NOWHERE), type_=Id())


def levels() -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Return the ledger's expressions for the periods a row counts in: its day, its month."""
    return func.substr(tally_entry.c.day, 1, 10), func.substr(tally_entry.c.day, 1, 7)


def counted() -> list[ColumnElement[int]]:
    """Return the ledger's expressions for one row's counts, in the order of `COUNTS`."""
    rows = tally_entry.c
    by_grade = [case((rows.grade == grade, rows.sign), else_=0) for grade in GRADE_OF]
    return [*by_grade, rows.first_bad]


def active() -> ColumnElement[int]:
    """Return the ledger's expression for one row's active ratings."""
    rows = tally_entry.c
    return case(((rows.grade > 0) & is_active(rows.provenance), rows.sign), else_=0)


def is_active(provenance: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition of ratings that somebody gave on purpose."""
    return provenance.in_([str(each) for each in ACTIVE_PROVENANCES])


def is_given(provenance: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that leaves out what nobody gave."""
    return provenance != str(Provenance.SYSTEM_DEFAULT)
