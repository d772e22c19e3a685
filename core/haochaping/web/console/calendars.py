"""The working-day calendar: which years are published, and taking in a new one."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, render_template, request

from haochaping.access.principals import Principal
from haochaping.attachments import media
from haochaping.background import RECOMPUTE
from haochaping.hooks.values import Words
from haochaping.jobs import Job, enqueue
from haochaping.journal import Event
from haochaping.rectification import recomputing
from haochaping.web import formats, guard
from haochaping.web.console import reach
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, language, words
from haochaping.web.routes import route
from haochaping.web.site import site
from haochaping.worktime import Calendar, YearCalendar
from haochaping.worktime.comparing import changes
from haochaping.worktime.files import (
    check_file,
    notice_stem,
    notices,
    sample,
    store_file,
    store_notice,
)
from haochaping.worktime.notices import FILE, read_notice
from haochaping.worktime.years import LOCAL, CalendarError, parse_year

pages: Final = Blueprint("calendars", "haochaping.web")
HERE: Final = "/console/calendars"
PERMISSION: Final = "calendar.manage"
CHANGES_SHOWN: Final = 60
NOTICE: Final = media.Limits(files_max=1)
"""What the notice may be: PDF or a picture."""


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
    local: bool
    notice: str
    days: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A holiday as it is held against the notice: its days off and the days made up."""

    name: str
    off: str
    count: int
    worked: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A year that was found right, before it is put in force: what it would change.

    `left` are clauses of the notice with a date that set neither a day off nor one worked.
    """

    year: YearRow
    holidays: tuple[HolidayRow, ...]
    left: tuple[str, ...]
    text: str
    changed: tuple[str, ...]
    more: int
    cases: int


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """The years in force, how far they reach, and what became of a file."""

    years: tuple[YearRow, ...]
    sample: str
    horizon: int | None
    until: str
    near: bool
    problems: tuple[str, ...]
    changed: tuple[str, ...] = ()
    done: str = ""
    text: str = ""
    wording: str = ""
    faults: tuple[FieldFault, ...] = ()
    preview: Preview | None = None
    limits: str = ""


@route(pages, HERE)
def show() -> str:
    """Show the published years."""
    return render_template("console/calendars.html", page=_page())


@route(pages, HERE, methods=("POST",))
def take() -> Response:
    """Check a notice or a year's file, show what it would change; nothing is in force yet."""
    reach.require_everywhere(PERMISSION)
    raw, wording = _given(), request.form.get("wording", "")
    left: tuple[str, ...] = ()
    field = "file" if raw.strip() else "wording"
    if not raw.strip() and not wording.strip():
        return _again(FieldFault(field, _("请粘贴放假通知的全文，或选择日历文件")))
    try:
        if field == "wording":
            raw, left = _written(wording)
        new = _checked(raw)
    except CalendarError as error:
        return _again(*_faults(error, field))
    return _render(replace(_page(), preview=_preview(new, raw, left)))


@route(pages, f"{HERE}/confirm", methods=("POST",))
def confirm() -> Response:
    """Put a year in force with its notice; the worker reckons open cases once by it."""
    reach.require_everywhere(PERMISSION)
    raw = request.form.get("text", "").encode()
    try:
        new = _checked(raw)
    except CalendarError as error:
        return _again(*_faults(error))
    upload = request.files.get("notice")
    try:
        notice = media.inspect(upload.read() if upload is not None else b"", NOTICE)
    except media.FileRefused as refused:
        page = replace(
            _page(), preview=_preview(new, raw), faults=(FieldFault("notice", _said(refused)),)
        )
        return _render(page, 422)
    changed = tuple(words(one.words) for one in changes(_known(), new)[:CHANGES_SHOWN])
    try:
        store_notice(new, (notice.data, media.SUFFIXES[notice.media]), site().home)
        _stored(raw)
    except CalendarError as error:
        return _again(*_faults(error))
    _follow(new, sha256(notice.data).hexdigest())
    done = _(
        "%(year)s 年日历已启用。未答复的工单正在按它重新计算一次，变动写在各工单的办理过程里。",
        year=new.year,
    )
    return _render(replace(_page(), done=done, changed=changed))


