"""Who comes: invitations, registrations, a waiting list, check-in; erased after some time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.doors.codes import random_code
from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import from_micros, micros
from haochaping_yantai import diary
from haochaping_yantai.diary import Diary, Occasion
from haochaping_yantai.problems import (
    AlreadyRegistered,
    Incomplete,
    NoSuchRegistration,
    NotNow,
    RegistrationClosed,
)
from haochaping_yantai.tables import event, guest

INVITED, REGISTERED, WAITING, CAME, GONE = "invited", "registered", "waiting", "came", "gone"
STATES: Final[Mapping[str, Words]] = {
    INVITED: Words("已邀请，未回复", "Invited, no answer"),
    REGISTERED: Words("已报名", "Registered"),
    WAITING: Words("候补", "On the waiting list"),
    CAME: Words("已签到", "Checked in"),
    GONE: Words("已取消", "Cancelled"),
}
CODE_LENGTH: Final = 10
_SEATED: Final = (REGISTERED, CAME)


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody states who registers; `enterprise` may be empty at an open day."""

    name: str
    mobile: str
    enterprise: str


@dataclass(frozen=True, slots=True)
class Guest:
    """A registration for its holder and for organizers; texts are empty once erased."""

    id: int
    event_id: int
    code: str
    name: str
    mobile: str
    enterprise: str
    invited: bool
    state: str
    came_at: datetime | None


