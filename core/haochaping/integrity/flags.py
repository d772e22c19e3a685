"""Flags: what the signals found, kept for people to decide; nothing else follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.ids import new_id
from haochaping.integrity.facts import Finding
from haochaping.integrity.tables import integrity_flag, integrity_flag_rating
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store.among import among
from haochaping.store.upsert import insert_or_ignore

OPEN: Final = "open"
DECISIONS: Final[Mapping[str, Words]] = {
    "substantiated": Words("属实", "Substantiated"),
    "unsubstantiated": Words("不属实", "Not substantiated"),
    "forwarded": Words("移送有关部门", "Forwarded"),
}
CORE: Final = "core"
_LONGEST: Final = 1000
_BATCH: Final = 500


class FlagRefused(Problem):
    """A decision about a flag without its reason, or one that was taken before."""

    code = "HCP-FLAG-REFUSED"
    status = 409
    title = Words("该提示已有结论，或缺少理由", "The flag is decided, or a reason is missing")


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as its page shows it."""

    id: int
    day: date
    region: str
    signal: str
    origin: str
    about: str
    organization_id: int
    staff_id: int | None
    ratings: int
    evidence: Mapping[str, Any]
    state: str
    decided_by: int | None
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class RatingOfFlag:
    """One rating of a flag: when and how, never its grade, its rater or its words."""

    key: OccurrenceKey
    received_at: datetime
    channel: str
    provenance: str
    status: str


def raise_flag(
    conn: Connection, emit: Emit, day: date, found: Finding, at: datetime, origin: str = CORE
) -> bool:
    """Keep a finding as a flag; the same finding of the same day again changes nothing."""
    first, number = found.facts[0], new_id()
    units = Counter(fact.organization_id for fact in found.facts)
    row = {
        "id": number,
        "day": day,
        "region": first.key.region,
        "signal": found.signal,
        "origin": origin,
        "about": found.about,
        "organization_id": units.most_common(1)[0][0],
        "hall_id": first.hall_id,
        "staff_id": first.staff_id if found.about.startswith("staff:") else None,
        "ratings": len(found.facts),
        "evidence": dict(found.evidence),
        "state": OPEN,
        "raised_at": at,
    }
    if not insert_or_ignore(conn, integrity_flag, [row]):
        return False
    keys = [fact.key for fact in found.facts]
    rows = [
        {"flag_id": number, "region": one.region, "served_month": one.served_month,
         "evaluation_id": one.id}
        for one in keys
    ]  # fmt: skip
    for start in range(0, len(rows), _BATCH):
        conn.execute(insert(integrity_flag_rating), rows[start : start + _BATCH])
    details = {"signal": found.signal, "origin": origin, "ratings": len(keys)}
    emit(conn, Event("integrity.flagged", f"flag:{number}", details, first.key.region), at)
    return True


def listed(conn: Connection, state: str, limit: int = 500) -> tuple[Flag, ...]:
    """Return the newest flags of a state: `open`, or one of the decisions."""
    rows = integrity_flag.c
    query = select(integrity_flag).where(rows.state == state)
    found = conn.execute(query.order_by(rows.day.desc(), rows.id.desc()).limit(limit))
    return tuple(_flag(row) for row in found)


def one(conn: Connection, number: int) -> Flag | None:
    """Return a flag by number."""
    row = conn.execute(select(integrity_flag).where(integrity_flag.c.id == number)).one_or_none()
    return None if row is None else _flag(row)


def ratings(conn: Connection, number: int, limit: int = 200) -> tuple[RatingOfFlag, ...]:
    """Return the ratings that a flag is about, in the order they came in."""
    of_flag, rows = integrity_flag_rating.c, evaluation.c
    wanted = select(of_flag.region, of_flag.served_month, of_flag.evaluation_id)
    keys = [
        tuple(key) for key in conn.execute(wanted.where(of_flag.flag_id == number).limit(limit))
    ]
    if not keys:
        return ()
    columns = (rows.region, rows.served_month, rows.id)
    query = select(*columns, rows.received_at, rows.channel, rows.provenance, rows.status)
    found = conn.execute(query.where(among(columns, keys)).order_by(rows.received_at, rows.id))
    return tuple(RatingOfFlag(OccurrenceKey(*row[:3]), *row[3:]) for row in found)


def decide(
    conn: Connection, emit: Emit, number: int, decision: tuple[str, str, int], at: datetime
) -> None:
    """Close an open flag by a person: what, why, by which account. Raises FlagRefused.

    The ratings stay as they are: voiding one is a procedure of its own, by two people.
    """
    word, reason, account_id = decision
    cleaned = reason.strip()[:_LONGEST]
    if word not in DECISIONS or not cleaned:
        raise FlagRefused(Words("请选择结论并填写理由", "Choose a decision and give its reason"))
    rows = integrity_flag.c
    values = {"state": word, "decided_by": account_id, "decided_at": at, "note": cleaned}
    statement = update(integrity_flag).where(rows.id == number, rows.state == OPEN).values(values)
    if conn.execute(statement).rowcount != 1:
        raise FlagRefused
    details = {"decision": word, "account": account_id}
    emit(conn, Event("integrity.decided", f"flag:{number}", details), at)


def _flag(row: Row[Any]) -> Flag:
    names = Flag.__slots__
    return Flag(**{name: getattr(row, name) for name in names})


def forget(conn: Connection, tables: Sequence[Any], before: date) -> None:
    """Delete the rows of days before one."""
    for table in tables:
        conn.execute(table.delete().where(table.c.day < before))
