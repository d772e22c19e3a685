"""Who is to be called because nobody rated the service, and what the call brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from haochaping import Plugin
from haochaping.hooks.services import OutgoingMessage, Services, UnratedService
from haochaping.hooks.values import Words
from haochaping_hunan.tables import call

RESULTS = {
    "satisfied": Words("满意", "Satisfied"),
    "dissatisfied": Words("不满意，已请其评价", "Dissatisfied, asked to rate"),
    "unreached": Words("未联系上", "Not reached"),
}
LOOK_BACK = timedelta(days=7)
"""How far back a morning looks, so that days on which the worker stood still are made good."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made."""

    id: int
    case_no: str
    occurrence_no: int
    organization_id: int
    served_at: datetime


def list_calls(plugin: Plugin, at: datetime) -> None:
    """List the services that nobody rated within the days the profile gives; tell the units.

    Running it again lists nothing twice: a call has the number of its service.
    """
    until = at - timedelta(days=plugin.config["call_after_days"])
    services = plugin.services
    for one in services.evaluations.unrated(until - LOOK_BACK, until):
        with services.records.transaction() as conn:
            new = _listed(conn, one)
        if new:
            services.messages.send(_message(one))


def waiting(services: Services, units: Sequence[int]) -> list[Call]:
    """Return the calls of some units that nobody has made, oldest first."""
    rows = [
        row for unit in units for row in services.lookup.all("hunan_call", organization_id=unit)
    ]
    open_ones = [row for row in rows if row["called_at"] is None]
    return [
        Call(
            row["id"],
            row["case_no"],
            row["occurrence_no"],
            row["organization_id"],
            datetime.fromtimestamp(row["served_at"] / 1_000_000, UTC),
        )
        for row in sorted(open_ones, key=lambda row: (row["served_at"], row["id"]))
    ]


def made(services: Services, number: int, by: int, result: str) -> bool:
    """Note what a call brought; False when it was made already or there is none."""
    values = {"called_at": _stamp(services.now()), "called_by": by, "result": result}
    with services.records.transaction() as conn:
        mine = (call.c.id == number) & call.c.called_at.is_(None)
        return bool(conn.execute(update(call).where(mine).values(values)).rowcount)


def _listed(conn: Connection, one: UnratedService) -> bool:
    if conn.execute(select(call.c.id).where(call.c.id == one.key.id)).first() is not None:
        return False
    row = {
        "id": one.key.id,
        "region": one.key.region,
        "case_no": one.case_no,
        "occurrence_no": one.occurrence_no,
        "organization_id": one.organization_id,
        "served_at": _stamp(one.served_at),
    }
    conn.execute(insert(call).values(row))
    return True


def _message(one: UnratedService) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"hunan:call:{one.key.id}",
        to="handler",
        organization_id=one.organization_id,
        gateway="inbox",
        subject=Words("请电话回访", "Please call"),
        body=Words(
            f"办件 {one.case_no} 尚未评价，请电话回访",
            f"Nobody has rated case {one.case_no}: please call the applicant",
        ),
        link="/console/x/hunan/calls",
    )


def _stamp(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
