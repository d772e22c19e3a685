"""Helpers: ledger rows and evaluations with as little said as possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, update

from haochaping.catalog.served import served_event
from haochaping.catalog.tables import occurrence
from haochaping.evaluation.tables import evaluation
from haochaping.grading import entries
from haochaping.grading.context import CountingRules
from haochaping.hooks.grading import Tally
from haochaping.journal import Event

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 16)
REGION = "330106"
PLACE = {"organization_id": 1, "hall_id": 11, "window_id": 111, "staff_id": 1111, "item_id": 5}


RULES = CountingRules()


def tell(conn: Connection, event: Event) -> None:
    """Let the ledger know of an occurrence."""
    entries.on_occurrence_served(RULES, conn, [event], AT)


def rating(grade: int = 5, *, sign: int = 1, **other: Any) -> dict[str, Any]:
    """Return a ledger row of one rating by a citizen at a window."""
    row: dict[str, Any] = {
        **PLACE,
        "day": DAY,
        "region": REGION,
        "channel": "window_device",
        "provenance": "citizen",
        "round": 1,
        "grade": grade,
        "sign": sign,
        "first_bad": int(grade in (1, 2) and sign > 0),
        "at": AT,
    }
    return row | other


def served(count: int = 1, **other: Any) -> dict[str, Any]:
    """Return a ledger row of services received."""
    row = rating(0, sign=count, channel="", provenance="", first_bad=0)
    return row | other


def five(g1: int = 0, g2: int = 0, g3: int = 0, g4: int = 0, g5: int = 0, **other: int) -> Tally:
    """Return a tally of active ratings by grade."""
    grades = (0, g1, g2, g3, g4, g5)
    facts = {"active": sum(grades), "bad_at_first": g1 + g2} | other
    return Tally(grades, **facts)


@dataclass
class Desk:
    """Stores evaluations and occurrences, and tells the ledger, as intake would."""

    conn: Connection
    last_id: int = 0
    chains: dict[int, dict[str, Any]] = field(default_factory=dict)
    at: datetime = AT

    def serve(self, region: str = REGION, day: date = DAY, **place: Any) -> None:
        self.last_id += 1
        ids = PLACE | place
        at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        row = {
            "region": region, "served_month": 202611, "id": self.last_id,
            "case_id": self.last_id, "no": 1, "stage": "conclusion",
            "service_channel": "window", "served_at": at, "created_at": AT, **ids,
        }  # fmt: skip
        self.conn.execute(occurrence.insert(), [row])
        tell(self.conn, served_event(None, row))

    def rate(self, grade: int, status: str = "effective", **other: Any) -> int:
        row = self._row(grade, status, other)
        self.chains[row["id"]] = row
        self._tell("evaluation.recorded", row)
        return int(row["id"])

    def amend(self, chain: int, grade: int, status: str = "effective") -> None:
        old = self.chains[chain]
        before = old["status"]
        self._set(old, "superseded")
        row = self._row(grade, status, {"first_id": old["first_id"], "supersedes_id": old["id"]})
        self.chains[chain] = row
        previous = self._payload(old) | {"status": before}
        self._tell("evaluation.amended", row, previous=previous)

    def move(self, chain: int, status: str) -> None:
        row = self.chains[chain]
        before = row["status"]
        self._set(row, status)
        self._tell(_KINDS.get(status, "evaluation.released"), row, previous_status=before)

    def find(
        self, chain: int, responsible: str, organization_id: int | None = None, *others: int
    ) -> None:
        """Say who answers for the bad ratings of a chain."""
        told = {
            "case_id": 900 + chain, "served_month": 202611, "origin_kind": "evaluation",
            "origin_id": chain, "responsible": responsible,
            "responsible_organization_id": organization_id, "responsible_others": list(others),
        }  # fmt: skip
        event = Event("case.found", f"case:{900 + chain}", told, REGION)
        entries.on_case_found(RULES, self.conn, event, self.at)

    def _row(self, grade: int, status: str, other: dict[str, Any]) -> dict[str, Any]:
        self.last_id += 1
        row: dict[str, Any] = {
            "region": REGION, "served_month": 202611, "id": self.last_id,
            "occurrence_id": self.last_id, "round": 1, "grade": grade, "first_grade": grade,
            "options": [], "channel": "qr", "provenance": "citizen", "identity": "anonymous",
            "rater_role": "applicant", "status": status, "reason": "", "early": False,
            "first_id": self.last_id, "supersedes_id": 0, "received_at": AT,
            "first_received_at": AT, "counted_on": DAY, "form_version": "2",
            "idempotency_key": str(self.last_id), "body_digest": "", "receipt": str(self.last_id),
            **PLACE,
        }  # fmt: skip
        row |= other
        self.conn.execute(evaluation.insert(), [row])
        return row

    def _set(self, row: dict[str, Any], status: str) -> None:
        row["status"] = status
        self.conn.execute(
            update(evaluation).where(evaluation.c.id == row["id"]).values(status=status)
        )

    def _tell(self, kind: str, row: dict[str, Any], **more: Any) -> None:
        event = Event(kind, f"evaluation:{row['id']}", self._payload(row) | more, row["region"])
        entries.on_evaluations(RULES, self.conn, [event], self.at)

    def _payload(self, row: dict[str, Any]) -> dict[str, Any]:
        names = ("served_month", "first_id", "status", "grade", "round", "channel")
        names += ("provenance", "reason", *PLACE)
        first_bad = int(row["id"] == row["first_id"] and row["round"] == 1 and row["grade"] < 3)
        payload = {name: row[name] for name in names}
        payload["bad"] = int(row["grade"] < 3)
        return payload | {"first_bad": first_bad, "counted_on": row["counted_on"].isoformat()}


_KINDS = {
    "effective": "evaluation.released",
    "excluded": "evaluation.excluded",
    "void": "evaluation.voided",
    "withdrawn": "evaluation.withdrawn",
}
