"""The working-day calendar: which years are published, and taking in a new one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from haochaping.background import RECOMPUTE
from haochaping.jobs import Job, enqueue
from haochaping.journal import Event
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, language, words
from haochaping.web.routes import route
from haochaping.web.site import site
from haochaping.worktime import Calendar, YearCalendar
from haochaping.worktime.comparing import changes
from haochaping.worktime.files import read_file, store_file
from haochaping.worktime.years import CalendarError

pages: Final = Blueprint("calendars", "haochaping.web")
HERE: Final = "/console/calendars"
PERMISSION: Final = "calendar.manage"
CHANGES_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class YearRow:
    """A published year."""

    year: int
    revision: int
    document: str
    number: str
    published: str
    off: int
    worked: int
    days: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The years in force, how far they reach, and what became of a file."""

    years: tuple[YearRow, ...]
    horizon: int | None
    near: bool
    problems: tuple[str, ...]
    changed: tuple[str, ...] = ()
    done: str = ""
    text: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def show() -> str:
    """Show the published years."""
    return render_template("console/calendars.html", page=_page())


@route(pages, HERE, methods=("POST",))
def take() -> Response:
    """Check a year's file and put it in force; provisional due dates are reckoned anew."""
    reach.require_everywhere(PERMISSION)
    upload = request.files.get("file")
    raw = upload.read() if upload is not None and upload.filename else b""
    raw = raw or request.form.get("text", "").encode()
    if not raw.strip():
        return _again(FieldFault("file", _("请选择日历文件，或粘贴它的内容")))
    known = _known()
    try:
        new = _stored(raw)
    except CalendarError as error:
        faults = (FieldFault("file", fault.text(language())) for fault in error.faults)
        return _again(*faults)
    _follow(new)
    changed = (words(one.words) for one in changes(known, new)[:CHANGES_SHOWN])
    done = _(
        "%(year)s 年日历已启用，暂定的期限正在重新计算。请重启服务，使新工单也按新安排计算。",
        year=new.year,
    )
    page = replace(_page(), done=done, changed=tuple(changed))
    return make_response(render_template("console/calendars.html", page=page))


def _stored(raw: bytes) -> YearCalendar:
    """Check a file and copy it into the deployment. Raises CalendarError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.yaml"
        file.write_bytes(raw)
        read_file(file)
        return store_file(file, site().home)


def _follow(new: YearCalendar) -> None:
    """Let the worker reckon provisional moments anew, and journal who brought the year."""
    deployment, at = site(), site().clock.now()
    told = {"by": principal().account_id, "revision": new.revision}
    with deployment.store.write() as conn:
        deployment.journal.emit(conn, Event("calendar.stored", f"calendar:{new.year}", told), at)
        key = f"{RECOMPUTE}:{new.year}:{new.revision}:{at.isoformat()}"
        enqueue(conn, Job(RECOMPUTE, at, dedup=key), at)


def _known() -> Calendar:
    """Return the calendar as its files are now, whatever this process started with."""
    deployment = site()
    return Calendar.load(deployment.profile.rules.calendar, deployment_dir=deployment.home)


def _page(faults: Iterable[FieldFault] = ()) -> CalendarPage:
    known, now = _known(), site().clock.now()
    return CalendarPage(
        years=tuple(_row(year) for year in reversed(known.years)),
        horizon=known.horizon(now),
        near=known.horizon_near(now),
        problems=tuple(fault.text(language()) for fault in known.problems),
        text=request.form.get("text", ""),
        faults=tuple(faults),
    )


def _row(year: YearCalendar) -> YearRow:
    days = [(day, _("放假"), name) for day, name in year.holidays.items()]
    days += [(day, _("上班"), name) for day, name in year.workdays.items()]
    return YearRow(
        year=year.year,
        revision=year.revision,
        document=year.document,
        number=year.number,
        published=formats.day(year.published),
        off=len(year.holidays),
        worked=len(year.workdays),
        days=tuple(
            (formats.day(day), what, words(name))
            for day, what, name in sorted(days, key=lambda one: one[0])
        ),
    )


def _again(*faults: FieldFault) -> Response:
    return make_response(render_template("console/calendars.html", page=_page(faults)), 422)