@route(pages, f"{HERE}/notices/<name>")
def notice_file(name: str) -> Response:
    """Hand out the notice that a year was put in force with."""
    reach.require_everywhere(PERMISSION)
    found = next((one for one in notices(site().home) if one.name == name), None)
    if found is None:
        raise NotFound()
    response = make_response(found.read_bytes())
    kinds = {suffix: kind for kind, suffix in media.SUFFIXES.items()}
    response.headers["Content-Type"] = kinds.get(found.suffix, "application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


@pages.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body where a notice is handed in, from who may; from nobody else."""
    if endpoint != "calendars.confirm":
        return
    guard.find_session()
    who: Principal | None = g.get("principal")
    if who is not None and who.may(PERMISSION):
        request.max_content_length = NOTICE.bytes_max + 1024 * 1024


def _given() -> bytes:
    upload = request.files.get("file")
    raw = upload.read() if upload is not None and upload.filename else b""
    return raw or request.form.get("text", "").encode()


def _written(wording: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the file that a notice states and what it leaves out. Raises CalendarError.

    A wording that differs from the year in force gets the next revision.
    """
    written = read_notice(wording)
    new = parse_year(written.file.encode(), FILE)
    same = (one for one in _known().years if (one.year, one.scope) == (new.year, new.scope))
    present = next(same, None)
    if present is None:
        return written.file.encode(), written.unused
    equal = replace(new, revision=present.revision) == present
    return written.of_revision(present.revision + (not equal)).encode(), written.unused


def _faults(error: CalendarError, field: str = "file") -> tuple[FieldFault, ...]:
    return tuple(FieldFault(field, fault.text(language())) for fault in error.faults)


def _said(refused: media.FileRefused) -> str:
    return _("请附上放假安排的通知原文：%(why)s", why=words(refused.detail))


def _preview(new: YearCalendar, raw: bytes, left: tuple[str, ...] = ()) -> Preview:
    found = changes(_known(), new)
    with site().store.read() as conn:
        cases = recomputing.unanswered_count(conn)
    return Preview(
        year=_row(new),
        holidays=tuple(_holidays(new)),
        left=left,
        text=raw.decode(errors="replace"),
        changed=tuple(words(one.words) for one in found[:CHANGES_SHOWN]),
        more=max(len(found) - CHANGES_SHOWN, 0),
        cases=cases,
    )


def _holidays(new: YearCalendar) -> Iterator[HolidayRow]:
    """Yield the holidays of a year in their order, each with the days made up for it."""
    off, worked = defaultdict[Words, list[date]](list), defaultdict[Words, list[date]](list)
    for named, found in ((new.holidays, off), (new.workdays, worked)):
        for day, holiday in named.items():
            found[holiday].append(day)
    for name, days in off.items():
        whole = (days[-1] - days[0]).days + 1 == len(days) > 1
        told = _("%(first)s至%(last)s", first=_dated(days[0]), last=_dated(days[-1]))
        each = told if whole else _each(days)
        yield HolidayRow(words(name), each, len(days), _each(worked[name]))


def _each(days: Iterable[date]) -> str:
    return _("、").join(_dated(day) for day in days)


def _dated(day: date) -> str:
    return _("%(day)s（%(weekday)s）", day=formats.day(day), weekday=formats.weekday(day))


def _checked(raw: bytes) -> YearCalendar:
    """Return the year of a file that could be put in force. Raises CalendarError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.yaml"
        file.write_bytes(raw)
        return check_file(file, site().home)


def _render(page: CalendarPage, status: int = 200) -> Response:
    return make_response(render_template("console/calendars.html", page=page), status)


def _stored(raw: bytes) -> YearCalendar:
    """Check a file and copy it into the deployment. Raises CalendarError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.yaml"
        file.write_bytes(raw)
        return store_file(file, site().home)


def _follow(new: YearCalendar, notice: str) -> None:
    """Let the worker reckon provisional moments anew, and journal who brought the year."""
    deployment, at = site(), site().clock.now()
    told = {
        "by": principal().account_id,
        "revision": new.revision,
        "scope": new.scope,
        "document": new.document,
        "notice_sha256": notice,
    }
    with deployment.store.write() as conn:
        deployment.journal.emit(conn, Event("calendar.stored", f"calendar:{new.year}", told), at)
        key = f"{RECOMPUTE}:{new.year}:{new.scope}:{new.revision}:{at.isoformat()}"
        enqueue(conn, Job(RECOMPUTE, at, dedup=key), at)


def _known() -> Calendar:
    """Return the calendar as its files are now, whatever this process started with."""
    deployment = site()
    return Calendar.load(deployment.profile.rules.calendar, deployment_dir=deployment.home)


def _page(faults: Iterable[FieldFault] = ()) -> CalendarPage:
    known, now = _known(), site().clock.now()
    last = known.days.last_published()
    return CalendarPage(
        sample=sample(),
        until="" if last is None else formats.day(date(last, 12, 31)),
        years=tuple(_row(year) for year in reversed(known.years)),
        horizon=known.horizon(now),
        near=known.horizon_near(now),
        problems=tuple(fault.text(language()) for fault in known.problems),
        text=request.form.get("text", ""),
        wording=request.form.get("wording", ""),
        faults=tuple(faults),
        limits=words(NOTICE.words),
    )


def _row(year: YearCalendar) -> YearRow:
    days = [(day, _("放假"), name) for day, name in year.holidays.items()]
    days += [
        (day, _("上班到 %(until)s", until=f"{half.until:%H:%M}"), half.name)
        for day, half in year.half_days.items()
    ]
    days += [(day, _("上班"), name) for day, name in year.workdays.items()]
    return YearRow(
        year=year.year,
        revision=year.revision,
        document=year.document,
        number=year.number,
        published=formats.day(year.published),
        off=len(year.holidays),
        worked=len(year.workdays),
        local=year.scope == LOCAL,
        notice=next(
            (one.name for one in notices(site().home) if one.stem == notice_stem(year)), ""
        ),
        days=tuple(
            (formats.day(day), what, words(name))
            for day, what, name in sorted(days, key=lambda one: one[0])
        ),
    )


def _again(*faults: FieldFault) -> Response:
    return _render(_page(faults), 422)
