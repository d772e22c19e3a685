"""A unit's own figures: asked on the page and at the window, shown to the unit as published."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.conftest import hidden, text
from tests.web.console.conftest import deployment  # noqa: F401  found by its name
from tests.web.console_b.conftest import FOREIGN_UNIT, REGION, UNIT, Desk, Role, text_of

SEATS = "local.comfort.seats"
PAGE = "/console/unit?period=2026-11"


@pytest.fixture
def profile() -> str:
    return """\
extends: base
indicators:
  differential_share: "0.1"
  differential:
    comfort:
      name: {zh: 大厅环境, en: The hall}
      halls: [H1]
      children:
        seats:
          name: {zh: 座位, en: Seats}
          question: {zh: 等候时有座位吗？, en: Was there a seat?}
          weight: "1"
"""


def answer_on_paper_slip(desk: Desk, answer: str) -> None:
    """A visitor opens the link, taps a bad grade and answers the hall's question."""
    code = desk.site.link(desk.site.serve())
    client = desk.site.client()
    asked = client.post(f"/r/{code}", data={**hidden(client.get(f"/r/{code}")), "grade": "2"})
    assert "等候时有座位吗？" in text(asked)
    assert text(asked).count(f'name="q-{SEATS}"') == 3
    said = {**hidden(asked), "options": "207", f"q-{SEATS}": f"{SEATS}.{answer}", "confirm": "1"}
    assert client.post(f"/r/{code}", data=said).status_code == 200


def test_a_visitor_answers_the_hall_s_question_by_link(desk: Desk) -> None:
    answer_on_paper_slip(desk, "poor")
    [rating] = desk.site.ratings()
    assert rating.options == ["207", f"{SEATS}.poor"]
    assert rating.form_version.startswith("national-")
    assert "+" in rating.form_version


def test_who_was_satisfied_may_answer_it_after_the_one_tap(desk: Desk) -> None:
    code = desk.site.link(desk.site.serve())
    client = desk.site.client()
    done = client.post(f"/r/{code}", data={**hidden(client.get(f"/r/{code}")), "grade": "5"})
    assert "再答 1 个小问题（选填）" in text(done)
    receipt = hidden(done)["receipt"]
    asked = client.post("/mine", data={"receipt": receipt, "action": "answer"})
    assert text(asked).count(f'name="q-{SEATS}"') == 3
    said = {**hidden(asked), f"q-{SEATS}": f"{SEATS}.good", "confirm": "1"}
    assert client.post("/mine", data=said).status_code == 200
    first, second = desk.site.ratings()
    assert (first.status, second.status, second.grade) == ("superseded", "effective", 5)
    assert second.options == [f"{SEATS}.good"]
    assert first.form_version == second.form_version


def test_the_window_screen_asks_it_too_and_takes_the_answer(desk: Desk) -> None:
    site = desk.site
    screen = site.client()
    screen.post(f"/device/{site.device_id}/key", data={"key": site.device_key})
    site.serve()
    woken = screen.get(f"/device/{site.device_id}/next").json
    assert woken is not None
    [asked] = woken["questions"]
    assert asked["name"] == f"q-{SEATS}"
    assert [one["label"] for one in asked["reasons"]] == ["满意", "一般", "不满意"]
    page = text(screen.get(f"/device/{site.device_id}"))
    token = page.partition('data-token="')[2].partition('"')[0]
    said = {"grade": 2, "options": ["207", asked["reasons"][0]["code"]]}
    sent = screen.post(
        f"/device/{site.device_id}/rate",
        json={"code": woken["code"], "key": woken["key"], **said},
        headers={"X-Form-Token": token, "Accept": "application/json"},
    )
    assert sent.status_code == 201
    [rating] = site.ratings()
    assert rating.options == ["207", f"{SEATS}.good"]
    assert "+" in rating.form_version


def test_who_runs_the_hall_sees_the_answers_of_the_days_before_and_no_small_number(
    desk: Desk,
) -> None:
    manager = desk.person(Role.HALL_MANAGER, hall_id=2)
    for answer in ["good"] * 5 + ["poor"] * 2 + ["fair"] * 6:
        answer_on_paper_slip(desk, answer)
    assert "等候时有座位吗？" not in text_of(manager.get(PAGE))
    desk.site.clock.advance(timedelta(days=1))
    manager = desk.person(Role.HALL_MANAGER, hall_id=2)
    page = text_of(manager.get(PAGE))
    assert "等候时有座位吗？ n = 13" in page
    assert "满意 … —" in page
    assert "一般 6 46.2%" in page
    assert "不满意 <5 —" in page
    leader = desk.person(Role.LEADER, organization_id=UNIT)
    assert "等候时有座位吗？ n = 13" in text_of(leader.get(PAGE))
    elsewhere = desk.person(Role.LEADER, organization_id=FOREIGN_UNIT)
    assert "等候时有座位吗？" not in text_of(elsewhere.get(PAGE))


def test_few_answers_are_not_shown_to_the_unit_but_to_the_supervisor_at_once(desk: Desk) -> None:
    for answer in ["good"] * 2 + ["poor"]:
        answer_on_paper_slip(desk, answer)
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    page = text_of(supervisor.get(PAGE))
    assert "评价 3 条" in page
    assert "满意 2 66.7%" in page
    desk.site.clock.advance(timedelta(days=1))
    unit = desk.person(Role.UNIT_LIAISON, organization_id=UNIT)
    shown = text_of(unit.get(PAGE))
    assert "n = <5" in shown
    assert "回答太少，暂不显示" in shown
    assert "66.7%" not in shown


def test_who_has_no_unit_is_shut_out(desk: Desk) -> None:
    assert desk.person(Role.PAPER_CLERK).get("/console/unit").status_code == 403
