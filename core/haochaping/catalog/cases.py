"""Taking in service cases and their occurrences from business and queue-ticket systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from haochaping.catalog import locks
from haochaping.catalog.keys import among
from haochaping.catalog.outcomes import Outcome, Status
from haochaping.catalog.placing import Placed, Placing
from haochaping.catalog.pushes import (
    STATUSES,
    Applicant,
    InvalidPush,
    PushedCase,
    PushedOccurrence,
    parse_push,
)
from haochaping.catalog.saving import Batch, Row
from haochaping.catalog.served import DIMS, served_event
from haochaping.catalog.tables import occurrence, service_case
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.journal import Emit, EmitMany, Event

__all__ = [
    "STATUSES",
    "Applicant",
    "InvalidPush",
    "PersonSink",
    "PushResult",
    "PushStatus",
    "PushedCase",
    "PushedOccurrence",
    "parse_push",
    "push",
]

PersonSink = Callable[[Connection, Applicant], int | None]
"""Hands a person to the vault and returns its id there, None when nothing was kept."""

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")

_AFTER: Final = timedelta.resolution
"""By how much a case is younger in the next counties than in the one it was pushed in first."""

NO_UNIT: Final = -1
"""Stands for a unit that no longer holds: the window of a hall that was left."""

_TWO_CASES: Final = Words(
    "库中有两件办件用这个编号，不能判断是哪一件。请管理员运行 haochaping doctor（case_numbers）",
    "Two cases are stored under this number, so it cannot be told which is meant. Have the"
    " administrator run haochaping doctor (case_numbers)",
)

_DEFAULTS: Final = {"stage": "application", "service_channel": "hall"}


class PushStatus(StrEnum):
    """What a push did with an occurrence."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PushResult:
    """The answer for one pushed occurrence; a refused one has a reason and no key."""

    case_no: str
    occurrence_no: int
    status: PushStatus
    key: OccurrenceKey | None = None
    reason: Words | None = None


def push(
    conn: Connection,
    emit: Emit,
    at: datetime,
    pushed: Sequence[PushedCase],
    *,
    profile_pattern: str = "",
    person_sink: PersonSink | None = None,
    zone: ZoneInfo = SHANGHAI,
    emit_many: EmitMany | None = None,
) -> tuple[PushResult, ...]:
    """Store pushed cases and answer for each occurrence, in order.

    `profile_pattern` is a regular expression for case numbers, `zone` the profile's time
    zone. What a push does not state stays as it is; an occurrence's key never moves. Every
    created occurrence and every change of its units or its time emits `occurrence.served`.
    """
    locks.hold(conn, "service_case", {case.case_no for case in pushed})
    work = _Push(conn, at, zone, Placing(conn, pushed, profile_pattern), person_sink)
    work.load(pushed)
    results = tuple(result for case in pushed for result in work.case(case))
    work.write()
    (emit_many or _one_by_one(emit))(conn, work.events, at)
    return results


