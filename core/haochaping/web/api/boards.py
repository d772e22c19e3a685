"""`GET /api/v1/boards/<name>`: the public boards for machines, as JSON or CSV."""

from __future__ import annotations

import csv
import io
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
    found = _board(name)
    headers.cacheable()
    if request.args.get("format") == "csv":
        response = Response(_csv(found, i18n.language()), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{found.name}-{found.period.name}.csv"'
        )
    else:
        response = jsonify(as_json(found, i18n.language()))
    response.add_etag()
    response.make_conditional(request)
    return response


def _board(name: str) -> Board:
    deployment = site()
    now = deployment.clock.now()
    asked = request.args.get("period", "")
    period = periods.parse(asked) if asked else default_period(deployment.calendar.local_day(now))
    ask = Ask(name, period, request.args.get("region", ""), order=request.args.get("order", ""))
    with deployment.store.read() as conn:
        return deployment.disclosing.boards.board(conn, ask, now)


def _csv(found: Board, language: str) -> str:
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    titles = [column.label.into(language) for column in found.columns]
    writer.writerow(["rank", "code", "name", "n", *titles])
    for row in found.rows:
        cells = [row.cells[column.name].text for column in found.columns]
        facts = [row.rank or "", row.subject.code, row.subject.name.into(language), row.rated]
        writer.writerow([neutral(str(cell)) for cell in (*facts, *cells)])
    return text.getvalue()
