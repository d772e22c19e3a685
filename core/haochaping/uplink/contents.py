"""What is sent of an item: the state of a service, rating, case or reply as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog import occurrences
from haochaping.catalog.occurrences import UnknownOccurrence
from haochaping.catalog.tables import item as items
from haochaping.catalog.tables import service_case
from haochaping.evaluation import stored, wording
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.exchange import Record
from haochaping.hooks.values import EvaluationStatus, Occurrence, OccurrenceKey
from haochaping.rectification.problems import UnknownCase
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.tables import case_reply
from haochaping.uplink.desk import Exchange
from haochaping.uplink.shapes import CASE, EVALUATION, REPLY, SERVICE

MENDABLE: Final = ("organization_code", "item_code", "hall_code", "window_code", "staff_no")
"""Codes that a person may put right for one item; what a rater said is never touched."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of `uplink_item`, as far as its content needs it."""

    id: int
    kind: str
    subject: str
    revision: int
    mended: Mapping[str, Any] | None = None


def record_of(exchange: Exchange, conn: Connection, item: Item) -> Record | None:
    """Return what is to be sent of an item; None while there is nothing final to say."""
    found = _BY_KIND[item.kind](exchange, conn, item.subject)
    if found is None:
        return None
    day, content = found
    mended = {name: one for name, one in (item.mended or {}).items() if name in MENDABLE}
    kept = {**content, **{name: one for name, one in mended.items() if name in content}}
    return Record(item.kind, item.subject, item.revision, day.isoformat(), kept)


Content = tuple[date, Mapping[str, Any]]


def _service(exchange: Exchange, conn: Connection, subject: str) -> Content | None:
    served = _occurrence(conn, _key(subject))
    if served is None or served.served_at is None:
        return None
    return exchange.desk.rules.local_day(served.served_at), _served(conn, served)


def _evaluation(exchange: Exchange, conn: Connection, subject: str) -> Content | None:
    key, number = _key(subject), int(subject.rpartition(":")[2])
    rows = [row for row in stored.of_occurrence(conn, key) if row.round == number]
    served = _occurrence(conn, key) if rows else None
    if served is None or rows[-1].status == EvaluationStatus.HELD:
        return None
    row = rows[-1]
    return row.counted_on, {**_served(conn, served), **_said(exchange, conn, row)}


def _said(exchange: Exchange, conn: Connection, row: Evaluation) -> Mapping[str, Any]:
    text = ""
    if exchange.rules.words:
        text = wording.open_words(
            conn, exchange.desk.keyring, row.text_sealed, row.text_key_id, row.subject
        )
    known = exchange.desk.rules.options.options
    return {
        "round": row.round,
        "grade": row.grade,
        "options": [one for one in row.options if one in known],
        "text": text,
        "channel": row.channel,
        "provenance": row.provenance,
        "identity": row.identity,
        "rater_role": row.rater_role,
        "status": row.status,
        "submitted_at": _iso(row.submitted_at),
        "received_at": _iso(row.first_received_at),
    }


def _case(exchange: Exchange, conn: Connection, subject: str) -> Content | None:
    case = _case_of(conn, int(subject.partition(":")[2]))
    served = None if case is None else _occurrence(conn, case.key)
    if case is None or served is None:
        return None
    moments = ("opened", "contacted", "replied", "first_replied", "closed", "due", "first_due")
    content = {
        "case_no": served.case_no,
        "occurrence_no": served.no,
        "public_id": case.public_id,
        "state": str(case.state),
        "outcome": None if case.outcome is None else str(case.outcome),
        "complexity": case.complexity,
        **{f"{name}_at": _iso(getattr(case, f"{name}_at")) for name in moments},
        "late": case.late,
        "round": case.round,
        "reopened": case.reopened,
    }
    return exchange.desk.rules.local_day(case.opened_at), content


def _reply(exchange: Exchange, conn: Connection, subject: str) -> Content | None:
    reply = case_reply.c
    statement = select(reply.case_id, reply.round, reply.outcome, reply.text, reply.at)
    row = conn.execute(statement.where(reply.id == int(subject.partition(":")[2]))).one_or_none()
    case = None if row is None else _case_of(conn, row.case_id)
    if row is None or case is None:
        return None
    content = {
        "public_id": case.public_id,
        "round": row.round,
        "outcome": row.outcome,
        "text": row.text,
        "at": _iso(row.at),
    }
    return exchange.desk.rules.local_day(row.at), content


_BY_KIND: Final = {SERVICE: _service, EVALUATION: _evaluation, CASE: _case, REPLY: _reply}


def _served(conn: Connection, served: Occurrence) -> Mapping[str, Any]:
    case = service_case.c
    here = (case.case_no == served.case_no, case.region == served.key.region)
    status = conn.execute(select(case.status).where(*here)).scalar_one()
    code = ""
    if served.item is not None:  # the catalogue's own code, also of a sensitive item
        code = conn.execute(select(items.c.code).where(items.c.id == served.item.id)).scalar_one()
    return {
        "case_no": served.case_no,
        "occurrence_no": served.no,
        "item_code": code,
        "organization_code": served.organization.code,
        "hall_code": served.hall.code if served.hall else "",
        "window_code": served.window.code if served.window else "",
        "staff_no": served.staff.code if served.staff else "",
        "stage": served.stage,
        "service_channel": served.service_channel,
        "served_at": _iso(served.served_at),
        "case_status": status,
    }


def _occurrence(conn: Connection, key: OccurrenceKey) -> Occurrence | None:
    try:
        return occurrences.load(conn, key)
    except UnknownOccurrence:
        return None


def _case_of(conn: Connection, case_id: int) -> Case | None:
    try:
        return by_id(conn, case_id)
    except UnknownCase:
        return None


def _key(subject: str) -> OccurrenceKey:
    _kind, region, month, number, *_round = subject.split(":")
    return OccurrenceKey(region, int(month), int(number))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
