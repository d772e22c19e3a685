"""The diary of events: planned, open for registration, held, published; or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from haochaping.doors.codes import random_code
from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import from_micros, micros
from haochaping_yantai.problems import Incomplete, NoSuchEvent, NotNow
from haochaping_yantai.tables import event

SYMPOSIUM, OPEN_DAY = "symposium", "open_day"
KINDS: Final[Mapping[str, Words]] = {
    SYMPOSIUM: Words("企业座谈会", "Enterprise symposium"),
    OPEN_DAY: Words("政务开放日", "Open day"),
}
PLANNED, OPEN, HELD, PUBLISHED, CANCELLED = "planned", "open", "held", "published", "cancelled"
STATES: Final[Mapping[str, Words]] = {
    PLANNED: Words("筹备中", "Being planned"),
    OPEN: Words("报名中", "Open for registration"),
    HELD: Words("已举办，办理意见中", "Held, opinions being dealt with"),
    PUBLISHED: Words("结果已公布", "Outcome published"),
    CANCELLED: Words("已取消", "Cancelled"),
}
SEEN: Final = (OPEN, HELD, PUBLISHED, CANCELLED)
"""States in which the public sees an event."""
MANAGE: Final = "event.manage"
CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What an organizer states about an event; moments are aware, capacity counts people."""

    kind: str
    title: str
    about: str
    place: str
    organization_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event as stored; `code` stands in its public address."""

    id: int
    code: str
    state: str
    plan: Plan
    minutes: str
    outcome: str
    closing: str
    created_by: int
    changed_at: datetime
    published_at: datetime | None


class Diary:
    """The events of one deployment."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def plan(self, plan: Plan, account_id: int) -> int:
        """Add an event and return its id. Raises Incomplete, NoSuchEvent (not one's unit)."""
        self._require_unit(plan.organization_id, account_id)
        at = self._services.now()
        _require_order(plan, at)
        number = self._services.new_id()
        row = {"id": number, "code": random_code(CODE_LENGTH), "state": PLANNED, **_columns(plan)}
        row |= {"created_by": account_id, "created_at": micros(at), "changed_at": micros(at)}
        with self._services.records.transaction() as conn:
            conn.execute(insert(event).values(row))
        self._note("planned", number, account_id)
        return number

    def change(self, number: int, plan: Plan, account_id: int) -> None:
        """Change an event that has not been held. Raises Incomplete, NotNow, NoSuchEvent."""
        self._require_unit(plan.organization_id, account_id)
        _require_order(plan, self._services.now())
        self._move(number, account_id, (PLANNED, OPEN), **_columns(plan))
        self._note("changed", number, account_id)

    def open(self, number: int, account_id: int) -> None:
        """Open an event for registration: from now on the public sees it."""
        self._move(number, account_id, (PLANNED,), state=OPEN)
        self._note("opened", number, account_id)

    def cancel(self, number: int, account_id: int, reason: str) -> None:
        """Cancel an event; the public page shows the reason. Raises Incomplete without one."""
        if not reason:
            raise Incomplete(Words("请写明取消的原因", "State why it is cancelled"))
        self._move(number, account_id, (PLANNED, OPEN), state=CANCELLED, closing=reason)
        self._note("cancelled", number, account_id)

    def hold(self, number: int, account_id: int, minutes: str) -> None:
        """Record that an event was held, with its minutes. Raises NotNow before it has begun."""
        if self.find(number, account_id).plan.starts_at > self._services.now():
            raise NotNow(Words("活动还没有开始", "The event has not begun yet"))
        self._move(number, account_id, (OPEN, HELD), state=HELD, minutes=minutes)
        self._note("held", number, account_id)

    def publish(self, number: int, account_id: int, outcome: str) -> None:
        """Publish what came of an event, again if the text has changed. Raises Incomplete."""
        if not outcome:
            raise Incomplete(Words("请写明公布的内容", "Write what is published"))
        at = micros(self._services.now())
        after = {"state": PUBLISHED, "outcome": outcome, "published_at": at}
        self._move(number, account_id, (HELD, PUBLISHED), **after)
        self._note("published", number, account_id)

    def find(self, number: int, account_id: int) -> Occasion:
        """Return an event that the account organizes. Raises NoSuchEvent."""
        with self._services.records.transaction() as conn:
            found = _load(conn, number)
        self._require_unit(found.plan.organization_id, account_id)
        return found

    def of_account(self, account_id: int, limit: int = 200) -> tuple[Occasion, ...]:
        """Return the newest events of the units that the account organizes for."""
        units = [one.id for one in self._services.catalog.organizations(account_id, MANAGE)]
        newest = select(event).order_by(event.c.starts_at.desc(), event.c.id).limit(limit)
        return self._read(newest.where(event.c.organization_id.in_(units)))

    def public(self, limit: int = 200) -> tuple[Occasion, ...]:
        """Return the newest events that the public sees, the latest date first."""
        newest = select(event).order_by(event.c.starts_at.desc(), event.c.id).limit(limit)
        return self._read(newest.where(event.c.state.in_(SEEN)))

    def by_code(self, code: str) -> Occasion:
        """Return the event of a public address. Raises NoSuchEvent when nobody should see it."""
        found = self._read(select(event).where(event.c.code == code.upper()))
        if not found or found[0].state not in SEEN:
            raise NoSuchEvent
        return found[0]

    def _read(self, query: Any) -> tuple[Occasion, ...]:
        with self._services.records.transaction() as conn:
            return tuple(occasion(row) for row in conn.execute(query).mappings())

    def _move(self, number: int, account_id: int, states: Sequence[str], **values: Any) -> None:
        self.find(number, account_id)
        values["changed_at"] = micros(self._services.now())
        step = update(event).where(event.c.id == number, event.c.state.in_(states)).values(**values)
        with self._services.records.transaction() as conn:
            if conn.execute(step).rowcount != 1:
                raise NotNow

    def _require_unit(self, organization_id: int, account_id: int) -> None:
        if not self._services.accounts.may(account_id, MANAGE, organization_id):
            raise NoSuchEvent

    def _note(self, kind: str, number: int, account_id: int) -> None:
        self._services.audit(kind, f"event:{number}", {"account": account_id})


