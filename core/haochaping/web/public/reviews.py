"""`/reviews`: published comments with the official replies, newest batch first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from flask import Response, request
from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.catalog import codes, subjects
from haochaping.catalog.regions import Region
from haochaping.disclosure import narrowing, origins, search
from haochaping.disclosure import reviews as published
from haochaping.disclosure import typical as told
from haochaping.disclosure.narrowing import Filter
from haochaping.disclosure.origins import Origin
from haochaping.evaluation import photos
from haochaping.grading import periods
from haochaping.hooks.values import Grade, Period, Subject, Words
from haochaping.indicators.scale import LABELS
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web import formats, headers
from haochaping.web.errors import NotFound
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, answers, came, opinions, places, typical
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Link, Option, ReviewsPage, TypicalCase
from haochaping.web.routes import route
from haochaping.web.site import site

UNITS: Final = ("organization", "hall", "item")
"""Kinds of units that comments can be narrowed to, by the unit's code."""
_GRADES: Final = frozenset(str(int(grade)) for grade in LABELS)
PROGRESS: Final = {narrowing.OPEN: N_("正在办理"), narrowing.ANSWERED: N_("已有答复")}
"""States of the case behind a comment that comments can be narrowed to."""
ORDERS: Final = {narrowing.USEFUL: N_("最有用")}
"""Orders besides the newest first."""
TOLD: Final = 3
"""Typical cases shown beside the comments that a search finds."""
HALLS: Final = 200
"""More halls than this are not offered in a list: a region is chosen first."""


class UnknownUnit(Problem):
    """Comments were asked for of a unit that nobody knows."""

    code = "HCP-UNKNOWN-UNIT"
    status = 404
    title = Words("没有这个单位或事项", "There is no such unit or item")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which comments the query asks for."""

    region: Region | None
    units: Mapping[str, Subject]
    bad_only: bool
    grade: int | None = None
    text: str = ""
    progress: str = ""
    tag: str = ""
    order: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The query that asks for the same."""
        asked = {kind: unit.code for kind, unit in self.units.items()}
        region = self.region.code if self.region else ""
        grade = str(self.grade) if self.grade else ""
        bad = "1" if self.bad_only else ""
        own = {"region": region, **asked, "bad": bad, "grade": grade, "q": self.text}
        return {**own, "progress": self.progress, "tag": self.tag, "order": self.order}

    @property
    def filter(self) -> Filter:
        """The same for the comments' room."""
        wanted = Filter(
            region=self.query["region"],
            bad_only=self.bad_only,
            grade=self.grade,
            text=self.text,
            progress=self.progress,
            tag=self.tag,
            order=self.order,
            at=site().clock.now(),
        )
        ids = {f"{kind}_id": unit.id for kind, unit in self.units.items()}
        return replace(wanted, **ids)  # type: ignore[arg-type]


@route(public, "/reviews")
def reviews() -> Response:
    """Show comments, narrowed to a region, unit or bad grades."""
    answers.look()
    with site().reading() as conn:
        page = _page(conn, wish(conn))
    return answers.page("public/reviews.html", page=page)


@route(public, "/reviews/photos/<code>")
def photo(code: str) -> Response:
    """Give a photo that a publisher let through, while its comment is published."""
    answers.look()
    with site().store.read() as conn:
        found = photos.behind(conn, Vault(site().keyring), code[:40])
        if found is None or not published.stands(conn, found[0]):
            raise NotFound
    response = Response(found[1], mimetype="image/jpeg")
    headers.cacheable(headers.PUBLIC_SECONDS)
    return response


def wish(conn: Connection) -> Wish:
    """Return what the query asks for. Raises UnknownRegion, UnknownUnit."""
    asked = {kind: request.args.get(kind, "").strip() for kind in UNITS}
    units = {kind: _unit(conn, kind, code) for kind, code in asked.items() if code}
    grade, progress = request.args.get("grade", ""), request.args.get("progress", "")
    tag, order = request.args.get("tag", ""), request.args.get("order", "")
    return Wish(
        region=places.asked(conn),
        units=units,
        bad_only=request.args.get("bad") == "1",
        grade=int(grade) if grade in _GRADES else None,
        text=request.args.get("q", "").strip()[: search.LONGEST],
        progress=progress if progress in PROGRESS else "",
        tag=tag if opinions.tag_label(tag) else "",
        order=order if order in ORDERS else "",
    )


def _unit(conn: Connection, kind: str, code: str) -> Subject:
    """Return the unit of a public code; a sensitive item has none and stays unknown."""
    found = _ids(conn, kind, code)
    subject = subjects.names(conn, kind, found).get(found[0]) if found else None
    if subject is None or subject.code != code:
        raise UnknownUnit(
            Words(f"没有代码为“{code[:40]}”的单位或事项", f"Nothing has the code “{code[:40]}”")
        )
    return subject


