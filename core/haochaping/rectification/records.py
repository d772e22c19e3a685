"""A case as it is stored, and finding it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, select, update

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import OccurrenceKey
from haochaping.journal import Event
from haochaping.rectification.problems import CaseChanged, UnknownCase
from haochaping.rectification.tables import rectification_case as cases

BELOW: Final = "below"
"""The queue of cases that a lower platform handles; here they are read and counted only."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of `rectification_case`; see its columns for what each field means."""

    region: str
    served_month: int
    id: int
    public_id: str
    origin_kind: str
    origin_id: int
    evaluation_id: int | None
    occurrence_id: int | None
    organization_id: int
    rated_organization_id: int
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None
    queue: str
    grade: int
    options: Sequence[str]
    identity: str
    state: CaseState
    complexity: str
    outcome: Outcome | None
    opened_at: datetime
    visible_at: datetime
    contacted_at: datetime | None
    replied_at: datetime | None
    first_replied_at: datetime | None
    closed_at: datetime | None
    due_at: datetime
    due_day: date
    first_due_at: datetime
    provisional: bool
    late: bool
    round: int
    reopened: int
    confirm: str | None
    plan: Mapping[str, Any]
    plan_no: int
    plan_failure: str | None
    version: int
    transfers: int = 0
    extension: Sequence[Mapping[str, Any]] | None = None
    assignee_id: int | None = None

    @property
    def key(self) -> OccurrenceKey:
        """The occurrence that was rated; id 0 when the case belongs to none."""
        return OccurrenceKey(self.region, self.served_month, self.occurrence_id or 0)

    @property
    def subject(self) -> str:
        """The case's name in the journal."""
        return f"case:{self.id}"

    @property
    def closed(self) -> bool:
        """True once the case has ended (it may be reopened)."""
        return self.closed_at is not None

    @property
    def real_name(self) -> bool:
        """True when the rater can be reached: verified, or holder of the case's link."""
        return self.identity != "anonymous"

    def event(self, kind: str, **payload: Any) -> Event:
        """Return a journal event about this case; the payload holds no text or person."""
        return Event(kind, self.subject, {**self._ids(), **payload}, self.region)

    def _ids(self) -> dict[str, Any]:
        return {
            "case_id": self.id,
            "served_month": self.served_month,
            "origin_kind": self.origin_kind,
            "origin_id": self.origin_id,
            "organization_id": self.organization_id,
            "round": self.round,
        }


_COLUMNS: Final = tuple(cases.c[name] for name in Case.__slots__)


def selection() -> Select[Any]:
    """Return the SELECT of whole cases, to be narrowed by the caller."""
    return select(*_COLUMNS)


def from_row(row: Mapping[Any, Any]) -> Case:
    """Return the case of a row of `selection()`."""
    outcome = row["outcome"]
    values = {name: row[name] for name in Case.__slots__}
    values["state"] = CaseState(row["state"])
    values["outcome"] = None if outcome is None else Outcome(outcome)
    return Case(**values)


def by_id(conn: Connection, case_id: int) -> Case:
    """Return the case with that id. Raises UnknownCase."""
    return _sure(_one(conn, cases.c.id == case_id))


def by_public_id(conn: Connection, public_id: str) -> Case:
    """Return the case with that public number. Raises UnknownCase."""
    return _sure(_one(conn, cases.c.public_id == public_id.strip().upper()))


def by_origin(conn: Connection, kind: str, origin_id: int) -> Case | None:
    """Return the case of a bad chain (`evaluation`, first id) or an `opinion`, None without."""
    return _one(conn, (cases.c.origin_kind == kind) & (cases.c.origin_id == origin_id))


def changed(conn: Connection, case: Case, **values: Any) -> Case:
    """Write `values` and return the case as it is now.

    Raises CaseChanged when somebody else has written since `case` was read.
    """
    statement = (
        update(cases)
        .where(
            cases.c.region == case.region,
            cases.c.served_month == case.served_month,
            cases.c.id == case.id,
            cases.c.version == case.version,
        )
        .values(version=case.version + 1, **_plain(values))
    )
    if conn.execute(statement).rowcount != 1:
        raise CaseChanged(version=case.version)
    return replace(case, version=case.version + 1, **values)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with enumerations as plain text, which both drivers take alike."""
    return {
        name: str(value) if isinstance(value, StrEnum) else value for name, value in values.items()
    }


def _one(conn: Connection, condition: ColumnElement[bool]) -> Case | None:
    row = conn.execute(selection().where(condition)).mappings().one_or_none()
    return None if row is None else from_row(row)


def _sure(case: Case | None) -> Case:
    if case is None:
        raise UnknownCase
    return case