class _Push:
    """One push under way."""

    def __init__(
        self,
        conn: Connection,
        at: datetime,
        zone: ZoneInfo,
        placing: Placing,
        person_sink: PersonSink | None,
    ) -> None:
        self.conn, self.at, self.zone, self.placing = conn, at, zone, placing
        self.sink: PersonSink = person_sink or _keep_nothing
        self.events: list[Event] = []
        self.seen: set[tuple[str, int]] = set()

    def load(self, pushed: Sequence[PushedCase]) -> None:
        """Read the cases and occurrences that are there, with two statements."""
        rows = _cases_of(self.conn, {case.case_no for case in pushed})
        self.homes = {row["case_no"]: row["region"] for row in reversed(rows)}
        self.counties: defaultdict[str, set[str]] = defaultdict(set)
        self.ids: defaultdict[str, set[int]] = defaultdict(set)
        for row in rows:
            self.counties[row["case_no"]].add(row["region"])
            self.ids[row["case_no"]].add(row["id"])
        self.cases = Batch(service_case, {(row["case_no"], row["region"]): row for row in rows})
        self.occurrences = Batch(occurrence, _occurrences_of(self.conn, rows))

    def write(self) -> None:
        """Write the changes."""
        self.cases.write(self.conn)
        self.occurrences.write(self.conn)

    def case(self, case: PushedCase) -> list[PushResult]:
        """Take in one case and return the answer for each of its occurrences."""
        verdicts = [(part, self._verdict(case, part)) for part in case.occurrences]
        placed = [(part, place) for part, place in verdicts if isinstance(place, Placed)]
        changed = self._put_case(case, placed).status if placed else Status.UNCHANGED
        return [
            self._put_occurrence(case, part, place, changed)
            if isinstance(place, Placed)
            else PushResult(case.case_no, part.no, PushStatus.REFUSED, reason=place)
            for part, place in verdicts
        ]

    def _verdict(self, case: PushedCase, part: PushedOccurrence) -> Placed | Words:
        if (case.case_no, part.no) in self.seen:
            return Words("同一次推送中重复出现", "It occurs twice in the same push")
        if len(self.ids[case.case_no]) > 1:
            return _TWO_CASES
        place = self.placing.place(case, part, self.at)
        if isinstance(place, Words):
            return place
        old = self._known(case)
        if place.organization_id is None and old is None:
            return Words(
                "须给出机构代码 organization_code 或大厅代码 hall_code",
                "An organization_code or a hall_code is needed",
            )
        self.seen.add((case.case_no, part.no))
        return self._completed(place, old)

    def _completed(self, place: Placed, old: Row | None) -> Placed:
        if old is None or place.region:
            return place
        return replace(place, region=old["region"])

    def _known(self, case: PushedCase) -> Row | None:
        """Return the case as it is where it was pushed first, None when it is new."""
        home = self.homes.get(case.case_no)
        return None if home is None else self.cases.known[case.case_no, home]

    def _put_case(
        self, case: PushedCase, placed: Sequence[tuple[PushedOccurrence, Placed]]
    ) -> Outcome:
        part, place = placed[0]
        old = self._known(case) or {}
        home = self.homes.setdefault(case.case_no, place.region)
        stated = {
            "item_id": place.item_id,
            "organization_id": place.organization_id,
            "status": case.status or None,
        }
        for name, person in (("person_id", case.applicant), ("agent_person_id", case.agent)):
            stated[name] = self._person(person, old.get(name), home)
        if old and not case.organization_code:
            stated["organization_id"] = None
        values = _kept(stated, old, {"status": "accepted"})
        fixed = {"served_month": self._month(part), "case_no": case.case_no, "created_at": self.at}
        outcome = self._put_in(home, case.case_no, values, fixed)
        self._put_elsewhere(case.case_no, values, placed)
        return outcome

    def _put_elsewhere(
        self, number: str, values: Row, placed: Sequence[tuple[PushedOccurrence, Placed]]
    ) -> None:
        """Keep the case alike in every county that serves it: those of before and new ones."""
        home = self.cases.known[number, self.homes[number]]
        known = self.occurrences.known
        new = {place.region for part, place in placed if (home["id"], part.no) not in known}
        self.counties[number] |= new
        fixed = {name: home[name] for name in ("id", "served_month", "case_no")}
        fixed["created_at"] = max(self.at, home["created_at"]) + _AFTER
        for region in sorted(self.counties[number] - {home["region"]}):
            self._put_in(region, number, values, fixed)

    def _put_in(self, region: str, number: str, values: Row, fixed: Row) -> Outcome:
        return self.cases.put(
            (number, region),
            values,
            fixed={**fixed, "region": region},
            stamp={"updated_at": self.at},
        )

    def _person(self, person: Applicant | None, known: int | None, region: str) -> int | None:
        if person is None:
            return None
        return self.sink(self.conn, replace(person, person_id=known, region=region))

    def _put_occurrence(
        self, case: PushedCase, part: PushedOccurrence, place: Placed, case_status: Status
    ) -> PushResult:
        case_row = self.cases.known[case.case_no, self.homes[case.case_no]]
        number = (case_row["id"], part.no)
        old = self.occurrences.known.get(number)
        stated = _stated(part, place) if old is None else _restated(case, part, place, old)
        base = {**_DEFAULTS, **{name: case_row[name] for name in ("organization_id", "item_id")}}
        values = _kept(stated, old or {}, base)
        fixed = {
            "region": place.region,
            "served_month": self._month(part),
            "case_id": case_row["id"],
            "no": part.no,
            "created_at": self.at,
        }
        outcome = self.occurrences.put(number, values, fixed=fixed)
        row = self.occurrences.known[number]
        if old is None or any(
            old[name] != row[name] for name in (*DIMS, "served_at", "service_channel")
        ):
            self.events.append(served_event(old, row))
        return PushResult(case.case_no, part.no, _status(outcome.status, case_status), _key(row))

    def _month(self, part: PushedOccurrence) -> int:
        return month_of(part.served_at or self.at, self.zone)