class Guests:
    """The guests of one deployment's events."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._diary = Diary(services)

    def invite(self, number: int, enterprises: Sequence[str], account_id: int) -> int:
        """Invite enterprises, one seat and one code each; return how many were added.

        An enterprise that is invited already gets no second code.
        """
        found = self._diary.find(number, account_id)
        if found.state not in (diary.PLANNED, diary.OPEN):
            raise NotNow
        with self._services.records.transaction() as conn:
            added = sum(self._add_invited(conn, number, one) for one in enterprises)
        self._services.audit("invited", f"event:{number}", {"account": account_id, "n": added})
        return added

    def register(self, occasion: Occasion, caller: Caller) -> Guest:
        """Register somebody; without a free seat they wait.

        Raises RegistrationClosed, AlreadyRegistered.
        """
        self._require_open(occasion)
        with self._services.records.transaction() as conn:
            _hold(conn, occasion.id)
            row = self._row(occasion.id, caller, invited=False)
            row["state"] = self._seat(conn, occasion)
            self._insert(conn, row)
        return self._guest(row)

    def accept(self, code: str, caller: Caller) -> Guest:
        """Take up an invitation. Raises NoSuchRegistration, NotNow, AlreadyRegistered."""
        found, occasion = self.find(code)
        self._require_open(occasion)
        if found.state != INVITED:
            raise NotNow
        with self._services.records.transaction() as conn:
            _hold(conn, occasion.id)
            values = self._sealed(found.id, occasion.id, caller)
            values["state"] = self._seat(conn, occasion)
            self._change(conn, found.id, (INVITED,), values)
        return self.find(code)[0]

    def cancel(self, code: str) -> Guest:
        """Give up a seat: the first who waits moves up. Raises NoSuchRegistration, NotNow."""
        found, occasion = self.find(code)
        self._require_open(occasion)
        with self._services.records.transaction() as conn:
            _hold(conn, occasion.id)
            self._change(conn, found.id, (INVITED, REGISTERED, WAITING), {"state": GONE})
            if self._free(conn, occasion) > 0:
                _move_up(conn, occasion.id)
        return self.find(code)[0]

    def check_in(self, number: int, typed: str, account_id: int) -> Guest:
        """Note that somebody came, by registration code or mobile number.

        The same person checks in once. Raises NoSuchRegistration, NotNow.
        """
        occasion = self._diary.find(number, account_id)
        if occasion.state not in (diary.OPEN, diary.HELD):
            raise NotNow
        found = self._typed(number, typed)
        if found.state != CAME:
            values = {"state": CAME, "came_at": micros(self._services.now())}
            with self._services.records.transaction() as conn:
                self._change(conn, found.id, (INVITED, REGISTERED, WAITING), values)
        return self.find(found.code)[0]

    def find(self, code: str) -> tuple[Guest, Occasion]:
        """Return a registration and its event. Raises NoSuchRegistration."""
        query = select(guest).where(guest.c.code == code.replace("-", "").strip().upper())
        with self._services.records.transaction() as conn:
            row = conn.execute(query).mappings().first()
            if row is None:
                raise NoSuchRegistration
            where = select(event).where(event.c.id == row["event_id"])
            occasion = diary.occasion(conn.execute(where).mappings().one())
        return self._guest(row), occasion

    def of_event(self, number: int, account_id: int) -> tuple[Guest, ...]:
        """Return the guests of an event, for those who organize it."""
        self._diary.find(number, account_id)
        query = select(guest).where(guest.c.event_id == number).order_by(guest.c.at, guest.c.id)
        with self._services.records.transaction() as conn:
            rows = conn.execute(query).mappings().all()
        return tuple(self._guest(row) for row in rows)

    def counts(self, number: int) -> Mapping[str, int]:
        """Count the guests of an event by state."""
        query = (
            select(guest.c.state, func.count())
            .where(guest.c.event_id == number)
            .group_by(guest.c.state)
        )
        with self._services.records.transaction() as conn:
            return {state: int(n) for state, n in conn.execute(query)}

    def erase(self, days: int) -> int:
        """Erase names and numbers of guests whose event ended more than `days` ago.

        The rows stay, so the counts stay. Returns how many; safe to run twice.
        """
        before = micros(self._services.now() - timedelta(days=days))
        over = select(event.c.id).where(event.c.ends_at < before)
        named = guest.c.name_sealed.is_not(None) | guest.c.enterprise_sealed.is_not(None)
        step = update(guest).where(guest.c.event_id.in_(over), named)
        nothing = {"name_sealed": None, "mobile_sealed": None, "enterprise_sealed": None}
        with self._services.records.transaction() as conn:
            erased = conn.execute(step.values(**nothing, contact_index=None, invite_index=None))
            return int(erased.rowcount)

    def _require_open(self, occasion: Occasion) -> None:
        if occasion.state != diary.OPEN or occasion.plan.starts_at <= self._services.now():
            raise RegistrationClosed

    def _free(self, conn: Connection, occasion: Occasion) -> int:
        taken = select(func.count()).where(
            guest.c.event_id == occasion.id, guest.c.state.in_(_SEATED)
        )
        return occasion.plan.capacity - int(conn.execute(taken).scalar_one())

    def _seat(self, conn: Connection, occasion: Occasion) -> str:
        return REGISTERED if self._free(conn, occasion) > 0 else WAITING

    def _typed(self, number: int, typed: str) -> Guest:
        digits = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
        if len(digits) != 11:
            found, occasion = self.find(typed)
            if occasion.id != number:
                raise NoSuchRegistration
            return found
        query = select(guest).where(
            guest.c.event_id == number, guest.c.contact_index == self._contact(number, digits)
        )
        with self._services.records.transaction() as conn:
            row = conn.execute(query).mappings().first()
        if row is None:
            raise NoSuchRegistration
        return self._guest(row)

    def _add_invited(self, conn: Connection, number: int, enterprise: str) -> int:
        if not enterprise:
            raise Incomplete(Words("请写明企业名称", "Name the enterprise"))
        index = self._services.sealing.index(f"enterprise:{number}:{enterprise}")
        known = select(guest.c.id).where(guest.c.event_id == number, guest.c.invite_index == index)
        if conn.execute(known).first() is not None:
            return 0
        row = self._row(number, Caller("", "", enterprise), invited=True)
        self._insert(conn, row | {"state": INVITED, "invite_index": index})
        return 1

    def _row(self, number: int, caller: Caller, *, invited: bool) -> dict[str, Any]:
        own = self._services.new_id()
        return {
            "id": own,
            "event_id": number,
            "code": random_code(CODE_LENGTH),
            "invited": int(invited),
            "came_at": None,
            "at": micros(self._services.now()),
            **self._sealed(own, number, caller),
        }

    def _sealed(self, own: int, number: int, caller: Caller) -> dict[str, Any]:
        texts = {"name": caller.name, "mobile": caller.mobile, "enterprise": caller.enterprise}
        seal = self._services.sealing.seal
        index = self._contact(number, caller.mobile) if caller.mobile else None
        sealed = {f"{k}_sealed": seal(v, f"{own}:{k}") if v else None for k, v in texts.items()}
        return {**sealed, "contact_index": index}

    def _contact(self, number: int, mobile: str) -> str:
        return self._services.sealing.index(f"mobile:{number}:{mobile}")

    def _insert(self, conn: Connection, row: Mapping[str, Any]) -> None:
        try:
            conn.execute(insert(guest).values(**row))
        except IntegrityError as error:
            raise AlreadyRegistered from error

    def _change(
        self, conn: Connection, own: int, states: Sequence[str], values: Mapping[str, Any]
    ) -> None:
        step = update(guest).where(guest.c.id == own, guest.c.state.in_(states)).values(**values)
        try:
            changed = conn.execute(step).rowcount
        except IntegrityError as error:
            raise AlreadyRegistered from error
        if changed != 1:
            raise NotNow

    def _guest(self, row: RowMapping | Mapping[str, Any]) -> Guest:
        return Guest(
            id=row["id"],
            event_id=row["event_id"],
            code=row["code"],
            name=self._opened(row, "name"),
            mobile=self._opened(row, "mobile"),
            enterprise=self._opened(row, "enterprise"),
            invited=bool(row["invited"]),
            state=row["state"],
            came_at=None if row["came_at"] is None else from_micros(row["came_at"]),
        )

    def _opened(self, row: RowMapping | Mapping[str, Any], name: str) -> str:
        sealed = row[f"{name}_sealed"]
        if sealed is None:
            return ""
        return self._services.sealing.open(bytes(sealed), f"{row['id']}:{name}")


def _hold(conn: Connection, number: int) -> None:
    """Keep others from taking seats of the event until the transaction ends."""
    conn.execute(update(event).where(event.c.id == number).values(id=number))


def _move_up(conn: Connection, number: int) -> None:
    first = (
        select(guest.c.id)
        .where(guest.c.event_id == number, guest.c.state == WAITING)
        .order_by(guest.c.at, guest.c.id)
        .limit(1)
    )
    own = conn.execute(first).scalar_one_or_none()
    if own is not None:
        conn.execute(update(guest).where(guest.c.id == own).values(state=REGISTERED))