def occasion(row: RowMapping) -> Occasion:
    """Return the event of a row."""
    return Occasion(
        id=row["id"],
        code=row["code"],
        state=row["state"],
        plan=_plan(row),
        minutes=row["minutes"],
        outcome=row["outcome"],
        closing=row["closing"],
        created_by=row["created_by"],
        changed_at=from_micros(row["changed_at"]),
        published_at=None if row["published_at"] is None else from_micros(row["published_at"]),
    )


def _plan(row: RowMapping) -> Plan:
    return Plan(
        kind=row["kind"],
        title=row["title"],
        about=row["about"],
        place=row["place"],
        organization_id=row["organization_id"],
        starts_at=from_micros(row["starts_at"]),
        ends_at=from_micros(row["ends_at"]),
        capacity=row["capacity"],
    )


def _columns(plan: Plan) -> dict[str, Any]:
    return {
        "kind": plan.kind,
        "title": plan.title,
        "about": plan.about,
        "place": plan.place,
        "organization_id": plan.organization_id,
        "starts_at": micros(plan.starts_at),
        "ends_at": micros(plan.ends_at),
        "capacity": plan.capacity,
    }


def _load(conn: Connection, number: int) -> Occasion:
    row = conn.execute(select(event).where(event.c.id == number)).mappings().first()
    if row is None:
        raise NoSuchEvent
    return occasion(row)


def _require_order(plan: Plan, now: datetime) -> None:
    if plan.kind not in KINDS:
        raise Incomplete(Words("请选择活动的种类", "Choose the kind of event"))
    if plan.ends_at <= plan.starts_at:
        raise Incomplete(Words("结束时间应晚于开始时间", "The end must come after the start"))
    if plan.ends_at <= now:
        raise Incomplete(Words("活动时间已经过去，请改期", "The time has passed: choose another"))
