"""Evaluations as they are stored: one dataclass, one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update

from haochaping.evaluation.tables import evaluation
from haochaping.evaluation.traces import Trace
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey
from haochaping.store.prepared import Prepared
from haochaping.store.upsert import insert


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One row of `evaluation`; the fields are its columns."""

    region: str
    served_month: int
    id: int
    occurrence_id: int
    round: int
    grade: int
    options: tuple[str, ...]
    text_sealed: bytes | None
    text_key_id: int | None
    channel: str
    provenance: str
    identity: str
    rater_role: str
    person_id: int | None
    status: str
    reason: str
    early: bool
    first_id: int
    supersedes_id: int
    submitted_at: datetime | None
    received_at: datetime
    first_received_at: datetime
    counted_on: date
    form_version: str
    idempotency_key: str
    body_digest: str
    receipt: str
    organization_id: int
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None
    notice: str = ""
    trace: Trace | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> OccurrenceKey:
        """Key of the evaluation: region, month served, evaluation id."""
        return OccurrenceKey(self.region, self.served_month, self.id)

    @property
    def occurrence_key(self) -> OccurrenceKey:
        """Key of the occurrence that was rated."""
        return OccurrenceKey(self.region, self.served_month, self.occurrence_id)

    @property
    def has_text(self) -> bool:
        """True when the rater wrote something."""
        return self.text_sealed is not None

    @property
    def is_first(self) -> bool:
        """True for the row that began its chain."""
        return self.supersedes_id == 0

    @property
    def subject(self) -> str:
        """The journal's name of this evaluation."""
        return f"evaluation:{self.region}:{self.served_month}:{self.id}"


_NAMES: Final = tuple(one.name for one in fields(Evaluation) if one.name != "trace")
_VALUES: Final = attrgetter(*_NAMES)
_INSERT: Final = Prepared.insert(evaluation, _NAMES)
_INSERT_NEW: Final = Prepared(
    lambda dialect: insert(dialect, evaluation).on_conflict_do_nothing().returning(evaluation.c.id),
    _NAMES,
)

_COLUMNS: Final = tuple(evaluation.c[name] for name in _NAMES)
_OF_KEY: Final = (
    evaluation.c.region == bindparam("key_region"),
    evaluation.c.served_month == bindparam("key_month"),
    evaluation.c.id == bindparam("key_id"),
)
_BY_KEY: Final = select(*_COLUMNS).where(*_OF_KEY)
_BY_IDEMPOTENCY_KEY: Final = select(*_COLUMNS).where(
    evaluation.c.idempotency_key == bindparam("wanted")
)
_BY_RECEIPT: Final = select(*_COLUMNS).where(evaluation.c.receipt == bindparam("wanted"))
_CHAIN: Final = (
    select(*_COLUMNS)
    .where(
        evaluation.c.region == bindparam("key_region"),
        evaluation.c.served_month == bindparam("key_month"),
        evaluation.c.occurrence_id == bindparam("key_id"),
    )
    .order_by(evaluation.c.round, evaluation.c.id)
)
_MOVE: Final = (
    update(evaluation)
    .where(*_OF_KEY, evaluation.c.status == bindparam("expected"))
    .values(status=bindparam("new_status"), reason=bindparam("new_reason"))
)


def columns(found: Evaluation) -> dict[str, Any]:
    """Return the row of an evaluation."""
    return dict(zip(_NAMES, _VALUES(found), strict=True))


def add(conn: Connection, new: Evaluation) -> None:
    """Insert one evaluation. Raises sqlalchemy.exc.IntegrityError when it is a duplicate."""
    _INSERT.run(conn, [columns(new)])


def add_all(conn: Connection, rows: Sequence[Evaluation]) -> None:
    """Insert evaluations. Raises sqlalchemy.exc.IntegrityError when one is a duplicate."""
    _INSERT.run(conn, [columns(each) for each in rows])


def add_new(conn: Connection, rows: Sequence[Evaluation]) -> set[int]:
    """Insert those evaluations that are no duplicates; return their ids."""
    return {row.id for row in _INSERT_NEW.returned(conn, [columns(each) for each in rows])}


def by_key(conn: Connection, key: OccurrenceKey) -> Evaluation | None:
    """Return the evaluation with this key."""
    return _one(conn.execute(_BY_KEY, _of(key)).one_or_none())


def by_idempotency_key(conn: Connection, key: str) -> Evaluation | None:
    """Return the evaluation stored under a (scoped) idempotency key."""
    return _one(conn.execute(_BY_IDEMPOTENCY_KEY, {"wanted": key}).one_or_none())


def by_receipt(conn: Connection, receipt: str) -> Evaluation | None:
    """Return the evaluation a receipt was given for."""
    return _one(conn.execute(_BY_RECEIPT, {"wanted": receipt}).one_or_none())


def of_occurrence(conn: Connection, key: OccurrenceKey) -> tuple[Evaluation, ...]:
    """Return all evaluations of an occurrence, oldest first."""
    return tuple(_read(row) for row in conn.execute(_CHAIN, _of(key)))


def move(conn: Connection, found: Evaluation, status: EvaluationStatus, reason: str) -> bool:
    """Give an evaluation another status; False when somebody else was faster."""
    parameters = {
        **_of(found.key),
        "expected": found.status,
        "new_status": status,
        "new_reason": reason,
    }
    return conn.execute(_MOVE, parameters).rowcount == 1


def _of(key: OccurrenceKey) -> dict[str, Any]:
    return {"key_region": key.region, "key_month": key.served_month, "key_id": key.id}


def _one(row: Row[Any] | None) -> Evaluation | None:
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Evaluation:
    values = row._asdict()
    values["options"] = tuple(values["options"])
    return Evaluation(**values)
