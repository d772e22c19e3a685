"""The rules in force in sentences with their sources; changes proposed, decided, taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping import renewing
from haochaping.amending import changes, recording
from haochaping.amending.changes import Change, Draft, State
from haochaping.amending.problems import ChangeIncomplete, ChangeRefused
from haochaping.amending.recording import Act
from haochaping.hooks.values import Words
from haochaping.journal import Emit
from haochaping.problems import Problem
from haochaping.web.console import profile_rows as rows
from haochaping.web.console import reach
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("profile", "haochaping.web")
HERE: Final = "/console/profile"
PROPOSE, APPROVE = "profile.propose", "profile.approve"
SOURCE: Final = ("document", "number", "date", "level", "status", "note")


@route(pages, HERE)
def show() -> str:
    """Show the rules in force and the changes that wait or stand."""
    return render_template("console/profile.html", page=rows.overview())


@route(pages, f"{HERE}/form")
def form() -> str:
    """Show the form of a change; `key` names the rule, `withdraws` a change that stands."""
    reach.require_everywhere(PROPOSE)
    asked = request.args
    withdraws = _number(asked.get("withdraws", ""))
    if withdraws is not None and _found(withdraws).draft.withdraws is not None:
        raise NotFound()
    page = rows.form(asked.get("key", "")[:200], withdraws)
    return render_template("console/profile_form.html", page=page)


@route(pages, f"{HERE}/form", methods=("POST",))
def propose() -> Response:
    """Keep a proposal that a process could take; otherwise say what is wrong with it."""
    reach.require_everywhere(PROPOSE)
    deployment, act = site(), _act()
    try:
        draft = _draft()
        if draft.effective_at <= act.at:
            raise ChangeIncomplete(recording.PAST, field="effective")
        faults = _faults(draft, act)
        if faults:
            return _again(draft, *(FieldFault("value", words(one)) for one in faults))
        with deployment.store.write() as conn:
            change_id = recording.propose(conn, deployment.journal.emit, draft, act)
    except (ChangeIncomplete, ChangeRefused) as problem:
        return _again(None, _fault(problem), status=problem.status)
    return make_response(redirect(f"{HERE}/changes/{change_id}?done=proposed", 303))


@route(pages, f"{HERE}/changes/<int:change_id>")
def change(change_id: int) -> str:
    """Show a change: what would read otherwise, its source, and what became of it."""
    page = rows.one(_found(change_id), done=request.args.get("done", ""))
    return render_template("console/profile_change.html", page=page)


@route(pages, f"{HERE}/changes/<int:change_id>", methods=("POST",))
def decide(change_id: int) -> Response:
    """Approve, refuse or take back a change."""
    action = request.form.get("action", "")
    found, do = _found(change_id), _ACTIONS.get(action)
    if do is None:
        raise NotFound()
    reach.require_everywhere(_NEEDS[action])
    try:
        do(found)
    except (ChangeIncomplete, ChangeRefused) as problem:
        page = replace(rows.one(found), faults=(_fault(problem, "note"),))
        return make_response(
            render_template("console/profile_change.html", page=page), problem.status
        )
    return make_response(redirect(f"{HERE}/changes/{change_id}?done={action}", 303))


def _approve(found: Change) -> None:
    """Let a change stand from its moment on, unless a process could not take it by then."""
    known = renewing.approved_with(_approved(), found)
    _require_sound(known, found)
    _write(lambda conn: recording.decide(conn, _emit(), found.id, _act(), approve=True))


def _refuse(found: Change) -> None:
    _write(lambda conn: recording.decide(conn, _emit(), found.id, _act(), approve=False))


def _drop(found: Change) -> None:
    """Take a change back, unless a later one would lose what it stands on."""
    if found.state is State.APPROVED:
        known = tuple(one for one in _approved() if one.id != found.id)
        _require_sound(known, found)
    _write(lambda conn: recording.drop(conn, _emit(), found.id, _act()))


_ACTIONS: Final[Mapping[str, Callable[[Change], None]]] = MappingProxyType(
    {"approve": _approve, "refuse": _refuse, "drop": _drop}
)
_NEEDS: Final = {"approve": APPROVE, "refuse": APPROVE, "drop": PROPOSE}


def _require_sound(known: tuple[Change, ...], found: Change) -> None:
    """Raise ChangeRefused when processes could not take these changes at their moments."""
    faults = renewing.refusals(site(), known, max(found.draft.effective_at, site().clock.now()))
    if faults:
        chinese = "；".join(one.zh for one in faults[:3])
        raise ChangeRefused(Words(chinese, "; ".join(one.into("en") for one in faults[:3])))


def _faults(draft: Draft, act: Act) -> tuple[Words, ...]:
    """Return why a process could not take a proposal; nothing is stored."""
    known = _approved()
    if draft.withdraws is not None:
        _standing(draft.withdraws, act.at)
    tried = Change(rows.NEW, draft, State.PROPOSED, act.by, act.at)
    return renewing.refusals(site(), renewing.approved_with(known, tried), draft.effective_at)


def _standing(change_id: int, at: datetime) -> None:
    """Raise ChangeRefused unless a change stands, so that it may be withdrawn."""
    if change_id not in {one.id for one in changes.standing(_approved(), at)}:
        raise ChangeRefused(_NOT_STANDING)


def _draft() -> Draft:
    """Return what was filled in. Raises ChangeIncomplete."""
    given = request.form
    withdraws = _number(given.get("withdraws", ""))
    source = {name: given.get(name, "").strip()[:300] for name in SOURCE}
    return Draft(
        key="" if withdraws else given.get("key", "").strip()[:200],
        value="" if withdraws else given.get("value", "").replace("\r\n", "\n"),
        source={} if withdraws else {name: text for name, text in source.items() if text},
        reason=given.get("reason", "").strip(),
        effective_at=_first_moment(given.get("effective", "")),
        withdraws=withdraws,
    )


def _first_moment(text: str) -> datetime:
    """Return the beginning of a day in the jurisdiction. Raises ChangeIncomplete."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ChangeIncomplete(_NO_DAY, field="effective") from None
    if day > site().clock.now().date() + timedelta(days=_FAR_DAYS):
        raise ChangeIncomplete(_NO_DAY, field="effective")
    return datetime.combine(day, time(), site().zone).astimezone(UTC)


def _again(draft: Draft | None, *faults: FieldFault, status: int = 422) -> Response:
    withdraws = draft.withdraws if draft else _number(request.form.get("withdraws", ""))
    page = rows.form(request.form.get("key", "")[:200], withdraws, request.form, faults)
    return make_response(render_template("console/profile_form.html", page=page), status)


def _fault(problem: Problem, field: str = "value") -> FieldFault:
    return FieldFault(str(problem.fields.get("field", field)), words(problem.detail))


def _found(change_id: int) -> Change:
    with site().store.read() as conn:
        found = recording.find(conn, change_id)
    if found is None:
        raise NotFound()
    return found


def _approved() -> tuple[Change, ...]:
    with site().store.read() as conn:
        return recording.approved(conn)


def _write(work: Callable[[Connection], object]) -> None:
    with site().store.write() as conn:
        work(conn)


def _emit() -> Emit:
    return site().journal.emit


def _act() -> Act:
    note = request.form.get("note", "")[: recording.LONGEST]
    return Act(principal().account_id, site().clock.now(), note)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


_FAR_DAYS: Final = 3660
_NO_DAY: Final = Words("请填写十年以内的日期", "Give a date within ten years")
_NOT_STANDING: Final = Words("这项变更现在没有生效", "This change does not stand now")
