"""What staff can see says nothing about the grade; present and absent look alike."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping.access.roles import Role
from haochaping.delivery.tables import inbox
from haochaping.hooks.values import Channel
from haochaping.journal.tables import journal
from haochaping.rectification.tables import rectification_case
from haochaping.store.watermark import START
from haochaping.web.wakes import DONE, signal_of
from tests.security.town import ABROAD, OWN, Town, bare, hidden

GRADES = (1, 2, 3, 4, 5)


def _headers(answer: TestResponse) -> dict[str, str]:
    return {
        name: value
        for name, value in answer.headers
        if name.lower() not in ("date", "x-request-id")
    }


def _device_answer(town: Town, grade: int) -> TestResponse:
    number, key = town.device()
    town.serve()
    sent = {"Authorization": f"Bearer {key}"}
    client = town.browser()
    service = client.get(f"/device/{number}/next", headers=sent).get_json()
    screen = client.get(f"/device/{number}", headers=sent).get_data(as_text=True)
    token = re.search(r'data-token="([^"]+)"', screen)
    assert token is not None
    said = {"code": service["code"], "key": service["key"], "grade": grade, "text": "跑了三趟"}
    return client.post(
        f"/device/{number}/rate", json=said, headers={**sent, "X-Form-Token": token[1]}
    )


def test_a_device_is_answered_alike_whatever_the_grade(town: Town) -> None:
    answers = [_device_answer(town, grade) for grade in GRADES]
    assert {answer.status_code for answer in answers} == {201}
    assert len({len(answer.data) for answer in answers}) == 1
    assert {tuple(answer.get_json()) for answer in answers} == {("receipt",)}
    shown = [_headers(answer) for answer in answers]
    assert all(one == other for one, other in pairwise(shown)), shown


def test_the_staff_side_hears_done_and_the_same_for_every_grade(town: Town) -> None:
    keys = [town.serve() for _ in GRADES]
    for key, grade in zip(keys, GRADES, strict=True):
        town.rate(key, grade, channel=Channel.WINDOW_DEVICE)
    wanted = {f"evaluation.recorded:{key.id}" for key in keys}
    signals = [one for one in _signals(town) if one is not None and one.kind == DONE][
        -len(wanted) :
    ]
    assert {(one.kind, one.window_id) for one in signals} == {(DONE, OWN.window)}
    assert all(8 <= one.after <= 40 for one in signals)


def _signals(town: Town) -> list[Any]:
    from haochaping.journal.reading import following

    with town.deployment.store.read() as conn:
        entries = following(conn, START, 10_000)
    now, within = town.clock.now(), timedelta(minutes=10)
    return [signal_of(entry, now, within) for entry in entries]


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEADER, Role.UNIT_LIAISON])
@pytest.mark.parametrize("path", ["/console/cases", "/console", "/console/inbox"])
def test_a_case_shows_nowhere_before_it_reaches_its_unit(town: Town, role: Role, path: str) -> None:
    unit = town.someone(role, organization_id=OWN.unit)
    before = bare(unit.get(path, follow_redirects=True))
    case = town.case(released=False)
    assert bare(unit.get(path, follow_redirects=True)) == before
    absent = unit.get("/console/cases/ZZZZZZZZZZ")
    waiting = unit.get(f"/console/cases/{case.public_id}")
    assert absent.status_code == waiting.status_code == 404


def test_a_case_shows_once_it_has_reached_its_unit(town: Town) -> None:
    unit = town.someone(Role.HANDLER, organization_id=OWN.unit)
    case = town.case()
    assert unit.get(f"/console/cases/{case.public_id}").status_code == 200


def test_a_supervisor_of_elsewhere_who_handles_here_waits_like_the_unit(town: Town) -> None:
    from haochaping.access import grants

    account = town.account(Role.HANDLER, organization_id=OWN.unit)
    with town.deployment.store.write() as conn:
        grant = grants.NewGrant(account, Role.SUPERVISOR, ABROAD.region)
        grants.give(conn, town.deployment.journal.emit, grant, town.clock.now())
    both = town.browser(town.token(account))
    before = bare(both.get("/console/cases"))
    case = town.case(released=False)
    assert both.get(f"/console/cases/{case.public_id}").status_code == 404
    assert bare(both.get("/console/cases")) == before
    assert case.public_id not in both.get("/console/cases?view=replied").get_data(as_text=True)


def test_the_rated_staff_member_sees_no_case_about_themselves(town: Town) -> None:
    from haochaping.access import grants

    account = town.account(Role.STAFF_MEMBER, organization_id=OWN.unit)
    with town.deployment.store.write() as conn:
        for role in (Role.HANDLER, Role.UNIT_LIAISON):
            grant = grants.NewGrant(account, role, organization_id=OWN.unit)
            grants.give(conn, town.deployment.journal.emit, grant, town.clock.now())
    rated = town.browser(town.token(account))
    before = bare(rated.get("/console/cases"))
    case = town.case()
    assert bare(rated.get("/console/cases")) == before
    assert rated.get(f"/console/cases/{case.public_id}").status_code == 404
    assert rated.get(f"/console/cases/{case.public_id}/rater").status_code == 404


def test_a_case_page_of_the_unit_has_no_window_no_staff_no_time_and_no_rater(town: Town) -> None:
    unit = town.someone(Role.HANDLER, organization_id=OWN.unit)
    page = unit.get(f"/console/cases/{town.case().public_id}").get_data(as_text=True)
    assert "社保登记" in page
    for told in (
        "8号窗口",
        f"A{OWN.unit:04}",
        "10:00",
        "张测试",
        "990000199001010017",
        "13800001234",
    ):
        assert told not in page, told


@pytest.mark.parametrize("board", ["windows", "halls", "items"])
def test_a_small_board_stands_still_until_k_ratings_have_come(town: Town, board: str) -> None:
    place, path = ABROAD, f"/api/v1/boards/{board}?period=2026-11"
    _publish(town)
    town.clock.advance(timedelta(days=1))  # what waits from before is published with the day
    _publish(town)
    seen = {town.browser().get(path).data}
    for grade in (1, 5, 2, 3):
        town.rate(town.serve(place), grade)
        _publish(town)
        seen.add(town.browser().get(path).data)
    assert len(seen) == 1


def _publish(town: Town) -> None:
    """Do what the worker does after every rating."""
    deployment, at = town.deployment, town.clock.now()
    deployment.disclosing.publish(deployment.store, deployment.calendar.local_day(at), at)


def test_messages_to_staff_name_neither_grade_nor_rater(town: Town) -> None:
    town.case()
    with town.deployment.store.read() as conn:
        texts = [str(row) for row in conn.execute(select(inbox))]
        events = [str(row.payload) for row in conn.execute(select(journal))]
    for told in ("非常不满意", "张测试", "990000199001010017", "13800001234", "跑了三趟"):
        assert not [one for one in [*texts, *events] if told in one], told


def test_wrong_receipts_are_answered_alike(town: Town) -> None:
    real = town.rate(town.serve(), 5).code
    near = real[:-1] + ("0" if real[-1] != "0" else "1")
    client = town.browser()
    found = {bare(client.post("/mine", data={"receipt": one}), one)
             for one in (near, "0" * 20, "Z" * 20, "无此回执")}  # fmt: skip
    assert len(found) == 1
    assert next(iter(found))[0] == 404


def test_short_codes_lead_on_alike_and_unknown_ones_look_alike(town: Town) -> None:
    client = town.browser()
    _, real = town.link(town.serve())
    onward = [client.post("/r", data={"code": one}) for one in (real, "000000000002")]
    assert {answer.status_code for answer in onward} == {303}
    unknown = {bare(client.get(f"/r/{one}"), one) for one in ("000000000000", "999999999999")}
    assert len(unknown) == 1


def test_an_unknown_account_and_a_wrong_password_are_answered_alike(town: Town) -> None:
    town.account(Role.HANDLER, organization_id=OWN.unit)
    login = town.login()
    found = set()
    for name in (login, "nobody-here"):
        client = town.browser()
        form = hidden(client.get("/console/sign-in").get_data(as_text=True))
        sent = {**form, "login": name, "password": "Wrong-Horse-7"}
        found.add(bare(client.post("/console/sign-in", data=sent), name))
    assert len(found) == 1
    assert next(iter(found))[0] == 401


def test_the_state_of_a_rating_says_the_same_for_every_grade(town: Town) -> None:
    _, key = town.api_key()
    sent = {"Authorization": f"Bearer {key}"}
    answers = [
        town.browser().get(f"/api/v1/evaluations/{town.rate(town.serve(), one).code}", headers=sent)
        for one in GRADES
    ]
    assert len({len(answer.data) for answer in answers}) == 1
    told = [{**(answer.json or {}), "receipt": ""} for answer in answers]
    assert all(one == other for one, other in pairwise(told))


def test_cases_carry_no_exact_moment_to_the_unit(town: Town) -> None:
    case = town.case(released=False)
    table = rectification_case
    with town.deployment.store.read() as conn:
        row = conn.execute(select(table).where(table.c.id == case.id)).one()
        delay = row.visible_at - row.opened_at
    assert timedelta(minutes=10) <= delay <= timedelta(minutes=120)
