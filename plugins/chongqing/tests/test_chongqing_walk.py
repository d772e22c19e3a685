"""Follow-through in Chongqing: on the spot or five workdays, four ways of visits, figures."""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Identity
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Person, Place, Role

RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")


class Town(testing.Town):
    """A district with one unit that answers."""

    place: ClassVar[Place] = Place("500155", "梁平区", {UNIT: "区住建委", OTHER: "区监察委"})

    def bad(self, grade: int = 1, identity: Identity = Identity.VERIFIED) -> str:
        """Have somebody rate badly; return the case's public id once its unit sees it."""
        known = {case.public_id for case in self.seen.cases()}
        self.rate(self.serve(RATER), grade, identity=identity)
        self.work(days=0.1)
        [new] = {case.public_id for case in self.seen.cases()} - known
        return new

    def answered(self, public_id: str, *, complex_one: bool = False) -> None:
        """Have the unit take a case up, answer it, and a supervisor confirm."""
        self.handling.answer(public_id, complexity="complex" if complex_one else "")
        self.handling.confirm(public_id)
        self.work()

    def script(self, by: str) -> str:
        """What the shipped profile says, sends or prints for a way of visit."""
        return self.deployment.profile.rules.rectification.visiting.scripts[by].zh


@pytest.fixture
def profile_snippet() -> str:
    return 'extends: chongqing\njurisdiction: {code: "500155", name: 梁平区}\n'


@pytest.fixture
def town_class() -> type[Town]:
    return Town


def test_clear_cases_are_due_on_the_spot_and_complex_ones_in_five_workdays(town: Town) -> None:
    own = town.bad()
    assert town.seen.case(own).due_day == date(2026, 11, 16)
    town.handling.take_up(own)
    town.handling.triage("complex", own)
    assert town.seen.case(own).due_day == date(2026, 11, 23)


def send(client: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Send the form of a page whose address is `action`, with what it hides."""
    form = re.search(rf'<form[^>]*action="{action}"[^>]*>(.*?)</form>', client.get(page).text, re.S)
    assert form is not None, (page, action)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    return client.post(action, data={**hidden, **fields})


def answer_by_phone(town: Town, public_id: str, caller: FlaskClient) -> None:
    here = f"/console/cases/{public_id}"
    for satisfied in ("none", "yes"):
        assert send(caller, here, f"{here}/visit", satisfied=satisfied).status_code == 303


def answer_in_person(town: Town, public_id: str, caller: FlaskClient) -> None:
    here, script = f"/console/cases/{public_id}", town.script("in_person")
    where = {"place": "社区服务站", "meet_at": "2026-11-20 09:30"}
    assert send(caller, here, f"{here}/arrange", **where).status_code == 303
    sheet = caller.get(f"{here}/visit-sheet").text
    assert all(one in sheet for one in (script, "社区服务站", "9:30"))
    assert send(caller, here, f"{here}/visit", satisfied="yes").status_code == 303


def answer_by_link(town: Town, public_id: str, satisfied: str) -> None:
    [visit] = town.seen.visits(public_id)
    rater, link = town.client(), f"/visit/{visit.code}"
    assert town.script(visit.by) in rater.get(link).text
    assert rater.post(link, data={"satisfied": satisfied}).status_code == 200


def test_the_result_is_told_and_each_rater_is_visited_in_the_way_that_fits(town: Town) -> None:
    wanted = {
        "in_person": (town.bad(1), True),
        "phone": (town.bad(2), True),
        "wechat": (town.bad(1, Identity.PRESUMED), False),
        "sms": (town.bad(2), False),
    }
    caller = town.client(town.account(Role.HOTLINE_OPERATOR))
    for by, (public_id, complex_one) in wanted.items():
        town.answered(public_id, complex_one=complex_one)
        assert [one.by for one in town.seen.visits(public_id)] == [by]
        assert town.script(by) in caller.get(f"/console/cases/{public_id}").text
        assert "told" in town.seen.history(public_id)
        assert "已完成整改" in repr(town.seen.progress(public_id))
    answer_in_person(town, wanted["in_person"][0], caller)
    answer_by_phone(town, wanted["phone"][0], caller)
    answer_by_link(town, wanted["wechat"][0], "yes")
    answer_by_link(town, wanted["sms"][0], "no")
    assert town.seen.case(wanted["sms"][0]).state is CaseState.VERIFYING
    page = town.client(town.account()).get("/console/visits/figures?month=2026-11").text
    figures = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    for line in (
        "电话 1 1 0 0 100.0%",
        "微信 1 1 0 0 100.0%",
        "当面 1 1 0 0 100.0%",
        "短信 1 0 1 0 0.0%",
    ):
        assert figures.count(line) == 2, (line, figures)
        assert f"区住建委 {line}" in figures


def test_every_day_services_are_drawn_by_lot_and_asked_by_phone(town: Town) -> None:
    for _ in range(3):
        town.serve(RATER)
    town.work()
    town.work(days=1)
    [seen] = town.seen.surveys()
    survey, [drawn] = seen.campaign, seen.drawn
    assert (survey.frame, survey.first_day, survey.kind) == (3, date(2026, 11, 16), "survey")
    asker = town.client(town.account())
    listed = asker.get("/console/visits/figures").text
    assert "每日随机抽取办件" in listed
    here = f"/console/inspections/{survey.id}"
    assert here in listed
    answer = send(asker, here, here, no=str(drawn.no), grade="5", text="办得快")
    assert answer.status_code == 303
    town.work(days=12)
    [ended] = [each for each in town.seen.surveys() if each.campaign.id == survey.id]
    found = ended.found[UNIT]
    assert ended.campaign.closed_at is not None
    assert (found.drawn, found.graded) == (1, 1)
