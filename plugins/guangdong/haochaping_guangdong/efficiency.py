"""Back-office approval efficiency (审批效能) by unit and month, and the facts made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from haochaping.doors import facts, periods, subjects
from haochaping.doors.facts import Fact, PeriodClosed
from haochaping.doors.periods import UnknownPeriod
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping_guangdong.plugin import Guangdong

RECEIVED: Final = ("accepted", "rejected", "supplement_requested", "refused")
"""What became of applications that came in: 受理、不予受理、补正、退回."""
CONCLUDED: Final = ("approved", "not_approved", "forwarded", "terminated")
"""How cases ended: 准予、不予、转报、终止."""
DAYS: Final = ("promised_days", "actual_days")
"""Working days of the concluded cases: promised and taken, summed."""
COLUMNS: Final = ("period", "organization_code", *RECEIVED, *CONCLUDED, *DAYS)
SOURCE: Final = "行政审批效能监督"
_LARGEST: Final = 10**12


def take(
    plugin: Guangdong, conn: Connection, rows: Sequence[Mapping[str, str]]
) -> Sequence[Words | None]:
    """Store rows of an import; the same unit and month replaces what it said before."""
    units = subjects.by_code(
        conn, "organization", {row.get("organization_code", "") for row in rows}
    )
    return [_take(plugin, conn, row, units) for row in rows]


def receive(plugin: Guangdong, request: PageRequest) -> PageResponse:
    """Take in `{"rows": [{period, organization_code, accepted, …}]}` from a business system."""
    rows = _rows(request.form.get("rows", ""))
    if rows is None:
        return _answer({"reason": _NO_ROWS.into(request.language)}, 400)
    with plugin.services.records.transaction() as conn:
        reasons = take(plugin, conn, rows)
    results = [
        {"status": "stored" if reason is None else "refused", "reason": _said(reason, request)}
        for reason in reasons
    ]
    return _answer({"results": results}, 200)


def facts_of(period: str, unit: int, counts: Mapping[str, int]) -> list[Fact]:
    """Return the facts of a unit's month.

    Every count is kept as its share of what came in or ended; `speed_up` is the share of
    promised days that were saved, never below 0.
    """
    received, concluded = (sum(counts[name] for name in names) for names in (RECEIVED, CONCLUDED))
    shares = {**dict.fromkeys(RECEIVED, received), **dict.fromkeys(CONCLUDED, concluded)}
    saved = max(0, counts["promised_days"] - counts["actual_days"])
    found = [
        Fact(period, "organization", unit, f"gd.{name}", counts[name], under)
        for name, under in shares.items()
    ]
    speed = Fact(period, "organization", unit, "gd.speed_up", saved, counts["promised_days"])
    return [*found, speed]


def _take(
    plugin: Guangdong, conn: Connection, row: Mapping[str, str], units: Mapping[str, int]
) -> Words | None:
    unit = units.get(row.get("organization_code", ""))
    if unit is None:
        return Words("没有这个机构代码", "there is no organization with this code")
    counts = {name: _count(row.get(name, "")) for name in (*RECEIVED, *CONCLUDED, *DAYS)}
    wrong = [name for name, count in counts.items() if count is None]
    if wrong:
        return Words(f"{wrong[0]} 应为不小于 0 的整数", f"`{wrong[0]}` must be 0 or a whole number")
    known = {name: count for name, count in counts.items() if count is not None}
    try:
        period = periods.parse(row.get("period", ""))
        if not periods.is_month(period):
            return _NO_MONTH
        facts.record(conn, facts_of(period.name, unit, known), SOURCE, plugin.services.now())
    except (UnknownPeriod, PeriodClosed) as refusal:
        return refusal.detail
    return None


def _count(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or int(text[:13]) > _LARGEST:
        return None
    return int(text)


def _rows(text: str) -> list[dict[str, str]] | None:
    """Return the rows of a body, None when it has none."""
    try:
        rows = json.loads(text)
    except ValueError:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return [{str(name): str(value) for name, value in row.items()} for row in rows[:1000]]


def _said(reason: Words | None, request: PageRequest) -> str:
    return "" if reason is None else reason.into(request.language)


def _answer(document: Mapping[str, Any], status: int) -> PageResponse:
    body = json.dumps(document, ensure_ascii=False).encode()
    return PageResponse(body=body, content_type="application/json", status=status)


_NO_ROWS: Final = Words("请求应含 rows 列表", "the body must hold a list `rows`")
_NO_MONTH: Final = Words("period 应写成 2026-11", "write `period` as 2026-11")
