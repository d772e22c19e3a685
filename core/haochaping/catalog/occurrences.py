"""Service occurrences: loading one, finding one, opening one by a key at the window."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, insert, select

from haochaping.catalog import staff as staff_members
from haochaping.catalog.cases import SHANGHAI, month_of
from haochaping.catalog.served import served_event
from haochaping.catalog.tables import (
    SAME_CASE,
    hall,
    item,
    occurrence,
    organization,
    service_case,
    staff,
    window,
)
from haochaping.hooks.values import Occurrence, OccurrenceKey, UnitRef, Words
from haochaping.ids import new_id, random_code
from haochaping.journal import Emit
from haochaping.problems import Problem

WindowKind = Literal["consultation", "guided"]
"""What one key at the window opens: 咨询, or 引导至其他部门."""

_WINDOW_KINDS: Final = {"consultation": "ZX", "guided": "YD"}
_SERIAL_SIGNS: Final = 10  # 50 random bits a day


class UnknownOccurrence(Problem):
    """No service occurrence has this key or number."""

    code = "HCP-UNKNOWN-OCCURRENCE"
    status = 404
    title = Words(
        "没有找到这次服务，请先推送办件再提交评价",
        "This service is not known here; push the service case before its evaluation",
    )


class UnknownWindow(Problem):
    """No window has this id."""

    code = "HCP-UNKNOWN-WINDOW"
    status = 404
    title = Words("没有这个窗口", "There is no such window")


def _unit(alias: str, table: Any, code: Any, *more: Any) -> list[Any]:
    names = [table.c[name] for name in more]
    columns = [table.c.id, code, *names]
    return [column.label(f"{alias}_{column.name}") for column in columns]


_LOAD: Final = (
    select(
        occurrence.c.no,
        occurrence.c.stage,
        occurrence.c.service_channel,
        occurrence.c.served_at,
        service_case.c.case_no,
        *_unit("organization", organization, organization.c.code, "name", "name_en"),
        *_unit("hall", hall, hall.c.code, "name", "name_en"),
        *_unit("window", window, window.c.code, "name", "name_en"),
        *_unit("item", item, item.c.code, "name", "name_en", "public_name", "sensitive"),
        *_unit("staff", staff, staff.c.number),
        staff.c.organization_id.label("staff_organization_id"),
    )
    .select_from(occurrence)
    .join(service_case, SAME_CASE)
    .join(organization, organization.c.id == occurrence.c.organization_id)
    .outerjoin(hall, hall.c.id == occurrence.c.hall_id)
    .outerjoin(window, window.c.id == occurrence.c.window_id)
    .outerjoin(item, item.c.id == occurrence.c.item_id)
    .outerjoin(staff, staff.c.id == occurrence.c.staff_id)
    .where(
        and_(
            occurrence.c.region == bindparam("key_region"),
            occurrence.c.served_month == bindparam("key_month"),
            occurrence.c.id == bindparam("key_id"),
        )
    )
)

_FIND: Final = (
    select(occurrence.c.region, occurrence.c.served_month, occurrence.c.id)
    .join(service_case, SAME_CASE)
    .where(service_case.c.case_no == bindparam("case_no"), occurrence.c.no == bindparam("no"))
)


def load(conn: Connection, key: OccurrenceKey) -> Occurrence:
    """Return an occurrence with its units, in one statement. Raises UnknownOccurrence.

    A sensitive item carries its public name and no code.
    """
    values = {"key_region": key.region, "key_month": key.served_month, "key_id": key.id}
    row = conn.execute(_LOAD, values).mappings().first()
    if row is None:
        raise UnknownOccurrence()
    return _occurrence(key, row)


def find(conn: Connection, case_no: str, no: int) -> OccurrenceKey | None:
    """Return the key of an occurrence by case number and occurrence number, or None."""
    row = conn.execute(_FIND, {"case_no": case_no, "no": no}).first()
    return None if row is None else OccurrenceKey(row.region, row.served_month, row.id)


def latest_at_window(conn: Connection, window_id: int, since: datetime) -> OccurrenceKey | None:
    """Return the key of the service last received at a window since a moment, or None."""
    query = (
        select(occurrence.c.region, occurrence.c.served_month, occurrence.c.id)
        .where(occurrence.c.window_id == window_id, occurrence.c.served_at >= since)
        .order_by(occurrence.c.served_at.desc(), occurrence.c.id.desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else OccurrenceKey(row.region, row.served_month, row.id)


def open_at_window(
    conn: Connection,
    emit: Emit,
    at: datetime,
    window_id: int,
    kind: WindowKind = "consultation",
    *,
    zone: ZoneInfo = SHANGHAI,
    staff_ids: Collection[int] = (),
) -> OccurrenceKey:
    """Open an occurrence without a case number, by one key at the window, and return its key.

    It gets a serial number of its own (`ZX-20261116-…`), the organization that serves at
    the window, and the staff member: whoever of `staff_ids` (who pressed the key) works for
    that organization, else the only one who belongs there. Raises UnknownWindow.
    """
    place = _place(conn, window_id)
    case = _window_case(at, place, kind, zone)
    serving = staff_members.of_organization(conn, place["organization_id"], staff_ids)
    member = serving or staff_members.only_one_at(conn, window_id)
    served = {**_window_occurrence(at, place, case, kind), "staff_id": member}
    conn.execute(insert(service_case), case)
    conn.execute(insert(occurrence), served)
    emit(conn, served_event(None, served), at)
    return OccurrenceKey(served["region"], served["served_month"], served["id"])


def _place(conn: Connection, window_id: int) -> Mapping[Any, Any]:
    query = (
        select(window.c.id, window.c.hall_id, window.c.organization_id, hall.c.region)
        .join(hall, hall.c.id == window.c.hall_id)
        .where(window.c.id == window_id)
    )
    row = conn.execute(query).mappings().first()
    if row is None:
        raise UnknownWindow()
    return row


def _window_case(
    at: datetime, place: Mapping[Any, Any], kind: WindowKind, zone: ZoneInfo
) -> dict[str, Any]:
    day = at.astimezone(zone).strftime("%Y%m%d")
    return {
        "id": new_id(),
        "region": place["region"],
        "served_month": month_of(at, zone),
        "case_no": f"{_WINDOW_KINDS[kind]}-{day}-{random_code(_SERIAL_SIGNS)}",
        "item_id": None,
        "organization_id": place["organization_id"],
        "status": "concluded",
        "created_at": at,
        "updated_at": at,
    }


def _window_occurrence(
    at: datetime, place: Mapping[Any, Any], case: Mapping[str, Any], kind: WindowKind
) -> dict[str, Any]:
    return {
        "region": case["region"],
        "served_month": case["served_month"],
        "id": new_id(),
        "case_id": case["id"],
        "no": 1,
        "stage": kind,
        "service_channel": "hall",
        "organization_id": place["organization_id"],
        "hall_id": place["hall_id"],
        "window_id": place["id"],
        "item_id": None,
        "served_at": at,
        "created_at": at,
    }


def _occurrence(key: OccurrenceKey, row: Mapping[Any, Any]) -> Occurrence:
    return Occurrence(
        key=key,
        case_no=row["case_no"],
        no=row["no"],
        stage=row["stage"],
        service_channel=row["service_channel"],
        item=_item_ref(row),
        organization=_unit_ref(row, "organization"),
        hall=_ref(row, "hall"),
        window=_ref(row, "window"),
        staff=_staff_ref(row),
        served_at=row["served_at"],
        item_sensitive=bool(row["item_sensitive"]),
        staff_organization_id=row["staff_organization_id"],
    )


def _ref(row: Mapping[Any, Any], kind: str) -> UnitRef | None:
    return None if row[f"{kind}_id"] is None else _unit_ref(row, kind)


def _unit_ref(row: Mapping[Any, Any], kind: str) -> UnitRef:
    name = Words(row[f"{kind}_name"], row[f"{kind}_name_en"])
    return UnitRef(row[f"{kind}_id"], row[f"{kind}_code"], name)


def _item_ref(row: Mapping[Any, Any]) -> UnitRef | None:
    if row["item_sensitive"]:
        return UnitRef(row["item_id"], "", Words(row["item_public_name"]))
    return _ref(row, "item")


def _staff_ref(row: Mapping[Any, Any]) -> UnitRef | None:
    if row["staff_id"] is None:
        return None
    return UnitRef(row["staff_id"], row["staff_number"], Words(row["staff_number"]))
