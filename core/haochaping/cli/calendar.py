"""`haochaping calendar`: due dates, the years in force, loading and comparing years."""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Any, NoReturn

import click

from haochaping.hooks.values import Unit
from haochaping.worktime import Calendar, CalendarError, Deadline, Due, YearCalendar
from haochaping.worktime.comparing import Change, changes
from haochaping.worktime.files import read_file, store_file

CONFIGURATION = 3
"""Exit code of configuration that cannot be used."""

language = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the words."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print data for machines.")
home = click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="HAOCHAPING_HOME",
    help="The deployment whose calendars are used; works without one.",
)


@click.group("calendar")
def calendar() -> None:
    """Working days: due dates and the calendars behind them."""


@calendar.command("due")
@click.argument("start")
@click.argument("count", type=click.IntRange(0, 3660))
@click.option("--unit", type=click.Choice([unit.value for unit in Unit]), default="workday")
@click.option("--cut-off", type=click.Choice(["24:00", "hall_closing"]), default="24:00")
@click.option("--holiday-end", type=click.Choice(["next_workday", "stays"]), default="next_workday")
@home
@language
@as_json
def due(start: str, count: int, as_json: bool, lang: str, home: Path | None, **rule: str) -> None:
    """Print when COUNT days from START (a date, or a local date and time) are due, and why."""
    known = _calendar(home, lang)
    deadline = Deadline(count, Unit(rule["unit"]), rule["cut_off"], rule["holiday_end"])
    moment = _moment(start, known)
    answer = known.due(moment, deadline)
    if as_json:
        click.echo(json.dumps(_due_document(answer, known, lang), ensure_ascii=False))
    else:
        _print_due(answer, known, lang)


@calendar.command("show")
@click.argument("year", type=int, required=False)
@home
@language
@as_json
def show(year: int | None, home: Path | None, lang: str, as_json: bool) -> None:
    """Print the years in force, or the holidays and make-up days of one YEAR."""
    years = [each for each in _calendar(home, lang).years if year in (None, each.year)]
    if not years:
        _refuse(f"没有 {year} 年的日历" if lang == "zh" else f"there is no calendar of {year}")
    if as_json:
        click.echo(json.dumps([_year_document(each) for each in years], ensure_ascii=False))
        return
    for each in years:
        click.echo(_year_line(each, lang))
        if year is not None:
            _print_days(each, lang)


@calendar.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@home
@language
def load(file: Path, home: Path | None, lang: str) -> None:
    """Check a calendar FILE and put it in force in the deployment."""
    if home is None:
        raise click.UsageError("--home or HAOCHAPING_HOME names the deployment")
    try:
        year = store_file(file, home)
    except CalendarError as error:
        _refuse(error.detail.into(lang))
    click.echo(_year_line(year, lang))


@calendar.command("diff")
@click.argument("file", type=click.Path(path_type=Path))
@home
@language
@as_json
def diff(file: Path, home: Path | None, lang: str, as_json: bool) -> None:
    """Print which days a calendar FILE would change against the year in force."""
    try:
        new = read_file(file)
    except CalendarError as error:
        _refuse(error.detail.into(lang))
    found = changes(_calendar(home, lang), new)
    if as_json:
        click.echo(json.dumps([_change_document(each, lang) for each in found], ensure_ascii=False))
        return
    for each in found:
        click.echo(each.words.into(lang))
    if not found:
        click.echo("没有变化" if lang == "zh" else "nothing changes", err=True)


def _calendar(home: Path | None, lang: str) -> Calendar:
    """Return the calendar in force; broken files are named on stderr and left out."""
    known = Calendar.load(deployment_dir=home)
    for fault in known.problems:
        click.echo(fault.text(lang), err=True)
    return known


def _moment(start: str, known: Calendar) -> datetime:
    """Return the start moment; a date alone means the opening of that day."""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.BadParameter(
            f"{start}: 2026-09-24, 2026-09-24T10:30", param_hint="START"
        ) from None
    if len(start) <= len("2026-09-24"):
        hours = known.rules.working_hours
        moment = datetime.combine(moment.date(), hours[0][0] if hours else time())
    return moment if moment.tzinfo else moment.replace(tzinfo=known.zone)


def _due_document(due: Due, known: Calendar, lang: str) -> dict[str, Any]:
    return {
        "due": due.day.isoformat(),
        "provisional": due.provisional,
        "moment": due.moment.isoformat(),
        "ends": due.moment.astimezone(known.zone).isoformat(),
        "lines": [
            {"day": line.day.isoformat(), "counted": line.counted, "text": line.words.into(lang)}
            for line in due.lines
        ],
    }


def _print_due(due: Due, known: Calendar, lang: str) -> None:
    """Print the due date, then every day on the way."""
    ends = due.moment.astimezone(known.zone).strftime("%Y-%m-%d %H:%M")
    click.echo(due.day.isoformat())
    click.echo(f"截止：{ends}（不含）" if lang == "zh" else f"ends {ends} (exclusive)")
    if due.provisional:
        click.echo(_PROVISIONAL[lang])
    for line in due.lines:
        click.echo(f"  {'✓' if line.counted else '·'} {line.words.into(lang)}")


def _year_line(year: YearCalendar, lang: str) -> str:
    words = {
        "zh": f"{year.year} 年 第 {year.revision} 版 {year.document}（{year.number}，{year.published}）"
        f" 放假 {len(year.holidays)} 天，调休上班 {len(year.workdays)} 天",
        "en": f"{year.year} revision {year.revision} {year.document} ({year.number}, {year.published}):"
        f" {len(year.holidays)} days off, {len(year.workdays)} made up",
    }
    return words[lang]


def _print_days(year: YearCalendar, lang: str) -> None:
    off, worked = ("放假", "上班") if lang == "zh" else ("off", "worked")
    days = [(day, off, name) for day, name in year.holidays.items()]
    days += [(day, worked, name) for day, name in year.workdays.items()]
    for day, what, name in sorted(days, key=lambda each: each[0]):
        click.echo(f"  {day.isoformat()} {what} {name.into(lang)}")


def _year_document(year: YearCalendar) -> dict[str, Any]:
    return {
        "year": year.year,
        "document": year.document,
        "number": year.number,
        "published": year.published.isoformat(),
        "revision": year.revision,
        "holidays": {day.isoformat(): name.zh for day, name in year.holidays.items()},
        "workdays": {day.isoformat(): name.zh for day, name in year.workdays.items()},
    }


def _change_document(change: Change, lang: str) -> dict[str, Any]:
    return {
        "day": change.day.isoformat(),
        "worked_before": change.before,
        "worked_after": change.after,
        "text": change.words.into(lang),
    }


def _refuse(message: str) -> NoReturn:
    """Say what is wrong with the configuration and leave with its exit code."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(CONFIGURATION)


_PROVISIONAL = {
    "zh": "暂定：途经年份的放假安排尚未公布，公布后重新计算",
    "en": "provisional: a year on the way is not published; recomputed when it is",
}
