"""`haochaping calendar`: due dates, the years in force, loading and comparing years."""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Unit, Words
from haochaping.worktime import Calendar, Deadline, Due, DueLine, YearCalendar
from haochaping.worktime.comparing import Change, changes
from haochaping.worktime.deadlines import HALL_CLOSING, MIDNIGHT, NEXT_WORKDAY, STAYS
from haochaping.worktime.files import read_file, store_file
from haochaping.worktime.years import LOCAL

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""Years that a deadline may start in."""

as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
calendar_file = click.argument("file", type=click.Path(path_type=Path))


@click.group("calendar", help="工作日历与到期日 / working days and due dates")
def calendar() -> None:
    """Hold the commands about working days."""


@calendar.command("due", help="从 START 起 COUNT 天何时到期，逐日说明 / when COUNT is due, and why")
@click.argument("start")
@click.argument("count", type=click.IntRange(0, 3660))
@click.option("--unit", type=click.Choice([unit.value for unit in Unit]), default="workday")
@click.option("--cut-off", type=click.Choice([MIDNIGHT, HALL_CLOSING]), default=MIDNIGHT)
@click.option("--holiday-end", type=click.Choice([NEXT_WORKDAY, STAYS]), default=NEXT_WORKDAY)
@as_json
@pass_invocation
def due(invocation: Invocation, /, *, start: str, count: int, as_json: bool, **rule: str) -> None:
    """Print when COUNT days from START (a date, or a local date and time) are due, and why."""
    known = _calendar(invocation)
    deadline = Deadline(count, Unit(rule["unit"]), rule["cut_off"], rule["holiday_end"])
    answer = known.due(_moment(start, known, invocation.language), deadline)
    if as_json:
        _print(_due_document(answer, known, invocation.language))
    else:
        _print_due(answer, known, invocation.language)


@calendar.command("show", help="列出生效的年份，或某一年的放假安排 / years in force, or one year")
@click.argument("year", type=int, required=False)
@as_json
@pass_invocation
def show(invocation: Invocation, *, year: int | None, as_json: bool) -> None:
    """Print the years in force, or the holidays and make-up days of one YEAR."""
    years = [each for each in _calendar(invocation).years if year in (None, each.year)]
    if as_json:
        _print([_year_document(each) for each in years])
        return
    for each in years:
        click.echo(_year_line(each).into(invocation.language))
        if year is not None:
            _print_days(each, invocation.language)
    if not years:
        words = Words(f"没有 {year} 年的日历", f"there is no calendar of {year}")
        raise click.UsageError(words.into(invocation.language))


@calendar.command("load", help="检查日历文件并在部署中启用 / check a file and put it in force")
@calendar_file
@pass_invocation
def load(invocation: Invocation, *, file: Path) -> None:
    """Check a calendar FILE and put it in force in the deployment."""
    year = store_file(file, invocation.deployment_home())
    click.echo(_year_line(year).into(invocation.language))


@calendar.command("diff", help="列出日历文件会改动的日子 / which days a file would change")
@calendar_file
@as_json
@pass_invocation
def diff(invocation: Invocation, *, file: Path, as_json: bool) -> None:
    """Print which days a calendar FILE would change against the year in force."""
    found = changes(_calendar(invocation), read_file(file))
    if as_json:
        _print([_change_document(each, invocation.language) for each in found])
        return
    for each in found:
        click.echo(each.words.into(invocation.language))
    if not found:
        invocation.say(Words("没有变化", "nothing changes"))


def _calendar(invocation: Invocation) -> Calendar:
    """Return the calendar in force; broken files are named on stderr and left out."""
    known = Calendar.load(deployment_dir=invocation.home)
    for fault in known.problems:
        click.echo(fault.text(invocation.language), err=True)
    return known


def _moment(start: str, known: Calendar, language: str) -> datetime:
    """Return the start moment; a date alone means the opening of that day."""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.UsageError(_no_moment(start).into(language)) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise click.UsageError(_far_away(start).into(language))
    if len(start) <= len("2026-09-24"):
        hours = known.rules.working_hours
        moment = datetime.combine(moment.date(), hours[0][0] if hours else time())
    return moment if moment.tzinfo else moment.replace(tzinfo=known.zone)


def _no_moment(start: str) -> Words:
    return Words(
        f"START“{start[:40]}”不是日期：请写日期（2026-09-24）或当地日期和时间（2026-09-24T10:30）",
        f"START “{start[:40]}” is no date: write a date (2026-09-24)"
        " or a local date and time (2026-09-24T10:30)",
    )


def _far_away(start: str) -> Words:
    return Words(
        f"START“{start[:40]}”太远：年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
        f"START “{start[:40]}” is too far away: the year must be from {FIRST_YEAR} to {LAST_YEAR}",
    )


def _due_document(due: Due, known: Calendar, language: str) -> dict[str, Any]:
    return {
        "due": due.day.isoformat(),
        "provisional": due.provisional,
        "moment": due.moment.isoformat(),
        "ends": due.moment.astimezone(known.zone).isoformat(),
        "lines": [_line_document(line, language) for line in due.lines],
    }


def _line_document(line: DueLine, language: str) -> dict[str, Any]:
    text = line.words.into(language)
    return {"day": line.day.isoformat(), "counted": line.counted, "text": text}


def _print_due(due: Due, known: Calendar, language: str) -> None:
    """Print the due date, then every day on the way."""
    ends = due.moment.astimezone(known.zone).strftime("%Y-%m-%d %H:%M")
    click.echo(due.day.isoformat())
    click.echo(Words(f"截止：{ends}（不含）", f"ends {ends} (exclusive)").into(language))
    if due.provisional:
        click.echo(_PROVISIONAL.into(language))
    for line in due.lines:
        click.echo(f"  {'✓' if line.counted else '·'} {line.words.into(language)}")


def _year_line(year: YearCalendar) -> Words:
    off, worked = len(year.holidays), len(year.workdays)
    local = Words("（本地）", " (local)") if year.scope == LOCAL else Words("")
    return Words(
        f"{year.year} 年{local.zh} 第 {year.revision} 版 {year.document}"
        f"（{year.number}，{year.published}） 放假 {off} 天，调休上班 {worked} 天",
        f"{year.year}{local.en} revision {year.revision} {year.document}"
        f" ({year.number}, {year.published}): {off} days off, {worked} made up",
    )


def _print_days(year: YearCalendar, language: str) -> None:
    off, worked = Words("放假", "off").into(language), Words("上班", "worked").into(language)
    days = [(day, off, name) for day, name in year.holidays.items()]
    days += [(day, worked, name) for day, name in year.workdays.items()]
    days += [
        (
            day,
            Words(f"上班到 {half.until:%H:%M}", f"until {half.until:%H:%M}").into(language),
            half.name,
        )
        for day, half in year.half_days.items()
    ]
    for day, what, name in sorted(days, key=lambda each: each[0]):
        click.echo(f"  {day.isoformat()} {what} {name.into(language)}")


def _year_document(year: YearCalendar) -> dict[str, Any]:
    return {
        "year": year.year,
        "document": year.document,
        "number": year.number,
        "published": year.published.isoformat(),
        "revision": year.revision,
        "holidays": {day.isoformat(): name.zh for day, name in year.holidays.items()},
        "workdays": {day.isoformat(): name.zh for day, name in year.workdays.items()},
        "scope": year.scope,
        "half_days": {
            day.isoformat(): f"{half.until:%H:%M}" for day, half in year.half_days.items()
        },
    }


def _change_document(change: Change, language: str) -> dict[str, Any]:
    return {
        "day": change.day.isoformat(),
        "worked_before": change.before,
        "worked_after": change.after,
        "text": change.words.into(language),
    }


def _print(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False))


_PROVISIONAL = Words(
    "暂定：途经年份的放假安排尚未公布，公布后重新计算",
    "provisional: a year on the way is not published; recomputed when it is",
)
