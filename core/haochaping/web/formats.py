"""Dates, times and numbers as people read them, in the deployment's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent
from flask import Flask, current_app, has_app_context

from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.web.i18n import _, language
from haochaping.web.languages import LANGUAGES

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_PATTERNS: Final = {
    "day": {"zh": "y年M月d日", "en": "d MMMM y", "#": "y-MM-dd"},
    "month": {"zh": "y年M月", "en": "MMMM y", "#": "y-MM"},
    "end": {"zh": "y年M月d日 24:00", "en": "'the end of' d MMMM y", "#": "y-MM-dd 24:00"},
    "moment": {"zh": "y年M月d日 HH:mm", "en": "d MMMM y, HH:mm", "#": "y-MM-dd HH:mm"},
}


def zone() -> ZoneInfo:
    """Return the time zone of the deployment."""
    if not has_app_context():
        return SHANGHAI
    found: ZoneInfo = current_app.extensions.get("haochaping.zone", SHANGHAI)
    return found


def moment(at: datetime | None) -> str:
    """Return an aware moment as local date and time, to the minute; empty for None."""
    if at is None:
        return ""
    return format_datetime(at, _pattern("moment"), tzinfo=zone(), locale=_locale())


def bound(at: datetime | None) -> str:
    """Return until when, an exclusive moment: midnight is the end of the day before."""
    if at is None:
        return ""
    local = at.astimezone(zone())
    if (local.hour, local.minute) != (0, 0):
        return moment(at)
    pattern = _pattern("end")
    return format_date(local.date() - timedelta(days=1), pattern, locale=_locale())


def day(on: date | datetime | None) -> str:
    """Return a day; an aware moment is taken to its local day; empty for None."""
    if on is None:
        return ""
    return format_date(_local_day(on), _pattern("day"), locale=_locale())


def weekday(on: date) -> str:
    """Return the day of the week of a day, as short as the language has it."""
    return format_date(on, "EEE", locale=_locale())


def month(on: date | datetime) -> str:
    """Return year and month of a day."""
    return format_date(_local_day(on), _pattern("month"), locale=_locale())


def period(each: Period) -> str:
    """Return a period as people call it: a day, a month, a quarter or a year."""
    if each.first == each.last:
        return day(each.first)
    kind, year = periods.kind(each), each.first.year
    if kind == "month":
        return month(each.first)
    if kind == "quarter":
        return _("%(year)s年第%(number)s季度", year=year, number=each.last.month // 3)
    return _("%(year)s年", year=year)


def clock_time(at: datetime) -> str:
    """Return the local time of day of an aware moment, to the minute."""
    return format_time(at, "HH:mm", tzinfo=zone(), locale=_locale())


def number(value: int | Decimal, places: int | None = None) -> str:
    """Return a number with separators; `places` fixes the decimals."""
    if places is None:
        return format_decimal(value, locale=_locale())
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return format_decimal(value, pattern, locale=_locale())


def percent(ratio: Decimal | None, places: int = 2) -> str:
    """Return a ratio as a percentage with fixed decimals; a dash when there is none."""
    if ratio is None:
        return "—"
    pattern = "#,##0." + "0" * places + "%" if places else "#,##0%"
    return format_percent(ratio, pattern, locale=_locale())


def install(app: Flask, time_zone: str) -> None:
    """Make the formats filters of the templates and set the time zone."""
    app.extensions["haochaping.zone"] = ZoneInfo(time_zone)
    for show in (moment, bound, day, month, clock_time, number, percent):
        app.jinja_env.filters[show.__name__] = show


def _pattern(name: str) -> str:
    """Return how a language writes dates; `#` is for those that use digits alone."""
    chosen = LANGUAGES[language()]
    numeric = "#" if chosen.numeric else "zh"
    return _PATTERNS[name]["en" if chosen.code.startswith("en") else numeric]


def _locale() -> str:
    return LANGUAGES[language()].locale


def _local_day(on: date | datetime) -> date:
    return on.astimezone(zone()).date() if isinstance(on, datetime) else on