def _ids(conn: Connection, kind: str, code: str) -> list[int]:
    if kind == "item":
        return list(codes.items(conn, [code]).values())
    if kind == "hall":
        return [hall.id for hall in codes.halls(conn, [code]).values()]
    return [unit.id for unit in codes.organizations(conn, [code]).values()]


def _page(conn: Connection, wanted: Wish) -> ReviewsPage:
    after = request.args.get("after", "")[:40]
    found = published.recent(conn, site().case_counts.notes, wanted.filter, after)
    query = wanted.query
    month = periods.of_month(site().calendar.local_day(site().clock.now()))

    def narrow(kind: str, code: str) -> str:
        return addresses.reviews(**{**query, kind: code})

    return ReviewsPage(
        where=places.where(conn, wanted.region, lambda code: narrow("region", code)),
        bad_only=wanted.bad_only,
        reviews=opinions.opinions(found.reviews, narrow),
        filters=tuple(_filters(wanted)),
        hidden=tuple((kind, unit.code) for kind, unit in wanted.units.items() if kind != "hall"),
        halls=_halls(conn, wanted),
        more=addresses.reviews(**query, after=found.next) if found.next else "",
        first=addresses.reviews(**query) if after else "",
        feed=addresses.address("/reviews.atom", **{**query, "order": ""}),
        k=site().profile.rules.disclosure.k,
        month=formats.month(month.first),
        origins=came.shown(_origins(conn, wanted, month)),
        text=wanted.text,
        told=_told(conn, wanted),
        progress=tuple(
            Option(name, _(label), wanted.progress == name) for name, label in PROGRESS.items()
        ),
        grades=tuple(
            Option(str(int(grade)), words(label), wanted.grade == grade)
            for grade, label in LABELS.items()
        ),
        tags=_tags(wanted),
        orders=tuple(Option(name, _(one), wanted.order == name) for name, one in ORDERS.items()),
        ranked=narrowing.RANKED if wanted.text and wanted.order else 0,
    )


def _tags(wanted: Wish) -> tuple[Option, ...]:
    """Return the options in force to choose from: of the grade, where one is chosen."""
    known = site().intake.desk.rules.options
    grades = [Grade(wanted.grade)] if wanted.grade else sorted(LABELS)
    offered = [one for grade in grades for one in known.of_grade(grade)]
    chosen = known.find(wanted.tag)
    if chosen is not None and chosen not in offered:
        offered.append(chosen)
    return tuple(Option(one.code, words(one.label), one == chosen) for one in offered)


def _told(conn: Connection, wanted: Wish) -> tuple[TypicalCase, ...]:
    """Return the newest typical cases in which the words of a search occur as well."""
    if not wanted.text:
        return ()
    found = told.recent(conn, wanted.query["region"], wanted.text, limit=TOLD)
    return tuple(typical.shown(one) for one in found.cases)


def _origins(conn: Connection, wanted: Wish, month: Period) -> tuple[Origin, ...]:
    """Return where the region's ratings of the month came from, whatever is narrowed to."""
    region = places.counted(wanted.region) if wanted.region else ""
    below = site().profile.rules.disclosure.suppress_below
    return origins.of_region(conn, region, month, below)


def _filters(wanted: Wish) -> list[Link]:
    """Return what the comments are narrowed to; a click takes that part away."""
    query, found = wanted.query, []
    for kind, unit in wanted.units.items():
        found.append(Link(words(unit.name), addresses.reviews(**{**query, kind: ""})))
    if wanted.bad_only:
        found.append(Link(_("只看差评"), addresses.reviews(**{**query, "bad": ""})))
    if wanted.grade:
        label = words(LABELS[Grade(wanted.grade)])
        found.append(Link(label, addresses.reviews(**{**query, "grade": ""})))
    if wanted.progress:
        label = _(PROGRESS[wanted.progress])
        found.append(Link(label, addresses.reviews(**{**query, "progress": ""})))
    tag = opinions.tag_label(wanted.tag)
    if tag:
        found.append(Link(words(tag), addresses.reviews(**{**query, "tag": ""})))
    if wanted.text:
        found.append(Link(f"“{wanted.text}”", addresses.reviews(**{**query, "q": ""})))
    return found


def _halls(conn: Connection, wanted: Wish) -> tuple[Option, ...]:
    """Return the halls to choose from; none while there are too many to list."""
    path = wanted.region.path if wanted.region else "/"
    chosen = wanted.units.get("hall")
    query = subjects.in_region("hall", path).limit(HALLS + 1)
    found = list(subjects.all_of(conn, "hall", query).values())
    if len(found) > HALLS:
        found = [chosen] if chosen else []
    found.sort(key=lambda hall: (hall.region, hall.code))
    return tuple(Option(one.code, words(one.name), one == chosen) for one in found)
