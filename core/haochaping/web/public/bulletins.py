"""`/bulletins`: the published bulletins, each with a lasting address and its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, make_response, render_template
from sqlalchemy import Connection

from haochaping.bulletins import kept, sending
from haochaping.bulletins.desk import BulletinGone
from haochaping.bulletins.kept import Kept, State
from haochaping.bulletins.rules import Edition
from haochaping.web import bulletin_parts, formats
from haochaping.web.bulletin_parts import ShownPart
from haochaping.web.i18n import words
from haochaping.web.public import answers
from haochaping.web.public.blueprint import public
from haochaping.web.routes import route
from haochaping.web.site import site

SEEN: Final = (State.ISSUED, State.WITHDRAWN, State.SUPERSEDED)
_FORMS: Final = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel", "json": "JSON"}
"""Files that the page offers, by their ending; texts for the media are asked for by address."""


@dataclass(frozen=True, slots=True)
class Line:
    """A bulletin of the list."""

    href: str
    title: str
    day: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A published bulletin; a withdrawn one has its reason and nothing else."""

    title: str
    number: str
    issuer: str
    day: str
    version: int
    parts: tuple[ShownPart, ...]
    asked: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    permalink: str
    digest: str
    withdrawn: str
    newer: str


@route(public, "/bulletins")
def bulletins() -> Response:
    """List the published bulletins, the newest period first; of each its newest version."""
    answers.look()
    with site().reading() as conn:
        found = kept.listed(conn, (State.ISSUED, State.WITHDRAWN), Edition.PUBLIC)
        newest = {one.period.name: one for one in reversed(found) if one.issued_at is not None}
        lines = [_line(conn, one) for one in found if newest.get(one.period.name) is one]
    return answers.page("public/bulletins.html", answers.QUIET_SECONDS, lines=lines)


@route(public, "/bulletins/<period>")
def bulletin(period: str) -> Response:
    """Show the newest published version of a period's bulletin."""
    answers.look()
    with site().reading() as conn:
        found = _newest(conn, period)
        if found is None:
            raise BulletinGone()
        page = _page(conn, found)
    return _answer(page)


@route(public, "/bulletins/<period>/<int:version>")
def bulletin_version(period: str, version: int) -> Response:
    """Show one version of a bulletin, whatever became of it."""
    answers.look()
    with site().reading() as conn:
        page = _page(conn, _version(conn, period, version))
    return _answer(page)


@route(public, "/bulletins/<period>/<int:version>/<name>")
def bulletin_file(period: str, version: int, name: str) -> Response:
    """Give a file of a version that was not withdrawn."""
    answers.look()
    with site().reading() as conn:
        found = _version(conn, period, version)
        file = None if found.state is State.WITHDRAWN else kept.file(conn, found.id, name)
    if file is None:
        raise BulletinGone()
    response = make_response(file.content)
    response.headers["Content-Type"] = file.media
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = f"public, max-age={answers.QUIET_SECONDS}"
    response.set_etag(file.digest)
    return answers.again(response)


def _answer(page: Page) -> Response:
    status = 410 if page.withdrawn else 200
    response = make_response(render_template("public/bulletin.html", page=page), status)
    return answers.kept(response, answers.QUIET_SECONDS)


def _newest(conn: Connection, period: str) -> Kept | None:
    found = kept.listed(conn, (State.ISSUED, State.WITHDRAWN), Edition.PUBLIC)
    return next((one for one in found if one.period.name == period), None)


def _version(conn: Connection, period: str, version: int) -> Kept:
    found = kept.version(conn, period, Edition.PUBLIC, version) if version < 2**31 else None
    if found is None or found.state not in SEEN or found.issued_at is None:
        raise BulletinGone()
    return found


def _line(conn: Connection, found: Kept) -> Line:
    return Line(
        href=f"/bulletins/{found.period.name}",
        title=words(kept.content(conn, found.id).title),
        day=formats.day(found.issued_at),
        withdrawn=found.state is State.WITHDRAWN,
    )


def _page(conn: Connection, found: Kept) -> Page:
    content = kept.content(conn, found.id)
    withdrawn = found.state is State.WITHDRAWN
    newest = _newest(conn, found.period.name)
    newer = newest is not None and newest.version > found.version
    address = sending.public_address(found)
    listed = () if withdrawn else kept.files(conn, found.id)
    endings = {one.name.rpartition(".")[2]: one.name for one in listed}
    return Page(
        title=words(content.title),
        number=found.number,
        issuer=words(content.issuer),
        day=formats.day(found.issued_at),
        version=found.version,
        parts=() if withdrawn else bulletin_parts.shown(content.parts),
        asked=() if withdrawn else tuple(filter(None, found.remarks.splitlines())),
        files=tuple(
            (title, f"{address}/{endings[ending]}")
            for ending, title in _FORMS.items()
            if ending in endings
        ),
        permalink=site().settings.base_url.rstrip("/") + address,
        digest=found.digest,
        withdrawn=kept.history(conn, found.id)[-1].note if withdrawn else "",
        newer=f"/bulletins/{found.period.name}" if newer else "",
    )
