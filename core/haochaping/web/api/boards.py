"""`GET /api/v1/boards/<name>`: the public boards for machines, as JSON or CSV."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from hashlib import blake2b
from typing import Final

from flask import Blueprint, Response, jsonify, request

from haochaping.catalog.importing.cells import neutral
from haochaping.disclosure.boards import Ask, Board, as_json, default_period
from haochaping.grading import periods
from haochaping.web import headers, i18n
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_boards", "haochaping.web")


@route(api, "/api/v1/boards/<name>")
def board(name: str) -> Response:
    """Answer a board as the public sees it."""
    now = site().clock.now()
    found = _board(name, now)
    headers.cacheable(_seconds(found, now))
    if request.args.get("format") == "csv":
        response = Response(as_csv(found, i18n.language()), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{found.name}-{found.period.name}.csv"'
        )
    else:
        response = jsonify(as_json(found, i18n.language()))
    response.set_etag(_etag(response, found), weak=True)
    response.make_conditional(request)
    return response


def _etag(response: Response, found: Board) -> str:
    """Return a tag of the figures: the moment they were asked for does not change it."""
    body = response.get_data().replace(found.as_of.isoformat().encode(), b"")
    return blake2b(body, digest_size=16).hexdigest()


def _seconds(found: Board, now: datetime) -> int:
    """Return how long caches may keep a board: not at all unasked while its period runs."""
    return 0 if found.period.last >= site().calendar.local_day(now) else headers.PUBLIC_SECONDS


def _board(name: str, now: datetime) -> Board:
    deployment = site()
    asked = request.args.get("period", "")
    period = periods.parse(asked) if asked else default_period(deployment.calendar.local_day(now))
    ask = Ask(name, period, request.args.get("region", ""), order=request.args.get("order", ""))
    with deployment.reading() as conn:
        return deployment.disclosing.boards.board(conn, ask, now)


def as_csv(found: Board, language: str) -> str:
    """Return a board as CSV in one language; no cell of it is a formula."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    titles = [column.label.into(language) for column in found.columns]
    writer.writerow(["rank", "code", "name", "n", *titles, "backfilled", "defaulted"])
    for row in found.rows:
        cells = [row.cells[column.name].text for column in found.columns]
        count = row.count.text if row.count.count is None else row.count.count
        facts = [row.rank or "", row.subject.code, row.subject.name.into(language), count]
        passive = [row.passive.backfilled.text, row.passive.defaulted.text]
        writer.writerow([neutral(str(cell)) for cell in (*facts, *cells, *passive)])
    return text.getvalue()
