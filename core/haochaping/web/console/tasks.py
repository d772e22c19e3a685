"""Tasks that other units have asked one's own for, in joint handling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template

from haochaping.access.principals import visible
from haochaping.catalog import subjects
from haochaping.catalog.tables import organization, region
from haochaping.rectification import tasks
from haochaping.rectification.machine import HANDLE
from haochaping.web.console.wording import Tag, last_day
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("tasks", "haochaping.web")
HERE: Final = "/console/tasks"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in the list."""

    href: str
    title: str
    unit: str
    task: str
    due: str
    tag: Tag | None


@route(pages, HERE)
def listing() -> str:
    """Show the open tasks of one's units, the most urgent first."""
    who, now = principal(), site().clock.now()
    with site().store.read() as conn:
        found = tasks.open_tasks(conn, visible(who, HANDLE, organization.c.path, region.c.path))
        mine = [one for one in found if one.staff_id not in who.staff_ids]
        items = subjects.names(conn, "item", {one.item_id for one in mine if one.item_id})
        units = subjects.names(conn, "organization", {one.organization_id for one in mine})
    rows = tuple(
        TaskRow(
            href=f"/console/cases/{one.public_id}",
            title=words(items[one.item_id].name) if one.item_id in items else _("未指明事项"),
            unit=words(units[one.organization_id].name),
            task=one.task,
            due=_("最晚 %(day)s", day=last_day(one.due_at)),
            tag=Tag(_("逾期"), "bad") if one.due_at <= now else None,
        )
        for one in mine
    )
    return render_template("console/tasks.html", rows=rows)
