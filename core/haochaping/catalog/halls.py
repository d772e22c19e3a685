"""Halls (政务服务大厅、便民服务中心) and their opening hours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog import codes, fields, locks, regions
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.outcomes import Outcome, unknown
from haochaping.catalog.saving import Batch, rows_by
from haochaping.catalog.tables import hall
from haochaping.hooks.values import Words

Opening = list[list[str]]
"""`[["09:00", "12:00"], ["13:30", "17:00"]]`, on working days."""

_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~～至]\s*(\d{1,2}):(\d{2})")
_BETWEEN: Final = re.compile(r"[;；,，、\s]+")


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall; `opening` None means the profile's working hours."""

    id: int
    code: str
    name: Words
    region: str
    place: str
    organization_id: int
    opening: Opening | None
    active: bool


@dataclass(frozen=True, slots=True)
class HallDraft:
    """A hall as handed in."""

    code: str
    name: str
    name_en: str
    place: str
    organization: str
    opening: Opening | None
    active: bool


def draft(row: Fields) -> HallDraft:
    """Return the draft of a line. Raises FieldFault."""
    return HallDraft(
        code=fields.code(row, "code"),
        name=fields.needed(row, "name"),
        name_en=fields.text(row, "name_en"),
        place=fields.code(row, "region"),
        organization=fields.code(row, "organization"),
        opening=opening(fields.text(row, "opening")),
        active=fields.flag(row, "active", True),
    )


def opening(text: str) -> Opening | None:
    """Read `09:00-12:00; 13:30-17:00`; None when empty. Raises FieldFault."""
    if not text:
        return None
    text = text.replace("：", ":")
    spans = [_span(match) for match in _SPAN.finditer(text)]
    rest = _BETWEEN.sub("", _SPAN.sub("", text))
    ends = [end for span in spans for end in span]
    if rest or not spans or ends != sorted(set(ends)):
        raise FieldFault(
            "opening",
            Words(
                f"开放时间「{text}」读不懂，应写作 09:00-12:00;13:30-17:00，先后有序、不重叠",
                f"cannot read the opening hours “{text}”: write 09:00-12:00;13:30-17:00, in "
                "order and without overlap",
            ),
        )
    return spans


def save(conn: Connection, drafts: Sequence[HallDraft], day: date) -> list[Outcome]:
    """Store halls as of a local day; the outcome of each, in order."""
    locks.hold(conn, "hall")
    places = regions.resolve_many(conn, {item.place for item in drafts}, day)
    counties = regions.counties(conn, places.values())
    owners = codes.organizations(conn, {item.organization for item in drafts})
    batch = Batch(hall, rows_by(conn, hall, hall.c.code, {item.code for item in drafts}))

    def put(item: HallDraft) -> Outcome:
        if item.place not in places:
            return unknown("行政区划", "region", item.place)
        if item.organization not in owners:
            return unknown("机构", "organization", item.organization)
        place = places[item.place]
        owner = owners[item.organization].id
        return batch.put(item.code, _values(item, place, counties[place], owner))

    outcomes = [put(item) for item in drafts]
    batch.write(conn)
    return outcomes


def find(conn: Connection, code: str) -> Hall | None:
    """Return the hall of a code, None when there is none."""
    row = conn.execute(select(hall).where(hall.c.code == code)).mappings().first()
    return None if row is None else _hall(row)


def get(conn: Connection, hall_id: int) -> Hall | None:
    """Return the hall of an id, None when there is none."""
    row = conn.execute(select(hall).where(hall.c.id == hall_id)).mappings().first()
    return None if row is None else _hall(row)


def all_active(conn: Connection) -> tuple[Hall, ...]:
    """Return the active halls by name."""
    query = select(hall).where(hall.c.active == 1).order_by(hall.c.name, hall.c.id)
    return tuple(_hall(row) for row in conn.execute(query).mappings())


def _values(item: HallDraft, place: str, county: str, owner: int) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "region": county,
        "place": place,
        "organization_id": owner,
        "opening": item.opening,
        "active": item.active,
    }


def _span(match: re.Match[str]) -> list[str]:
    return [_clock(match[1], match[2]), _clock(match[3], match[4])]


def _clock(hour: str, minute: str) -> str:
    if (hour, minute) == ("24", "00"):
        return "24:00"
    try:
        return time(int(hour), int(minute)).strftime("%H:%M")
    except ValueError:
        raise FieldFault(
            "opening", Words(f"没有 {hour}:{minute} 这个时刻", f"no such time: {hour}:{minute}")
        ) from None


def _hall(row: Mapping[Any, Any]) -> Hall:
    return Hall(
        id=row["id"],
        code=row["code"],
        name=Words(row["name"], row["name_en"]),
        region=row["region"],
        place=row["place"],
        organization_id=row["organization_id"],
        opening=row["opening"],
        active=row["active"],
    )
