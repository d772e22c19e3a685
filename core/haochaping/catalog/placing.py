"""Finding the units that a pushed occurrence names, or saying why it cannot be taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import codes
from haochaping.catalog.codes import HallRef, OrganizationRef, StaffRef, WindowRef
from haochaping.catalog.fields import CODE_MAX
from haochaping.catalog.pushes import PushedCase, PushedOccurrence
from haochaping.hooks.values import Words

SKEW: Final = timedelta(seconds=60)
"""How far ahead of ours the pushing system's clock may be."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The units of a pushed occurrence, by id; None is a unit the push does not state."""

    organization_id: int | None
    region: str
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None


class Placing:
    """Knows all codes that a push names; built with one statement per kind."""

    def __init__(self, conn: Connection, cases: Sequence[PushedCase], pattern: str) -> None:
        parts = list(_parts(cases))
        self._pattern = re.compile(pattern) if pattern else None
        self._organizations = codes.organizations(conn, {one.organization_code for one in cases})
        self._items = codes.items(conn, {one.item_code for one in cases})
        self._halls = codes.halls(conn, {part.hall_code for part in parts})
        self._staff = codes.staff_members(conn, {part.staff_no for part in parts})
        hall_ids = {hall.id for hall in self._halls.values()}
        self._windows = codes.windows(conn, hall_ids, {part.window_code for part in parts})

    def place(self, case: PushedCase, part: PushedOccurrence, at: datetime) -> Placed | Words:
        """Return the units of an occurrence, or the reason to refuse it."""
        hall = self._halls.get(part.hall_code)
        window = self._windows.get((hall.id, part.window_code)) if hall else None
        owner = self._organizations.get(case.organization_code)
        staff = self._staff.get(part.staff_no)
        return (
            self._bad_number(case)
            or self._not_found(case, part)
            or (None if window or not part.window_code else _no_window(part))
            or _in_future(part, at)
            or self._placed(case, owner, hall, window, staff)
        )

    def _placed(
        self,
        case: PushedCase,
        owner: OrganizationRef | None,
        hall: HallRef | None,
        window: WindowRef | None,
        staff: StaffRef | None,
    ) -> Placed:
        serving = owner.id if owner else _serving(hall, window)
        return Placed(
            organization_id=serving,
            region=hall.region if hall else owner.region if owner else "",
            hall_id=hall.id if hall else None,
            window_id=window.id if window else None,
            staff_id=staff.id if staff else None,
            item_id=self._items.get(case.item_code),
        )

    def _bad_number(self, case: PushedCase) -> Words | None:
        if self._pattern is None:
            return None
        if len(case.case_no) <= CODE_MAX and self._pattern.fullmatch(case.case_no):
            return None
        return Words(
            f"办件编号「{case.case_no}」不符合本地规则 {self._pattern.pattern}",
            f"The case number “{case.case_no}” does not follow the local pattern "
            f"{self._pattern.pattern}",
        )

    def _not_found(self, case: PushedCase, part: PushedOccurrence) -> Words | None:
        stated = (
            ("机构", "organization", case.organization_code, self._organizations),
            ("事项", "item", case.item_code, self._items),
            ("大厅", "hall", part.hall_code, self._halls),
            ("工号", "staff number", part.staff_no, self._staff),
        )
        for zh, en, code, found in stated:
            if code and code not in found:
                return _unknown(zh, en, code)
        return None


def _parts(cases: Sequence[PushedCase]) -> Iterator[PushedOccurrence]:
    for case in cases:
        yield from case.occurrences


def _serving(hall: HallRef | None, window: WindowRef | None) -> int | None:
    if window is not None:
        return window.organization_id
    return hall.organization_id if hall is not None else None


def _unknown(zh: str, en: str, code: str) -> Words:
    return Words(
        f"{zh}「{code}」不在目录中，请先导入或核对代码",
        f"The catalogue has no {en} “{code}”: import it first or correct the code",
    )


def _no_window(part: PushedOccurrence) -> Words:
    if part.hall_code:
        return _unknown("窗口", "window", f"{part.hall_code} {part.window_code}")
    return Words(
        f"窗口「{part.window_code}」须同时给出大厅代码 hall_code",
        f"The window “{part.window_code}” needs the hall_code of its hall beside it",
    )


def _in_future(part: PushedOccurrence, at: datetime) -> Words | None:
    if part.served_at is None or part.served_at <= at + SKEW:
        return None
    return Words(
        f"服务时间 {part.served_at.isoformat()} 晚于现在，请核对推送系统的时钟；时间不会被改写",
        f"The service time {part.served_at.isoformat()} lies in the future: check the clock of "
        "the pushing system; times are never rewritten",
    )
