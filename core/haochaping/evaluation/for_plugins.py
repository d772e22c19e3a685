"""What plugins may do with evaluations and opinions through their services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from haochaping.access.tables import vault_person
from haochaping.evaluation import readmission, stored, targets
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.opinions import Opinion, OpinionBook
from haochaping.evaluation.receipt_codes import read_receipt
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity, OccurrenceKey

_EXCLUDED_OF: Final = (
    select(evaluation.c.region, evaluation.c.served_month, evaluation.c.id)
    .join(vault_person, vault_person.c.id == evaluation.c.person_id)
    .where(
        vault_person.c.index_mac == bindparam("person_index"),
        evaluation.c.status == bindparam("status", "excluded", literal_execute=True),
    )
    .order_by(evaluation.c.id)
)


@dataclass(frozen=True, slots=True)
class EvaluationService:
    """Implements `haochaping.hooks.services.Evaluations`."""

    desk: Desk

    def readmit(self, key: OccurrenceKey, *, reason: str) -> None:
        """Ask `evaluation_admit` again for a held or excluded evaluation."""
        readmission.readmit(self.desk, key, reason)

    def excluded_of(self, person_index: str) -> Sequence[OccurrenceKey]:
        """Return the excluded evaluations of a person, by keyed hash."""
        with self.desk.store.read() as conn:
            rows = conn.execute(_EXCLUDED_OF, {"person_index": person_index})
            return tuple(OccurrenceKey(*row) for row in rows)

    def person_of(self, receipt: str) -> str | None:
        """Return the keyed hash of the verified rater behind a receipt code, or None."""
        code = read_receipt(receipt)
        if code is None:
            return None
        with self.desk.store.read() as conn:
            row = stored.by_receipt(conn, code)
            if row is None or row.person_id is None or row.identity != Identity.VERIFIED:
                return None
            return targets.rater(conn, row.person_id).index

    def organization_of(self, receipt: str) -> int | None:
        """Return the id of the organization that was rated under a receipt code, or None."""
        code = read_receipt(receipt)
        if code is None:
            return None
        with self.desk.store.read() as conn:
            row = stored.by_receipt(conn, code)
        return None if row is None else row.organization_id


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
