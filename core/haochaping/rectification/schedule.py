"""From durations to moments: the deadlines and warnings of one round of a case.

Pure but for the calendar, whose faults are contained: a case opens even while the
calendar is broken, with provisional moments that are computed again later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.rectification import PlanStep, Rung
from haochaping.hooks.values import Duration, Unit
from haochaping.rectification.context import Context
from haochaping.rectification.plans import REPLY, CasePlan, rung_json, step_json
from haochaping.worktime import Deadline

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Timer:
    """One moment of a case: level 0 is the due moment of `kind`, others are warnings."""

    kind: str
    level: int
    start_at: datetime
    due_at: datetime
    due_day: date
    provisional: bool
    rule: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]] = ()
    to: str = "handler"
    gateways: tuple[str, ...] = ("inbox",)
    text: Sequence[str] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A due moment: exclusive UTC bound, last local day, how it came about."""

    moment: datetime
    day: date
    provisional: bool
    lines: tuple[Mapping[str, Any], ...] = field(default=())


def timers(context: Context, plan: CasePlan, start: datetime, counted: str) -> tuple[Timer, ...]:
    """Return the timers of the steps that count from `counted` (opened | replied) at `start`."""
    found: list[Timer] = []
    for step in plan.steps_from(counted):
        due = reckon(context, start, step)
        found.append(_deadline(step, start, due))
        found.extend(_warning(context, rung, start, due) for rung in plan.rungs_of(step.kind))
    return tuple(found)


def moved(
    context: Context, plan: CasePlan, step: PlanStep, when: tuple[datetime, Reckoned]
) -> tuple[Timer, ...]:
    """Return the timers of one step whose due moment is given: start and what was reckoned."""
    start, due = when
    rungs = plan.rungs_of(step.kind)
    return (
        _deadline(step, start, due),
        *(_warning(context, rung, start, due) for rung in rungs),
    )


def extended(context: Context, due: Reckoned, duration: Duration) -> Reckoned:
    """Return the due moment that lies a duration after another one, counted from its last day."""
    last = _local(context, due.day, time(12))
    later = reckon(context, last, PlanStep("extension", duration))
    lines = (*due.lines, *later.lines)
    return Reckoned(later.moment, later.day, due.provisional or later.provisional, lines)


def reply_of(found: Sequence[Timer]) -> Timer | None:
    """Return the due moment of the reply; the last due moment when no step is a reply."""
    due = [timer for timer in found if timer.level == 0]
    replies = [timer for timer in due if timer.kind == REPLY]
    return max(replies or due, key=lambda timer: timer.due_at, default=None)


def reckon(context: Context, start: datetime, step: PlanStep) -> Reckoned:
    """Return when `step` is due that starts at `start`; on weekdays if the calendar fails."""
    result = contained("calendar", lambda: _by_calendar(context, start, step))
    if result.ok and result.value is not None:
        return result.value
    return _by_weekdays(context, start, step.duration)


def fallback(context: Context, start: datetime) -> Reckoned:
    """Return the due moment of a case whose plan names none: that day, provisional."""
    return _by_weekdays(context, start, Duration(0, Unit.SAME_DAY))


def _by_calendar(context: Context, start: datetime, step: PlanStep) -> Reckoned:
    due = context.calendar.due(start, Deadline.of_step(step))
    lines = tuple(
        {
            "day": line.day.isoformat(),
            "counted": line.counted,
            "zh": line.words.zh,
            "en": line.words.en,
        }
        for line in due.lines
    )
    return Reckoned(due.moment, due.day, due.provisional, lines)


def _by_weekdays(context: Context, start: datetime, duration: Duration) -> Reckoned:
    """Count Mondays to Fridays (or every day) and end at 24:00: never the last word."""
    day, left = start.astimezone(context.zone).date(), duration.count
    every_day = duration.unit is Unit.CALENDAR_DAY
    while left > 0:
        day += _ONE_DAY
        left -= every_day or day.weekday() < _SATURDAY
    return Reckoned(_local(context, day + _ONE_DAY, time(0)), day, True)


def _deadline(step: PlanStep, start: datetime, due: Reckoned) -> Timer:
    return Timer(
        kind=step.kind,
        level=0,
        start_at=start,
        due_at=due.moment,
        due_day=due.day,
        provisional=due.provisional,
        rule=step_json(step),
        lines=due.lines,
        source=step.source,
    )


def _warning(context: Context, rung: Rung, start: datetime, due: Reckoned) -> Timer:
    day = _day_of(context, rung, due)
    moment = max(_moment_of(context, rung, due, day), start)
    return Timer(
        kind=rung.deadline,
        level=rung.level,
        start_at=start,
        due_at=moment,
        due_day=day,
        provisional=due.provisional,
        rule=rung_json(rung),
        to=rung.to,
        gateways=rung.gateways,
        text=None if rung.text is None else [rung.text.zh, rung.text.en],
    )


def _day_of(context: Context, rung: Rung, due: Reckoned) -> date:
    if rung.offset.count == 0:
        return due.day
    return _back(context, due.day, rung.offset) if rung.before else _on(context, due, rung.offset)


def _moment_of(context: Context, rung: Rung, due: Reckoned, day: date) -> datetime:
    """Warnings come when the working day begins; after the due moment never before it."""
    opening = _local(context, day, context.opens_at)
    return opening if rung.before else max(opening, due.moment)


def _on(context: Context, due: Reckoned, offset: Duration) -> date:
    noon = _local(context, due.day, time(12))
    return reckon(context, noon, PlanStep("warning", offset)).day


def _back(context: Context, day: date, offset: Duration) -> date:
    """Return the day from which `offset` ends on `day`; weekdays if the calendar fails."""
    if offset.unit is Unit.CALENDAR_DAY:
        return day - timedelta(days=offset.count)
    result = contained("calendar", lambda: context.calendar.add_workdays(day, -offset.count))
    return result.value or _weekdays_back(day, offset.count)


def _weekdays_back(day: date, count: int) -> date:
    while count > 0:
        day -= _ONE_DAY
        count -= day.weekday() < _SATURDAY
    return day


def _local(context: Context, day: date, at: time) -> datetime:
    return datetime.combine(day, at, context.zone).astimezone(UTC)
