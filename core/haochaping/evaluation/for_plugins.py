"""What plugins may do with evaluations and opinions through their services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, select

from haochaping.access.tables import vault_person
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.evaluation import readmission, stored, targets
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.opinions import Opinion, OpinionBook
from haochaping.evaluation.receipt_codes import read_receipt
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import CaseRef
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.services import RatedService, UnratedService, VerifiedRater
from haochaping.hooks.values import Identity, OccurrenceKey
from haochaping.store.types import Moment

_EXCLUDED_OF: Final = (
    select(evaluation.c.region, evaluation.c.served_month, evaluation.c.id)
    .join(vault_person, vault_person.c.id == evaluation.c.person_id)
    .where(
        vault_person.c.index_mac == bindparam("person_index"),
        evaluation.c.status == bindparam("status", "excluded", literal_execute=True),
    )
    .order_by(evaluation.c.id)
)

_MOST_UNRATED: Final = 1_000
_COUNTING: Final = ("effective", "held")

_UNRATED: Final = (
    select(
        *(occurrence.c[name] for name in ("region", "served_month", "id", "no")),
        *(occurrence.c[name] for name in ("organization_id", "hall_id", "served_at")),
        service_case.c.case_no,
    )
    .join(service_case, SAME_CASE)
    .where(
        occurrence.c.served_month.in_(bindparam("months", expanding=True)),
        occurrence.c.served_at >= bindparam("first", type_=Moment()),
        occurrence.c.served_at < bindparam("until", type_=Moment()),
        ~exists().where(
            evaluation.c.region == occurrence.c.region,
            evaluation.c.served_month == occurrence.c.served_month,
            evaluation.c.occurrence_id == occurrence.c.id,
            evaluation.c.status.in_(_COUNTING),
        ),
    )
    .order_by(occurrence.c.served_at, occurrence.c.id)
    .limit(_MOST_UNRATED)
)


@dataclass(frozen=True, slots=True)
class EvaluationService:
    """Implements `haochaping.hooks.services.Evaluations` for one plugin."""

    desk: Desk
    plugin: str = ""

    def readmit(self, key: OccurrenceKey, *, reason: str) -> None:
        """Ask `evaluation_admit` again for a held or excluded evaluation."""
        readmission.readmit(self.desk, key, reason)

    def excluded_of(self, person_index: str) -> Sequence[OccurrenceKey]:
        """Return the excluded evaluations of a person, by keyed hash."""
        with self.desk.store.read() as conn:
            rows = conn.execute(_EXCLUDED_OF, {"person_index": person_index})
            return tuple(OccurrenceKey(*row) for row in rows)

    def rated_service(self, receipt: str) -> RatedService | None:
        """Return what a receipt was given for, None when there is no such receipt."""
        code = read_receipt(receipt)
        with self.desk.store.read() as conn:
            row = None if code is None else stored.by_receipt(conn, code)
        if row is None:
            return None
        told = f"{row.region}:{row.served_month}:{row.first_id}".encode()
        handle = self.desk.keyring.mac(f"plugin/{self.plugin}/service", told).hex()
        return RatedService(handle, row.organization_id, row.hall_id, row.item_id)

    def unrated(self, first: datetime, until: datetime) -> Sequence[UnratedService]:
        """Return services of a span of time that nobody has rated, oldest first."""
        months = sorted(_months(first, until))
        asked = {"months": months, "first": first, "until": until}
        with self.desk.store.read() as conn:
            return tuple(_unrated(row) for row in conn.execute(_UNRATED, asked))

    def verified_rater(self, case_no: str, occurrence_no: int) -> VerifiedRater | None:
        """Return the verified rater of a service, None when there is none."""
        with self.desk.store.read() as conn:
            target = targets.find(conn, CaseRef(case_no, occurrence_no))
            rows = () if target is None else stored.of_occurrence(conn, target.occurrence.key)
            return _verified(conn, rows[-1]) if rows else None


def _months(first: datetime, until: datetime) -> set[int]:
    """Return the months (yyyymm) in which a span may lie, in whatever time zone they are kept."""
    day, last = first.date() - timedelta(days=1), until.date() + timedelta(days=1)
    found = {last.year * 100 + last.month}
    while day < last:
        found.add(day.year * 100 + day.month)
        day += timedelta(days=27)
    return found


def _unrated(row: Any) -> UnratedService:
    key = OccurrenceKey(row.region, row.served_month, row.id)
    place = (row.organization_id, row.hall_id, row.served_at)
    return UnratedService(key, row.case_no, row.no, *place)


def _verified(conn: Connection, row: Evaluation) -> VerifiedRater | None:
    if row.person_id is None or row.identity != Identity.VERIFIED:
        return None
    index = targets.rater(conn, row.person_id).index
    return None if index is None else VerifiedRater(index, row.organization_id)


@dataclass(frozen=True, slots=True)
class OpinionService:
    """Implements `haochaping.hooks.services.Opinions` for one plugin."""

    desk: Desk
    plugin: str

    def record(
        self, *, idempotency_key: str, kind: str, organization_id: int, grade: int | None, text: str
    ) -> int:
        """Store an opinion and return its id; the same key returns the same id."""
        given = Opinion(
            idempotency_key=f"{self.plugin}:{idempotency_key}",
            kind=kind,
            organization_id=organization_id,
            grade=grade,
            text=text,
        )
        book = OpinionBook(self.desk.keyring, self.desk.emit)
        with self.desk.store.write() as conn:
            return book.record(conn, given, self.desk.clock.now())
