"""Follow-up visits that are to be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request

from haochaping.catalog import subjects
from haochaping.rectification import oversight
from haochaping.rectification.machine import VISIT
from haochaping.rectification.oversight import VisitToMake
from haochaping.web.console import sight
from haochaping.web.console.wording import Tag, last_day, way
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("visits", "haochaping.web")
HERE: Final = "/console/visits"
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in the list."""

    href: str
    title: str
    unit: str
    by: str
    due: str
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class VisitsPage:
    """Visits to be made, the most urgent first."""

    rows: tuple[VisitRow, ...]
    more: str


@route(pages, HERE)
def listing() -> str:
    """Show the visits to be made."""
    cursor, who = request.args.get("cursor", "")[:80], principal()
    with site().store.read() as conn:
        found = oversight.visits_to_make(conn, sight.seen(VISIT), cursor, PAGE)
        mine = [one for one in found if one.staff_id not in who.staff_ids]
        items = subjects.names(conn, "item", {one.item_id for one in mine if one.item_id})
        units = subjects.names(conn, "organization", {one.organization_id for one in mine})
    rows = tuple(
        _row(
            one,
            words(items[one.item_id].name) if one.item_id in items else "",
            words(units[one.organization_id].name),
        )
        for one in mine
    )
    more = f"{HERE}?cursor={oversight.cursor_of(found[-1])}" if len(found) == PAGE else ""
    return render_template("console/visits.html", page=VisitsPage(rows, more))


def _row(one: VisitToMake, item: str, unit: str) -> VisitRow:
    late = one.visit.due_at <= site().clock.now()
    return VisitRow(
        href=f"/console/cases/{one.public_id}#visits",
        title=item or _("未指明事项"),
        unit=unit,
        by=way(one.visit.by),
        due=_("最晚 %(day)s 回访", day=last_day(one.visit.due_at)),
        tag=Tag(_("逾期"), "bad") if late else None,
    )
