"""A case as plugins see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from haochaping.catalog import occurrences
from haochaping.hooks.rectification import CaseView
from haochaping.hooks.values import Grade, Identity
from haochaping.rectification.records import Case


def case_view(conn: Connection, case: Case, at: datetime) -> CaseView:
    """Return the frozen view of a case with the moment `at` of the question."""
    known = case.occurrence_id is not None
    return CaseView(
        key=case.key,
        public_id=case.public_id,
        origin_kind=case.origin_kind,
        grade=Grade(case.grade),
        options=tuple(case.options),
        identity=Identity(case.identity),
        occurrence=occurrences.load(conn, case.key) if known else None,
        organization_id=case.organization_id,
        state=case.state,
        complexity=case.complexity,
        opened_at=case.opened_at,
        due_at=case.due_at,
        provisional=case.provisional,
        at=at,
    )
