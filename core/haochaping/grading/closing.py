"""Closing a period: its figures are frozen, and later changes show as corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from haochaping.grading import figures, periods
from haochaping.grading.facts import NO_CASES, CaseCounts
from haochaping.grading.tables import COUNTS, KINDS, frozen_figure, period_closing
from haochaping.hooks.grading import CaseFacts, Tally
from haochaping.hooks.values import Period, Words
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

CLOSED: Final = "grading.period_closed"
"""Kind of the event that says a period was closed; its payload is `{period}`."""

_CHUNK: Final = 500


class PeriodNotOver(Problem):
    """A period that still runs cannot be closed."""

    code = "HCP-PERIOD-NOT-OVER"
    status = 409
    title = Words("这个时期还没有结束", "This period is not over yet")


@dataclass(frozen=True, slots=True)
class Frozen:
    """The figures of one subject as they were when the period was closed."""

    tally: Tally
    cases: CaseFacts


@dataclass(frozen=True, slots=True)
class Closer:
    """Closes periods: where case counts come from, the profile's digest, the journal."""

    cases: CaseCounts
    digest: str
    emit: Emit

    def close(self, conn: Connection, period: Period, today: date, at: datetime) -> bool:
        """Freeze the figures of a period; return False when it was closed before.

        :param today: the local day at `at`. Raises PeriodNotOver while the period runs.
        """
        if period.last >= today:
            raise PeriodNotOver(period=period.name)
        if not self._claim(conn, period, at):
            return False
        for kind in KINDS:
            self._freeze(conn, kind, period)
        event = Event(CLOSED, f"period:{period.name}", {"period": period.name})
        self.emit(conn, event, at)
        return True

    def _claim(self, conn: Connection, period: Period, at: datetime) -> bool:
        row = {"period": period.name, "closed_at": at, "profile_digest": self.digest}
        return (
            insert_or_ignore(conn, period_closing, [row | {"appraised": False, "failures": []}])
            == 1
        )

    def _freeze(self, conn: Connection, kind: str, period: Period) -> None:
        found = figures.of(conn, kind, None, period)
        ids = sorted(found)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            cases = self.cases(conn, kind, chunk, period)
            rows = [_row(period, kind, each, found[each], cases.get(each)) for each in chunk]
            conn.execute(insert(frozen_figure), rows)


def last_month_over(today: date) -> Period:
    """Return the newest month that is over on a local day: the one to be closed."""
    return periods.before(periods.of_month(today))


def is_closed(conn: Connection, period: Period) -> bool:
    """Say whether a period's figures are frozen."""
    statement = select(period_closing.c.period).where(period_closing.c.period == period.name)
    return conn.execute(statement).first() is not None


def frozen(
    conn: Connection, kind: str, period: Period, ids: Sequence[int] | None = None
) -> dict[int, Frozen]:
    """Return the frozen figures of subjects (all of the kind when `ids` is None)."""
    rows = frozen_figure.c
    counts = [rows[name] for name in (*COUNTS, "active")]
    statement = select(rows.subject_id, rows.cases, *counts).where(
        rows.period == period.name, rows.subject_kind == kind
    )
    if ids is not None:
        statement = statement.where(rows.subject_id.in_(ids))
    return {
        row.subject_id: Frozen(figures.tally_of(row[2:]), CaseFacts(**row.cases))
        for row in conn.execute(statement)
    }


def corrected(conn: Connection, kind: str, period: Period, now: Mapping[int, Tally]) -> set[int]:
    """Return the subjects whose figures differ from the frozen ones; empty while it is open."""
    if not is_closed(conn, period):
        return set()
    then = frozen(conn, kind, period, list(now))
    nothing = Frozen(figures.NOTHING, NO_CASES)
    return {each for each, tally in now.items() if then.get(each, nothing).tally != tally}


def _row(
    period: Period, kind: str, subject: int, tally: Tally, cases: CaseFacts | None
) -> dict[str, Any]:
    counts = (*tally.grades[1:], tally.served, tally.bad_at_first)
    return {
        "period": period.name,
        "subject_kind": kind,
        "subject_id": subject,
        "active": tally.active,
        "cases": asdict(cases or NO_CASES),
        **dict(zip(COUNTS, counts, strict=True)),
    }
