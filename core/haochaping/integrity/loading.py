"""The ratings of a day out of the database, as the detectors want them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from haochaping.access.tables import vault_person
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case, staff
from haochaping.evaluation.tables import evaluation, rating_trace
from haochaping.evaluation.traces import WINDOW_DEVICE
from haochaping.hooks.values import Channel, OccurrenceKey, RaterRole
from haochaping.integrity.facts import Fact
from haochaping.integrity.tables import integrity_rating, staff_device
from haochaping.journal import Entry, Reader
from haochaping.store.upsert import insert_or_ignore

NAME: Final = "integrity"
_SHARED: Final = {Channel.WINDOW_DEVICE: WINDOW_DEVICE, Channel.KIOSK: "kiosk"}
_RATER = vault_person.alias("rater_person")
_MEMBER = staff.alias("member")
_MEMBER_PERSON = vault_person.alias("member_person")


def reader(time_zone: str) -> Reader:
    """Return the reader of the journal that notes which ratings a day has."""
    return Reader(NAME, partial(note, ZoneInfo(time_zone)), frozenset({"evaluation.recorded"}))


def note(zone: ZoneInfo, conn: Connection, entries: Sequence[Entry]) -> None:
    """Note first-round ratings under the local day they came in."""
    rows = [
        {
            "day": entry.at.astimezone(zone).date(),
            "region": entry.region,
            "served_month": entry.payload["served_month"],
            "evaluation_id": entry.payload["id"],
        }
        for entry in entries
        if int(entry.payload["round"]) == 1
    ]
    insert_or_ignore(conn, integrity_rating, rows)


def regions(conn: Connection, day: date) -> Sequence[str]:
    """Return the counties that have ratings on a day."""
    rows = integrity_rating.c
    return conn.execute(select(rows.region).where(rows.day == day).distinct()).scalars().all()


def facts(conn: Connection, day: date, region: str) -> tuple[Fact, ...]:
    """Return the ratings of a county on a day; who staff are is matched by keyed hashes."""
    owners = _owners(conn, day)
    rows = conn.execute(
        _FACTS.where(integrity_rating.c.day == day, integrity_rating.c.region == region)
    )
    return tuple(_fact(row, owners) for row in rows)


def _joined() -> Any:
    due, rated, served = integrity_rating.c, evaluation.c, occurrence.c
    same_place = and_(served.region == rated.region, served.served_month == rated.served_month)
    return (
        integrity_rating.join(
            evaluation,
            and_(
                rated.region == due.region,
                rated.served_month == due.served_month,
                rated.id == due.evaluation_id,
            ),
        )
        .join(occurrence, and_(same_place, served.id == rated.occurrence_id))
        .join(service_case, SAME_CASE)
        .outerjoin(
            rating_trace,
            and_(
                rating_trace.c.region == due.region,
                rating_trace.c.served_month == due.served_month,
                rating_trace.c.evaluation_id == due.evaluation_id,
            ),
        )
        .outerjoin(_RATER, _RATER.c.id == rated.person_id)
        .outerjoin(_MEMBER, _MEMBER.c.id == rated.staff_id)
        .outerjoin(_MEMBER_PERSON, _MEMBER_PERSON.c.id == _MEMBER.c.person_id)
    )


_FACTS: Final = select(
    evaluation.c.region,
    evaluation.c.served_month,
    evaluation.c.id,
    evaluation.c.organization_id,
    evaluation.c.hall_id,
    evaluation.c.staff_id,
    evaluation.c.grade,
    evaluation.c.channel,
    evaluation.c.rater_role,
    evaluation.c.received_at,
    occurrence.c.stage,
    occurrence.c.served_at,
    service_case.c.person_id.label("applicant_id"),
    rating_trace.c.device,
    rating_trace.c.network,
    rating_trace.c.kind,
    _RATER.c.index_mac.label("rater_index"),
    _MEMBER_PERSON.c.index_mac.label("staff_index"),
).select_from(_joined())


def _fact(row: Any, owners: Mapping[str, frozenset[int]]) -> Fact:
    same = row.rater_index is not None and row.rater_index == row.staff_index
    return Fact(
        key=OccurrenceKey(row.region, row.served_month, row.id),
        organization_id=row.organization_id,
        hall_id=row.hall_id,
        staff_id=row.staff_id,
        stage=row.stage,
        grade=row.grade,
        channel=row.channel,
        rater=row.rater_index or "",
        applicant=row.applicant_id is not None,
        served_at=row.served_at,
        received_at=row.received_at,
        source=_source(row),
        device=row.device or "",
        network=row.network or "",
        device_staff=owners.get(row.device, frozenset()),
        staff_rater=row.staff_id if same else None,
    )


def _source(row: Any) -> str:
    """Return where a rating came from: shared by channel or role before its own trace."""
    if row.channel in _SHARED:
        return _SHARED[row.channel]
    if row.rater_role == RaterRole.AGENT:
        return "helper"
    return row.kind or ""


def _owners(conn: Connection, day: date) -> dict[str, frozenset[int]]:
    rows = conn.execute(
        select(staff_device.c.device, staff_device.c.staff_id).where(staff_device.c.day == day)
    )
    found: dict[str, set[int]] = defaultdict(set)
    for device, member in rows:
        found[device].add(member)
    return {device: frozenset(members) for device, members in found.items()}
