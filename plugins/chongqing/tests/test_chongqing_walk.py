"""Follow-through in Chongqing: on the spot or five workdays, four ways of visits, figures."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping.channels import inspection_results
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Identity
from haochaping.rectification import cases, contacts, replies, visits
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.progress import progress_for_rater
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.tables import rectification_case
from haochaping.rectification.timeline import timeline
from haochaping.rectification.visits import VisitRow
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Person, Place, Role

RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
HANDLER = Actor(
    account_id=71,
    permissions=frozenset({"case.handle", "case.contact"}),
    organization_paths=(f"/{UNIT}/",),
)
SUPERVISOR = Actor(account_id=72, permissions=frozenset({"case.supervise"}))


class Town(testing.Town):
    """A district with one unit that answers."""

    place: ClassVar[Place] = Place("500155", "梁平区", {UNIT: "区住建委", OTHER: "区监察委"})

    def bad(self, grade: int = 1, identity: Identity = Identity.VERIFIED) -> str:
        """Have somebody rate badly; return the case's public id once its unit sees it."""
        known = set(self._cases())
        self.rate(self.serve(RATER), grade, identity=identity)
        self.work(days=0.1)
        [new] = set(self._cases()) - known
        return new

    def case(self, public_id: str) -> Case:
        with self.deployment.store.read() as conn:
            return by_public_id(conn, public_id)

    def act(self, public_id: str, action: Any, actor: Actor = HANDLER, *more: Any) -> Case:
        case = self.case(public_id)
        text = "已完成整改，谢谢您的意见。"
        now = self.clock.now()
        order = Order(public_id, case.version, actor, now, note="核实情况", text=text)
        with self.deployment.store.write() as conn:
            done: Case = action(self.deployment.rectification, conn, order, *more)
        return done

    def answered(self, public_id: str, *, complex_one: bool = False) -> None:
        """Have the unit take a case up, answer it, and a supervisor confirm."""
        self.act(public_id, cases.take_up)
        if complex_one:
            self.act(public_id, cases.triage, HANDLER, "complex")
        if self.case(public_id).real_name:
            self.act(public_id, contact)
        self.act(public_id, cases.rectify)
        self.act(public_id, replies.reply)
        self.act(public_id, cases.confirm, SUPERVISOR)
        self.work()

    def visits(self, public_id: str) -> tuple[VisitRow, ...]:
        with self.deployment.store.read() as conn:
            return visits.visits_of(conn, by_public_id(conn, public_id))

    def script(self, by: str) -> str:
        """What the shipped profile says, sends or prints for a way of visit."""
        return self.deployment.profile.rules.rectification.visiting.scripts[by].zh

    def _cases(self) -> list[str]:
        with self.deployment.store.read() as conn:
            return list(conn.execute(select(rectification_case.c.public_id)).scalars())


def contact(context: Any, conn: Any, order: Order) -> Case:
    return contacts.contact(context, conn, order, by="phone", reached=True)


@pytest.fixture
def profile_snippet() -> str:
    return 'extends: chongqing\njurisdiction: {code: "500155", name: 梁平区}\n'


@pytest.fixture
def town_class() -> type[Town]:
    return Town


def test_clear_cases_are_due_on_the_spot_and_complex_ones_in_five_workdays(town: Town) -> None:
    own = town.bad()
    assert town.case(own).due_day == date(2026, 11, 16)
    town.act(own, cases.take_up)
    town.act(own, cases.triage, HANDLER, "complex")
    assert town.case(own).due_day == date(2026, 11, 23)


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
    [visit] = town.visits(public_id)
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
        assert [one.by for one in town.visits(public_id)] == [by]
        assert town.script(by) in caller.get(f"/console/cases/{public_id}").text
        with town.deployment.store.read() as conn:
            case = by_public_id(conn, public_id)
            kinds = [entry.kind for entry in timeline(conn, case)]
            context, now = town.deployment.rectification, town.clock.now()
            seen = progress_for_rater(context, conn, case.origin_id, now)
        assert "told" in kinds
        assert "已完成整改" in repr(seen)
    answer_in_person(town, wanted["in_person"][0], caller)
    answer_by_phone(town, wanted["phone"][0], caller)
    answer_by_link(town, wanted["wechat"][0], "yes")
    answer_by_link(town, wanted["sms"][0], "no")
    assert town.case(wanted["sms"][0]).state is CaseState.VERIFYING
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
    with town.deployment.store.read() as conn:
        [survey] = inspection_results.by_lot(conn)
        [drawn] = inspection_results.samples(conn, survey.id)
    assert (survey.frame, survey.first_day, survey.kind) == (3, date(2026, 11, 16), "survey")
    asker = town.client(town.account())
    listed = asker.get("/console/visits/figures").text
    assert "每日随机抽取办件" in listed
    here = f"/console/inspections/{survey.id}"
    assert here in listed
    answer = send(asker, here, here, no=str(drawn.no), grade="5", text="办得快")
    assert answer.status_code == 303
    town.work(days=12)
    with town.deployment.store.read() as conn:
        ended = inspection_results.campaign(conn, survey.id)
        found = inspection_results.by_organization(conn, survey.id)[UNIT]
    assert ended is not None
    assert ended.closed_at is not None
    assert (found.drawn, found.graded) == (1, 1)
