"""Boards for staff: exact for supervisors, the published figures for the units themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy import Connection

from haochaping.access.principals import Forbidden, Grant
from haochaping.access.roles import ROLE_PERMISSIONS
from haochaping.catalog import subjects, windows
from haochaping.disclosure.boards import Ask, Board, Row, default_period
from haochaping.disclosure.cells import Cell
from haochaping.disclosure.sight import Audience
from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.web import correction_notes, formats
from haochaping.web.console.own import place_of
from haochaping.web.guard import principal
from haochaping.web.i18n import words
from haochaping.web.public import came, choices
from haochaping.web.public.contexts import Came
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("staff_boards", "haochaping.web")
HERE: Final = "/console/boards"
EXACT, UNIT = "figures.exact", "figures.unit"


@dataclass(frozen=True, slots=True)
class View:
    """A grant through which figures are seen, and how: exact or as published."""

    number: int
    title: str
    audience: Audience
    grant: Grant

    @property
    def narrow(self) -> bool:
        """Say whether the grant is for less than a region."""
        return self.grant.organization_id is not None or self.grant.hall_id is not None


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A board that may be opened."""

    title: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its title and definition, and how to order by it."""

    title: str
    definition: str
    href: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a board."""

    rank: str
    name: str
    under: str
    rated: str
    cells: tuple[Cell, ...]
    shielded: bool
    corrected: bool
    passive: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A board as staff see it."""

    name: str
    title: str
    note: str
    exact: bool
    as_of: str
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    views: tuple[View, ...]
    view: View
    periods: choices.Groups
    order: str
    min_n: int
    corrections: tuple[str, ...] = ()
    origins: tuple[Came, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """Show the boards that one may open."""
    audience = views()[0].audience
    listed = site().disclosing.boards.listed(audience)
    cards = tuple(
        BoardCard(words(spec.title), f"{HERE}/{spec.name}", words(spec.note)) for spec in listed
    )
    return render_template("console/boards.html", cards=cards)


@route(pages, f"{HERE}/<name>")
def board(name: str) -> str:
    """Show a board within one's own scope."""
    now = site().clock.now()
    view = view_asked()
    with site().store.read() as conn:
        ask = Ask(
            name,
            period_asked(),
            view.grant.region,
            view.audience,
            request.args.get("order", ""),
            {"asc": False, "desc": True}.get(request.args.get("direction", "")),
        )
        found = site().disclosing.boards.board(conn, ask, now)
        page = _page(conn, found, view)
    return render_template("console/board.html", page=page)


def views() -> tuple[View, ...]:
    """Return one view a place: exact where that is permitted. Raises Forbidden without any."""
    exact = _granted(EXACT, Audience.SUPERVISOR)
    places = {(one.region, one.organization_id, one.hall_id) for one, _audience in exact}
    unit = [
        (one, audience)
        for one, audience in _granted(UNIT, Audience.UNIT)
        if (one.region, one.organization_id, one.hall_id) not in places
    ]
    found = [*exact, *unit]
    if not found:
        raise Forbidden(permission=UNIT)
    with site().store.read() as conn:
        return tuple(
            View(number, place_of(conn, grant), audience, grant)
            for number, (grant, audience) in enumerate(found)
        )


def _granted(permission: str, audience: Audience) -> list[tuple[Grant, Audience]]:
    held = (one for one in principal().grants if permission in ROLE_PERMISSIONS[one.role])
    return [(one, audience) for one in held]


def view_asked() -> View:
    """Return the view that was asked for, the first one else. Raises Forbidden without any."""
    found, wish = views(), request.args.get("view", 0, type=int)
    return next((one for one in found if one.number == wish), found[0])


def period_asked() -> Period:
    """Return the period that was asked for, the running month else. Raises UnknownPeriod."""
    asked = request.args.get("period", "").strip()
    today = site().calendar.local_day(site().clock.now())
    return periods.parse(asked) if asked else default_period(today)


def _page(conn: Connection, found: Board, view: View) -> BoardPage:
    rows = _inside(conn, found, view)
    halls = (
        windows.hall_names(conn, [row.subject.id for row in rows])
        if found.subject_kind == "window"
        else {}
    )
    today = site().calendar.local_day(site().clock.now())
    return BoardPage(
        name=found.name,
        title=words(found.title),
        note=words(found.note),
        exact=view.audience is Audience.SUPERVISOR,
        as_of=formats.moment(found.as_of),
        heads=_heads(found, view),
        lines=tuple(_line(found, row, words(halls.get(row.subject.id))) for row in rows),
        views=views(),
        view=view,
        periods=choices.period_options(conn, found.period, today),
        order=found.order,
        min_n=found.min_n,
        corrections=correction_notes.lines(found, frozenset(row.subject.id for row in rows)),
        origins=() if view.narrow else came.shown(found.origins),
    )


def _inside(conn: Connection, found: Board, view: View) -> tuple[Row, ...]:
    """Return the lines within the organization or hall of a grant; a region narrowed before."""
    grant = view.grant
    if grant.hall_id is not None:
        own = {one.id for one in windows.of_hall(conn, grant.hall_id)}
        wanted = {"hall": {grant.hall_id}, "window": own}.get(found.subject_kind, set())
        return tuple(row for row in found.rows if row.subject.id in wanted)
    if grant.organization_id is None:
        return found.rows
    path = grant.organization_path or "/0/"  # a unit that is gone holds nothing
    inside = set(conn.execute(subjects.in_organization(found.subject_kind, path)).scalars())
    return tuple(row for row in found.rows if row.subject.id in inside)


def _heads(found: Board, view: View) -> tuple[Head, ...]:
    return tuple(
        Head(
            title=words(column.label),
            definition=words(column.definition),
            href=_address(found, view, column.name),
            sorted=_sorted(found) if column.name == found.order else "",
        )
        for column in found.columns
    )


def _sorted(found: Board) -> str:
    return "descending" if found.descending else "ascending"


def _address(found: Board, view: View, order: str) -> str:
    turned = "asc" if found.descending else "desc"
    query = {"view": view.number, "period": found.period.name, "order": order}
    if order == found.order:
        query["direction"] = turned
    return f"{HERE}/{found.name}?{urlencode(query)}"


def _line(found: Board, row: Row, under: str) -> Line:
    rank = "" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"
    below = site().profile.rules.disclosure.suppress_below
    few = row.shielded and 0 < row.rated < below
    return Line(
        rank=rank,
        name=words(row.subject.name),
        under=under,
        rated=f"<{below}" if few else formats.number(row.rated),
        cells=tuple(row.cells[column.name] for column in found.columns),
        shielded=row.shielded,
        corrected=row.corrected,
        passive=came.passive(row.passive),
    )
