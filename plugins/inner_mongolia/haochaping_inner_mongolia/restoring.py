"""Giving back what an entry kept out, once it is lifted or its term is over.

First the ratings are written down, then each is handed back to intake, then it is marked as
done: a stop between any two steps leaves work that the next run finds. Figures follow by
themselves; those of published months show a correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from haochaping.hooks.exclusion import ExcludedRating
from haochaping.hooks.services import Services
from haochaping.hooks.values import OccurrenceKey
from haochaping.store.types import from_micros, micros
from haochaping_inner_mongolia.states import EXPIRED, LIFTED, REASON
from haochaping_inner_mongolia.tables import entry, restored

_LATECOMERS: Final = timedelta(hours=1)
"""A rating that was judged just before the end may be stored just after it."""


@dataclass(frozen=True, slots=True)
class RestoredCount:
    """Ratings of an organization that count again, by the month they count in."""

    organization_id: int
    month: str
    count: int


class Restoring:
    """Gives back what ended entries kept out; safe to run twice and to be interrupted."""

    def __init__(self, settings: Mapping[str, Any], services: Services) -> None:
        self._keep = settings.get("after_term", "restore") == "keep"
        self._services = services

    def run(self) -> int:
        """Write down and give back; return how many ratings came back now."""
        for row in self._ended():
            self._write_down(row)
        return sum(self._give_back(row) for row in self._waiting())

    def counts(self) -> tuple[RestoredCount, ...]:
        """Return how many ratings came back, by organization and month."""
        rows = restored.c
        query = select(rows.organization_id, rows.period, func.count())
        done = query.where(rows.done_at.is_not(None)).group_by(rows.organization_id, rows.period)
        with self._services.records.transaction() as conn:
            return tuple(RestoredCount(*row) for row in conn.execute(done))

    def _ended(self) -> Sequence[Mapping[str, Any]]:
        ends = (LIFTED,) if self._keep else (LIFTED, EXPIRED)
        wanted = entry.c.restored_at.is_(None), entry.c.state.in_(ends)
        with self._services.records.transaction() as conn:
            found = conn.execute(select(entry).where(*wanted, entry.c.decided_at.is_not(None)))
            return [dict(row) for row in found.mappings()]

    def _write_down(self, row: Mapping[str, Any]) -> None:
        since, end = from_micros(row["decided_at"]), from_micros(row["closed_at"])
        kept_out = self._services.exclusion.of_person(row["person_index"], REASON)
        mine = [one for one in kept_out if since <= one.received_at <= end]
        now = self._services.now()
        with self._services.records.transaction() as conn:
            _add(conn, row["id"], mine)
            if now >= end + _LATECOMERS:
                over = update(entry).where(entry.c.id == row["id"])
                conn.execute(over.values(restored_at=micros(now)))

    def _waiting(self) -> Sequence[Any]:
        with self._services.records.transaction() as conn:
            waiting = select(restored).where(restored.c.done_at.is_(None))
            return list(conn.execute(waiting))

    def _give_back(self, row: Any) -> bool:
        key = OccurrenceKey(row.region, row.served_month, row.evaluation_id)
        self._services.evaluations.readmit(key, reason="registry_entry_ended")
        if self._services.exclusion.rating(key) is not None:
            return False  # another plugin keeps it out, or one failed: asked again next time
        done = update(restored).where(
            restored.c.region == key.region,
            restored.c.served_month == key.served_month,
            restored.c.evaluation_id == key.id,
        )
        with self._services.records.transaction() as conn:
            conn.execute(done.values(done_at=micros(self._services.now())))
        return True


def _add(conn: Connection, number: int, ratings: Sequence[ExcludedRating]) -> None:
    for one in ratings:
        key = one.key
        where = (
            restored.c.region == key.region,
            restored.c.served_month == key.served_month,
            restored.c.evaluation_id == key.id,
        )
        if conn.execute(select(restored.c.entry_id).where(*where)).first() is None:
            row = {
                "region": key.region,
                "served_month": key.served_month,
                "evaluation_id": key.id,
                "entry_id": number,
                "organization_id": one.organization_id,
                "period": f"{one.counted_on:%Y-%m}",
            }
            conn.execute(insert(restored).values(row))
