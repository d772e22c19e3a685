"""Services, offers and ratings as the rooms tell the journal of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from haochaping.catalog.served import served_event
from haochaping.catalog.tables import occurrence
from haochaping.coverage import counting
from haochaping.coverage.rules import CoverageRules
from haochaping.evaluation import offers
from haochaping.evaluation.tables import evaluation, invitation
from haochaping.hooks.values import OccurrenceKey
from haochaping.journal import Event, append, read_on
from haochaping.store import Store

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
REGION, MONTH = "330106", 202611
RULES = CoverageRules(link_channels=("online",))


@dataclass
class Town:
    """A town whose business system, devices and raters write rows and journal."""

    store: Store
    clock: Any
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def serve(self, number: int, *, at: datetime | None = AT, **place: Any) -> OccurrenceKey:
        """Store a service, or change it, and tell the journal."""
        old = self.rows.get(number)
        units = {"organization_id": 1, "hall_id": 11, "window_id": 111, "service_channel": "hall"}
        row = {
            "region": REGION, "served_month": MONTH, "id": number, "case_id": number, "no": 1,
            "stage": "application", "staff_id": 5, "item_id": None, "created_at": AT,
            **units, **place, "served_at": at,
        }  # fmt: skip
        with self.store.write() as conn:
            self._save(conn, number, row)
            append(conn, [served_event(old, row)], AT)
        self.rows[number] = row
        return OccurrenceKey(REGION, MONTH, number)

    def _save(self, conn: Connection, number: int, row: dict[str, Any]) -> None:
        if number in self.rows:
            conn.execute(update(occurrence).where(occurrence.c.id == number).values(row))
        else:
            conn.execute(insert(occurrence), [row])

    def offer(self, number: int, via: str = "window_device") -> None:
        """Offer an evaluation."""
        with self.store.write() as conn:
            offers.note(conn, [OccurrenceKey(REGION, MONTH, number)], AT, via)

    def invite(self, number: int) -> None:
        """Hand the business system a link."""
        row = {"region": REGION, "served_month": MONTH, "occurrence_id": number}
        row |= {"short_code": f"{number:010}", "issued_at": AT, "expires_at": AT, "via": "push"}
        with self.store.write() as conn:
            conn.execute(insert(invitation), [row])

    def rate(self, number: int, provenance: str = "citizen", round: int = 1) -> None:
        """Store a rating and tell the journal."""
        key = {"region": REGION, "served_month": MONTH, "occurrence_id": number, "round": round}
        row = key | {
            "id": number * 10 + round, "grade": 5, "options": [], "channel": "qr",
            "provenance": provenance, "identity": "anonymous", "rater_role": "applicant",
            "status": "effective", "reason": "", "early": False, "first_id": number * 10 + round,
            "supersedes_id": 0, "received_at": AT, "first_received_at": AT,
            "counted_on": AT.date(), "form_version": "v", "idempotency_key": f"k{number}-{round}",
            "body_digest": "d", "receipt": f"r{number}-{round}", "organization_id": 1,
        }  # fmt: skip
        told = {name: row[name] for name in ("served_month", "occurrence_id", "round")}
        told["provenance"] = provenance
        with self.store.write() as conn:
            conn.execute(insert(evaluation), [row])
            append(conn, [Event("evaluation.recorded", f"evaluation:{number}", told, REGION)], AT)

    def read(self, limit: int = 500) -> None:
        """Let the ledger read the journal to its end."""
        while read_on(self.store, self.clock, counting.reader(RULES), limit):
            pass


@pytest.fixture
def town(store: Store, clock: Any) -> Iterator[Town]:
    return Town(store, clock)
