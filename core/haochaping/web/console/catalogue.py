"""The catalogue: what is in it, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, Connection

from haochaping.access.principals import Columns, visible_in
from haochaping.catalog import listing
from haochaping.catalog.listing import Line, Wanted
from haochaping.messages import N_
from haochaping.web.console import imports
from haochaping.web.console.imports import KindCard
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal
from haochaping.web.i18n import _
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("catalogue", "haochaping.web")
HERE: Final = "/console/catalogue"
PERMISSION: Final = "catalog.read"

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "regions": N_("行政区划"),
        "organizations": N_("机构"),
        "halls": N_("大厅"),
        "windows": N_("窗口"),
        "staff": N_("工号"),
        "items": N_("事项"),
    }
)
"""Kinds of lists in words."""

BELONGS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "regions": (N_("上级"), ""),
        "organizations": (N_("上级"), N_("地区")),
        "halls": (N_("管理机构"), N_("地区")),
        "windows": (N_("机构"), N_("大厅")),
        "staff": (N_("机构"), N_("大厅")),
        "items": (N_("机构"), ""),
    }
)
"""What the two columns of a kind's belongings are called."""


@dataclass(frozen=True, slots=True)
class Card:
    """A kind on the overview: how many lines are in reach."""

    title: str
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All kinds, and what of them may be imported."""

    cards: tuple[Card, ...]
    kinds: tuple[KindCard, ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of one kind."""

    kind: str
    title: str
    belongs: str
    place: str
    lines: tuple[Line, ...]
    containing: str
    more: str
    named: bool
    may_import: bool


@route(pages, HERE)
def overview() -> str:
    """Show what the catalogue holds."""
    with site().store.read() as conn:
        cards = tuple(_card(conn, kind) for kind in listing.kinds())
    page = Overview(cards, imports.offered())
    return render_template("console/catalogue.html", page=page)


@route(pages, f"{HERE}/<kind>")
def lines(kind: str) -> str:
    """Show a kind, searched and page by page."""
    if kind not in NAMES:
        raise NotFound()
    containing = request.args.get("q", "").strip()[:64]
    after = request.args.get("after", "")[:200]
    with site().store.read() as conn:
        found = listing.page(conn, kind, Wanted(_seen(kind), containing, after))
    query = {"q": containing, "after": found.after}
    page = ListPage(
        kind=kind,
        title=_(NAMES[kind]),
        belongs=_(BELONGS[kind][0]),
        place=_(BELONGS[kind][1]) if BELONGS[kind][1] else "",
        lines=found.lines,
        containing=containing,
        more=f"{HERE}/{kind}?{urlencode(query)}" if found.after else "",
        named=kind != "staff",
        may_import=any(one.name == kind for one in imports.offered()),
    )
    return render_template("console/catalogue_list.html", page=page)


def _card(conn: Connection, kind: str) -> Card:
    return Card(_(NAMES[kind]), f"{HERE}/{kind}", listing.count(conn, kind, _seen(kind)))


def _seen(kind: str) -> ColumnElement[bool]:
    where = listing.where(kind)
    columns = Columns(where.organization_path, where.region_path, where.hall_id, where.staff_id)
    return visible_in(principal(), PERMISSION, columns)
