"""Settling a month: where units stand, and the talk that two months at the bottom bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, insert, select

from haochaping.doors import figures, periods
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Period, Words
from haochaping.store.types import micros
from haochaping_sichuan.ledger import totals
from haochaping_sichuan.tables import standing, talk

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

NOTIFIED, ACKNOWLEDGED, HELD = "notified", "acknowledged", "held"
LINK: Final = "/console/x/sichuan/talks"


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling a month did: units that stand in it, units that are called to a talk."""

    units: int
    called: tuple[int, ...]


def settle(plugin: Sichuan, period: Period) -> Settled:
    """Write where units stood in a closed and appraised month, once, and call to talks.

    A unit is at the bottom when no unit with enough ratings has fewer points and some has
    more; units that tie there are all at the bottom.
    """
    with plugin.services.records.transaction() as conn:
        if _is_settled(conn, period) or not _is_ready(conn, period):
            return Settled(0, ())
        points = totals(conn, period, "organization")
        last = _last(conn, plugin, period, points)
        rows = [_standing(period, unit, points[unit], unit in last) for unit in sorted(points)]
        if rows:
            conn.execute(insert(standing), rows)
        called = _call(conn, plugin, period, last)
    for unit in called:
        plugin.services.messages.send(_notice(period, unit))
    return Settled(len(rows), called)


def months_to_settle(today: Any) -> tuple[Period, ...]:
    """Return the months that may be over but not settled, the oldest first."""
    return periods.months_until(figures.last_month_over(today), 3)


def _is_settled(conn: Connection, period: Period) -> bool:
    statement = select(standing.c.period).where(standing.c.period == period.name).limit(1)
    return conn.execute(statement).first() is not None


def _is_ready(conn: Connection, period: Period) -> bool:
    return figures.is_closed(conn, period) and not figures.is_due(conn, period)


def _last(
    conn: Connection, plugin: Sichuan, period: Period, points: Mapping[int, int]
) -> frozenset[int]:
    least = int(plugin.talk_rules.get("min_rated", 30))
    kept = figures.frozen(conn, "organization", period, list(points))
    ranked = {
        unit: value
        for unit, value in points.items()
        if unit in kept and kept[unit].tally.rated >= least
    }
    if not ranked or min(ranked.values()) == max(ranked.values()):
        return frozenset()
    worst = min(ranked.values())
    return frozenset(unit for unit, value in ranked.items() if value == worst)


def _standing(period: Period, unit: int, points: int, bottom: bool) -> dict[str, Any]:
    return {
        "period": period.name,
        "organization_id": unit,
        "points": points,
        "bottom": int(bottom),
    }


def _call(
    conn: Connection, plugin: Sichuan, period: Period, last: frozenset[int]
) -> tuple[int, ...]:
    """Call those to a talk that were at the bottom for the wanted number of months in a row."""
    months = int(plugin.talk_rules.get("months", 2))
    names = [each.name for each in periods.months_until(period, months)]
    row = standing.c
    statement = (
        select(row.organization_id)
        .where(row.period.in_(names), row.bottom == 1)
        .group_by(row.organization_id)
        .having(func.count() == months)
    )
    called = tuple(sorted(set(conn.execute(statement).scalars()) & last))
    reason = _reason(months, names)
    for unit in called:
        conn.execute(insert(talk), [_talk(plugin, period, unit, reason)])
    return called


def _talk(plugin: Sichuan, period: Period, unit: int, reason: Words) -> dict[str, Any]:
    now: datetime = plugin.services.now()
    return {
        "id": plugin.services.new_id(),
        "period": period.name,
        "organization_id": unit,
        "state": NOTIFIED,
        "reason_zh": reason.zh,
        "reason_en": reason.en,
        "notified_at": micros(now),
    }


def _reason(months: int, names: list[str]) -> Words:
    return Words(
        f"连续 {months} 个月（{'、'.join(names)}）目标绩效得分排名末位",
        f"last in points for {months} months in a row ({', '.join(names)})",
    )


def _notice(period: Period, unit: int) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"sichuan:talk:{period.name}:{unit}",
        to="unit_head",
        organization_id=unit,
        gateway="inbox",
        subject=Words(f"约谈通知（{period.name}）", f"Called to a formal talk ({period.name})"),
        body=Words(
            "本单位政务服务评价连续末位，请在“约谈”页面签收并提交整改打算。",
            "Your unit was last in a row: acknowledge this on the page of talks, with your plan.",
        ),
        link=LINK,
    )
