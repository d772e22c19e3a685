"""No id that tells when a rating came reaches the staff of the rated unit."""

from __future__ import annotations

import io
import re
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select
from tests.web.console.conftest import UNIT, Browser, Office
from werkzeug.test import TestResponse

from haochaping.access.roles import Role
from haochaping.delivery.tables import message
from haochaping.delivery.webhook import Robot, body_of
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.rectification import queue
from haochaping.rectification.tables import rectification_case
from haochaping.web.sheets import XLSX

HERE = "/console/cases"
LONG = re.compile(r"\d{16,}")
"""Ids are time-ordered numbers of this length; nothing else on a page is."""


def ids(office: Office) -> set[str]:
    """Return every id of a case, of a rating and of the service it is about."""
    with office.deployment.store.read() as conn:
        cases = conn.execute(select(rectification_case.c.id)).scalars()
        rated = conn.execute(select(evaluation.c.id)).scalars()
        return {str(number) for number in (*cases, *rated)}


def pages(browser: Browser) -> dict[str, str]:
    """Walk every link and form of the console that a browser is shown."""
    seen: dict[str, str] = {}
    waiting = ["/console", HERE, "/console/inbox"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        answer = browser.get(path)
        seen[path] = f"{said(answer)} {answer.headers}"
        found = re.findall(r'href="(/console[^"#]*)"', seen[path])
        plain = (one.replace("&amp;", "&") for one in found)
        waiting += [one for one in plain if "lang=" not in one and "mode=" not in one]
    return seen


def test_the_units_pages_hold_no_id_of_a_case_or_rating(office: Office, monkeypatch: Any) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    place = {"organization_id": UNIT}
    handler = office.account((Role.HANDLER, place), (Role.UNIT_LIAISON, place))
    for _ in range(5):
        case = office.case()
    office.work()
    walked = pages(office.browser(handler))
    assert inbox_entries(walked)
    assert f"{HERE}/{case.public_id}" in walked
    cursors = {path.partition("cursor=")[2].partition("&")[0] for path in walked}
    assert len(cursors - {""}) == 2
    found = {number for page in walked.values() for number in LONG.findall(page)}
    assert not any(number in page for number in ids(office) for page in walked.values())
    assert found <= inbox_entries(walked)


def said(answer: TestResponse) -> str:
    """A page as text; of a workbook, the cells of all its sheets."""
    if answer.mimetype != XLSX:
        return answer.get_data(as_text=True)
    book = load_workbook(io.BytesIO(answer.data))
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)


def inbox_entries(walked: dict[str, str]) -> set[str]:
    """Entries of one's inbox come when a message comes, which is shown beside them anyway."""
    page = walked["/console/inbox"]
    return set(re.findall(r"/console/inbox/(\d+)/open", page))


def test_messages_and_what_robots_send_hold_no_id_of_a_case_or_rating(office: Office) -> None:
    office.case()
    office.work()
    office.pass_days(30)
    office.work()
    with office.deployment.store.read() as conn:
        rows = conn.execute(select(message)).all()
    assert len(rows) > 1
    robot = Robot("https://robot.example", b"key")
    for row in rows:
        told = OutgoingMessage(
            row.business_id, row.receiver, row.organization_id, row.gateway,
            Words(row.subject_zh), Words(row.body_zh), row.link,
        )  # fmt: skip
        assert not LONG.search(body_of(robot, told).decode())
        assert not LONG.search(row.business_id)
