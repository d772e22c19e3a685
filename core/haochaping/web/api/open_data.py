"""`/api/v1/open-data/<data>`: open data row by row, page by page, or as a file of some months."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, jsonify, make_response, redirect, request

from haochaping.hooks.values import Words
from haochaping.jobs import Job, enqueue
from haochaping.opendata import extracts, releases
from haochaping.opendata.extracts import Wanted
from haochaping.opendata.formats import FORMATS
from haochaping.opendata.releases import Release
from haochaping.problems import Problem
from haochaping.web import limits
from haochaping.web.limits import Limit
from haochaping.web.public import answers
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_open_data", "haochaping.web")
_CURSOR: Final = re.compile(r"([1-9]\d{0,8})\.(\d{1,8})")
MAKING: Final = Limit("open-data", per_minute=6, burst=12)
"""Files of some months made for one address."""
AGAIN_SECONDS: Final = 10


class CursorGone(Problem):
    """The page asked for belongs to a version that was replaced."""

    code = "HCP-CURSOR-GONE"
    status = 410
    title = Words(
        "这份数据已有新版本，请从第一页重新取",
        "This data has a newer version; start again at the first page",
    )


@route(api, "/api/v1/open-data/<data>")
def rows(data: str) -> Response:
    """Answer a page of a month's rows, with the address of the next."""
    answers.look()
    wanted = Wanted.of(data, request.args.get("period", ""), request.args.get("period", ""))
    with site().reading() as conn:
        [released] = extracts.months(conn, wanted)
        page = _page(released, request.args.get("cursor", ""))
        lines = releases.one_piece(conn, released.id, wanted.lines, page) or b""
        more = releases.has_piece(conn, released.id, wanted.lines, page + 1)
    response = jsonify(
        {
            "data": wanted.data.name,
            "period": wanted.first,
            "version": released.version,
            "total": extracts.size([released], wanted),
            "rows": [json.loads(line) for line in lines.splitlines()],
            "next": _next(wanted, released, page + 1) if more else None,
        }
    )
    return answers.kept(response, answers.QUIET_SECONDS)


@route(api, "/api/v1/open-data/<data>/file")
def extract(data: str) -> Response:
    """Lead to one file of several months: at once, or later where it has many rows."""
    answers.look()
    asked = request.args
    wanted = Wanted.of(data, asked.get("from", ""), asked.get("until", "") or asked.get("from", ""))
    form = asked.get("format", "csv") if asked.get("format", "csv") in FORMATS else "csv"
    target = f"/open-data/files/{wanted.name}/{wanted.data.name}.{form}"
    store, at = site().store, site().clock.now()
    with store.read() as conn:
        made = releases.current(conn, wanted.name)
        found = extracts.months(conn, wanted)
    if made is None or not extracts.is_fresh(made, found):
        limits.spend(MAKING)
        if extracts.size(found, wanted) > _at_once():
            return _later(wanted, found)
        extracts.make(store, wanted, at)
    response = make_response(redirect(target, 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _at_once() -> int:
    return site().profile.rules.disclosure.open_data.rows_at_once


def _later(wanted: Wanted, found: Sequence[Release]) -> Response:
    """Answer that the file is being made: the same address leads to it when it is there."""
    at, newest = site().clock.now(), max(one.made_at for one in found)
    job = Job(extracts.JOB, at, {"name": wanted.name}, f"{wanted.name}@{newest.isoformat()}")
    with site().store.write() as conn:
        enqueue(conn, job, at)
    response = jsonify({"state": "making", "asked_at": at.isoformat()})
    response.status_code = 202
    response.headers["Location"] = request.full_path
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(released: Release, cursor: str) -> int:
    """Return the page that a cursor names. Raises CursorGone."""
    found = _CURSOR.fullmatch(cursor)
    if not found:
        return 0
    if int(found[1]) != released.version:
        raise CursorGone
    return int(found[2])


def _next(wanted: Wanted, released: Release, page: int) -> str:
    query = f"period={wanted.first}&cursor={released.version}.{page}"
    return f"/api/v1/open-data/{wanted.data.name}?{query}"
