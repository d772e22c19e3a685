"""The start page: for handlers their queue, for everybody else what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template
from sqlalchemy import Connection

from haochaping.access.principals import Principal
from haochaping.hooks.rectification import CaseState
from haochaping.rectification import oversight
from haochaping.rectification.machine import HANDLE, REVIEW, SUPERVISE, VISIT
from haochaping.rectification.queue import Filter
from haochaping.web.console import figures, queue, sight
from haochaping.web.console.figures import FiguresPage
from haochaping.web.guard import principal
from haochaping.web.i18n import _
from haochaping.web.routes import route
from haochaping.web.site import site
from haochaping.worktime import Band

pages: Final = Blueprint("home", "haochaping.web")
HERE: Final = "/console"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done: how many, and where."""

    title: str
    href: str
    count: int
    tone: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class StartPage:
    """What is to be done now, and for supervisors the six figures."""

    tasks: tuple[Task, ...]
    figures: FiguresPage | None


@route(pages, HERE)
def start() -> Response | str:
    """Show what is to be done now."""
    who = principal()
    if who.may(HANDLE) and not who.may(SUPERVISE):
        return make_response(redirect(queue.HERE, 303))
    with site().store.read() as conn:
        tasks = tuple(_tasks(conn, who))
    shown = figures.overview_page() if who.may("figures.exact") else None
    return render_template("console/start.html", page=StartPage(tasks, shown))


def _tasks(conn: Connection, who: Principal) -> list[Task]:
    found: list[Task] = []
    if who.may(SUPERVISE):
        found += _supervising(conn, who)
    if who.may(REVIEW):
        count = _count(conn, REVIEW, (CaseState.APPEALING,))
        found.append(Task(_("待复核的申诉"), "/console/appeals", count))
    if who.may(VISIT):
        made = len(oversight.visits_to_make(conn, sight.seen(VISIT), "", queue.MANY))
        more = made == queue.MANY
        found.append(Task(_("待回访"), "/console/visits", made, more=more))
    return found


def _supervising(conn: Connection, who: Principal) -> list[Task]:
    seen, at = sight.seen(SUPERVISE), site().clock.now()
    todo = queue.counts_of(conn, Filter(seen, states=queue.TO_DO, unit_side=False), at)
    replied = _count(conn, SUPERVISE, (CaseState.REPLIED,))
    changed = queue.counts_of(conn, Filter(seen, to_confirm=True, unit_side=False), at)
    here = queue.HERE
    return [
        Task(_("逾期未答复"), f"{here}?band=overdue", todo[Band.OVERDUE], "bad"),
        Task(_("今日到期"), f"{here}?band=today", todo[Band.TODAY], "warn"),
        Task(_("已答复，待确认"), f"{here}?view=replied", replied),
        Task(_("评价已变更，待确认"), f"{here}?view=changed", sum(changed.values())),
    ]


def _count(conn: Connection, permission: str, states: tuple[CaseState, ...]) -> int:
    wanted = Filter(sight.seen(permission), states=states, unit_side=False)
    return sum(queue.counts_of(conn, wanted, site().clock.now()).values())
