"""Default ratings: what a profile may record for services that nobody rated, always apart.

Nobody gave them. They lie in a table of their own, take no rating's place, open no case,
and count in no rate and no number of ratings; boards show how many there are, beside the
rest. Who rates a service later puts its default aside. Source: 国办发〔2019〕51号 wants
ratings to be the visitors' own, so this is off unless a profile turns it on.

Both ways move once a night, so that no change of a board says that somebody just rated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, select, tuple_, update

from haochaping.catalog.tables import occurrence
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.rules import ROUND
from haochaping.evaluation.tables import default_rating, evaluation
from haochaping.hooks.values import Provenance, Unit
from haochaping.jobs import JobContext
from haochaping.journal import Event
from haochaping.profile.rules import DefaultRatingRules
from haochaping.store.upsert import insert_or_ignore

JOB: Final = "evaluation.defaults"
"""The kind of the nightly job."""
CRON: Final = "10 1 * * *"
RECORDED: Final = "default.recorded"
SET_ASIDE: Final = "default.set_aside"
BATCH: Final = 1000
BACK: Final = timedelta(days=31)
"""How long after its moment a default is still recorded, when the job did not run."""
EARLY: Final = timedelta(days=62)
"""How long before its end a service may have been opened; its month is that of the opening."""
_PLACE: Final = ("organization_id", "hall_id", "window_id", "staff_id", "item_id")
_KEY: Final = ("region", "served_month", "occurrence_id")
_START: Final = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class Defaulting:
    """The nightly job; without rules it only puts aside what was recorded before."""

    desk: Desk
    rules: DefaultRatingRules | None

    def __call__(self, context: JobContext) -> None:
        """Run the job, batch by batch, each its own transaction; safe to run again."""
        at = context.clock.now()
        self.set_rated_aside(at)
        if self.rules is not None:
            self.record_due(self.rules, at)

    def set_rated_aside(self, at: datetime) -> int:
        """Put aside the defaults of services that were rated meanwhile; return how many."""
        done, last = 0, _START
        while True:
            with self.desk.store.write() as conn:
                rows = conn.execute(_rated_meanwhile(last)).all()
                _set_aside(conn, rows, at)
                self.desk.emit_many(conn, [_event(SET_ASIDE, row) for row in rows], at)
            done += len(rows)
            if len(rows) < BATCH:
                return done
            last = tuple(getattr(rows[-1], name) for name in _KEY)

    def record_due(self, rules: DefaultRatingRules, at: datetime) -> int:
        """Record the defaults of unrated services whose time is over; return how many."""
        before = self._served_before(rules, at)
        day, done, last = self.desk.rules.local_day(at), 0, _START
        while True:
            with self.desk.store.write() as conn:
                rows = conn.execute(_unrated(before - BACK, before, last)).all()
                new = [_row(row, rules.grade, day, at) for row in rows]
                insert_or_ignore(conn, default_rating, new)
                self.desk.emit_many(conn, [_told(RECORDED, one) for one in new], at)
            done += len(rows)
            if len(rows) < BATCH:
                return done
            last = tuple(getattr(rows[-1], name) for name in _KEY)

    def _served_before(self, rules: DefaultRatingRules, at: datetime) -> datetime:
        """Return the moment before which services must have been received to be due."""
        due = self.desk.due
        if rules.after.unit is not Unit.WORKDAY or due is None:
            return at - timedelta(days=rules.after.count)
        day = at - timedelta(days=rules.after.count)
        while due(day, rules.after) > at:
            day -= timedelta(days=1)
        return day


def _unrated(since: datetime, before: datetime, last: tuple[str, int, int]) -> Any:
    rows = occurrence.c
    return (
        select(
            rows.region,
            rows.served_month,
            rows.id.label("occurrence_id"),
            *(rows[name] for name in _PLACE),
        )
        .where(
            rows.served_month.between(_month(since - EARLY), _month(before + timedelta(days=1))),
            rows.served_at > since,
            rows.served_at <= before,
            tuple_(rows.region, rows.served_month, rows.id) > last,
            ~exists().where(_rates(rows.region, rows.served_month, rows.id)),
            ~exists().where(
                default_rating.c.region == rows.region,
                default_rating.c.served_month == rows.served_month,
                default_rating.c.occurrence_id == rows.id,
            ),
        )
        .order_by(rows.region, rows.served_month, rows.id)
        .limit(BATCH)
    )


def _rated_meanwhile(last: tuple[str, int, int]) -> Any:
    rows = default_rating.c
    return (
        select(default_rating)
        .where(
            rows.set_aside_at.is_(None),
            tuple_(rows.region, rows.served_month, rows.occurrence_id) > last,
            exists().where(_rates(rows.region, rows.served_month, rows.occurrence_id)),
        )
        .order_by(rows.region, rows.served_month, rows.occurrence_id)
        .limit(BATCH)
    )


def _rates(
    region: ColumnElement[str], month: ColumnElement[int], number: ColumnElement[int]
) -> ColumnElement[bool]:
    """Say that a service has been rated, whatever became of the rating."""
    return and_(
        evaluation.c.region == region,
        evaluation.c.served_month == month,
        evaluation.c.occurrence_id == number,
        evaluation.c.round == ROUND,
        evaluation.c.supersedes_id == 0,
    )


def _set_aside(conn: Connection, rows: Sequence[Any], at: datetime) -> None:
    keys = [tuple(getattr(row, name) for name in _KEY) for row in rows]
    if keys:
        table = default_rating.c
        own = tuple_(table.region, table.served_month, table.occurrence_id).in_(keys)
        conn.execute(update(default_rating).where(own).values(set_aside_at=at))


def _row(row: Any, grade: int, day: date, at: datetime) -> dict[str, Any]:
    place = {name: getattr(row, name) for name in (*_KEY, *_PLACE)}
    return {**place, "grade": grade, "counted_on": day, "recorded_at": at, "set_aside_at": None}


def _event(kind: str, row: Any) -> Event:
    return _told(kind, row._asdict())


def _told(kind: str, row: dict[str, Any]) -> Event:
    """Return the event of a default rating; its payload is what the ledger counts."""
    payload = {name: row[name] for name in ("occurrence_id", "served_month", "grade", *_PLACE)}
    payload |= {
        "provenance": str(Provenance.SYSTEM_DEFAULT),
        "counted_on": row["counted_on"].isoformat(),
    }
    subject = f"occurrence:{row['region']}:{row['served_month']}:{row['occurrence_id']}"
    return Event(kind, subject, payload, row["region"])


def _month(moment: datetime) -> int:
    return moment.year * 100 + moment.month