def month_of(moment: datetime, zone: ZoneInfo) -> int:
    """Return the local month of a moment as yyyymm."""
    local = moment.astimezone(zone)
    return local.year * 100 + local.month


def _stated(part: PushedOccurrence, place: Placed) -> dict[str, Any]:
    return {
        "stage": part.stage or None,
        "service_channel": part.service_channel or None,
        "organization_id": place.organization_id,
        "hall_id": place.hall_id,
        "window_id": place.window_id,
        "staff_id": place.staff_id,
        "item_id": place.item_id,
        "served_at": part.served_at,
    }


def _restated(case: PushedCase, part: PushedOccurrence, place: Placed, old: Row) -> dict[str, Any]:
    """Return what a repeated push states: a unit follows from another one only at first."""
    stated = _stated(part, place)
    if not case.organization_code:
        stated["organization_id"] = None
    if place.hall_id in (None, old["hall_id"]) or place.window_id is not None:
        return stated
    return {**stated, "window_id": NO_UNIT}


def _kept(stated: Row, old: Row, defaults: Row) -> dict[str, Any]:
    """Return the stated values, and what is stored (else the default) where none is stated."""
    values = {
        name: value if value is not None else old.get(name, defaults.get(name))
        for name, value in stated.items()
    }
    return {name: None if value == NO_UNIT else value for name, value in values.items()}


def _cases_of(conn: Connection, numbers: Collection[str]) -> list[Row]:
    """Return the rows of cases, one a county, that where each was pushed first before others."""
    if not numbers:
        return []
    query = select(service_case).where(among(conn, service_case.c.case_no, numbers))
    rows = [dict(row) for row in conn.execute(query).mappings()]
    return sorted(rows, key=lambda row: (row["created_at"], row["region"]))


def _occurrences_of(conn: Connection, cases: Sequence[Row]) -> dict[Any, Row]:
    if not cases:
        return {}
    ids = {row["id"] for row in cases}
    query = select(occurrence).where(among(conn, occurrence.c.case_id, ids))
    return {(row["case_id"], row["no"]): dict(row) for row in conn.execute(query).mappings()}


def _status(outcome: Status, case_status: Status) -> PushStatus:
    if outcome is Status.UNCHANGED and case_status is not Status.UNCHANGED:
        return PushStatus.UPDATED
    return PushStatus(outcome.value)


def _key(row: Row) -> OccurrenceKey:
    return OccurrenceKey(row["region"], row["served_month"], row["id"])


def _one_by_one(emit: Emit) -> EmitMany:
    def emit_all(conn: Connection, events: Sequence[Event], at: datetime) -> None:
        for event in events:
            emit(conn, event, at)

    return emit_all


def _keep_nothing(conn: Connection, person: Applicant) -> None:
    return None
