"""What comes of visits: attempts, the rater's own answer, a supervisor's second visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from haochaping.evaluation.tables import evaluation
from haochaping.hooks.rectification import CaseState, Visit
from haochaping.profile.following_up import Draw, VisitRules
from haochaping.rectification import (
    appeals,
    cases,
    oversight,
    replies,
    steps,
    telling,
    visit_results,
    visits,
)
from haochaping.rectification.oversight import Share, Span
from haochaping.rectification.problems import NeedMissing, UnknownVisit
from haochaping.rectification.queue import ORGANIZATION_PATH
from haochaping.rectification.records import Case
from haochaping.rectification.timeline import timeline
from haochaping.rectification.visit_results import Meeting

from .conftest import World, days, rules, supervisor
from .test_cases import replied

ALL = ORGANIZATION_PATH.is_not(None)


def closed(world: World, by: str = "phone", **visiting: object) -> Case:
    """A case that ended answered, with one visit to be made."""
    own = rules(visits=(Visit(by, days(5)),), visiting=VisitRules(**visiting))
    world.context = replace(world.context, rules=own)
    case = world.do(cases.confirm, replied(world), who=supervisor())
    event = next(each for each in world.emit.events if each.kind == "case.closed")
    world.follow(steps.enqueue_visits, event)
    world.work()
    return case


def visit_of(world: World, case: Case, kind: str = visits.RULE) -> visits.VisitRow:
    with world.store.read() as conn:
        return next(one for one in visits.visits_of(conn, case) if one.kind == kind)


def kinds(world: World, case: Case) -> list[str]:
    with world.store.read() as conn:
        return [entry.kind for entry in timeline(conn, case)]


def known(world: World, case: Case, channel: str) -> None:
    """Let the rater of a case be a person who rated by a channel."""
    with world.store.write() as conn:
        statement = update(evaluation).where(evaluation.c.id == case.evaluation_id)
        conn.execute(statement.values(person_id=77, channel=channel))


def answer(world: World, code: str, *, satisfied: bool) -> Case:
    at = world.clock.now()
    return world.call(visit_results.answer, code, satisfied=satisfied, text="谢谢", at=at)


def test_after_the_attempts_of_the_profile_the_rater_is_unreachable(world: World) -> None:
    case = closed(world, attempts=2)
    visit = visit_of(world, case)
    world.do(visit_results.attempt, case, visit.id, who=supervisor())
    assert (visit_of(world, case).state, visit_of(world, case).attempts) == ("due", 1)
    world.do(visit_results.attempt, case, visit.id, who=supervisor())
    found = visit_of(world, case)
    assert (found.state, found.outcome, found.satisfied) == ("done", "unreachable", None)
    assert kinds(world, case).count("visit_attempt") == 2
    assert world.now(case).state is CaseState.CLOSED


def test_the_unreachable_do_not_count_as_dissatisfied(world: World) -> None:
    case = closed(world, attempts=1)
    world.do(visit_results.attempt, case, visit_of(world, case).id, who=supervisor())
    now = world.clock.now()
    span = Span(now - timedelta(days=1), now + timedelta(days=1))
    with world.store.read() as conn:
        assert oversight.visits_satisfied(conn, ALL, span) == Share(0, 0)
        (line,) = oversight.visit_figures(conn, ALL, span)
    assert (line.by, line.made, line.satisfied, line.unreachable) == ("phone", 1, 0, 1)


def test_a_rater_answers_alone_by_the_link(world: World) -> None:
    case = closed(world, "wechat")
    code = visit_of(world, case).code
    assert code is not None
    answer(world, code, satisfied=True)
    assert visit_of(world, case).outcome == "satisfied"
    with pytest.raises(NeedMissing):
        answer(world, code, satisfied=False)


def test_an_unsatisfied_answer_by_link_reopens_and_the_first_due_moment_stays(
    world: World,
) -> None:
    case = closed(world, "wechat")
    again = answer(world, visit_of(world, case).code or "", satisfied=False)
    assert (again.state, again.reopened) == (CaseState.VERIFYING, 1)
    assert (again.first_due_at, again.opened_at) == (case.first_due_at, case.opened_at)


def test_a_wrong_link_opens_nothing(world: World) -> None:
    closed(world, "wechat")
    with pytest.raises(UnknownVisit):
        answer(world, "NOSUCHCODE", satisfied=True)


def test_the_link_of_an_sms_visit_goes_to_the_rater_whose_number_nobody_sees(
    world: World,
) -> None:
    case = world.open()
    known(world, case, "qr")
    row = {"id": 5, "by": "sms", "code": "LINK"}
    world.context = replace(world.context, site="https://hcp.example/")
    assert world.call(telling.ask_by_message, case, row, world.clock.now())
    message = world.notices[-1]
    assert (message.to, message.gateway, message.link) == ("person:77", "sms", "/visit/LINK")
    assert message.body.zh.endswith("https://hcp.example/visit/LINK")


def test_a_phone_visit_sends_nothing(world: World) -> None:
    case = world.open()
    known(world, case, "qr")
    row = {"id": 5, "by": "phone", "code": None}
    assert not world.call(telling.ask_by_message, case, row, world.clock.now())


@pytest.mark.parametrize(
    ("channel", "way"), [("sms", "sms"), ("hotline", "sms"), ("qr", "receipt")]
)
def test_the_result_is_told_on_the_way_the_rating_came(
    world: World, channel: str, way: str
) -> None:
    case = replied(world)
    known(world, case, channel)
    event = next(each for each in world.emit.events if each.kind == "case.replied")
    world.follow(steps.tell_rater, event)
    with world.store.read() as conn:
        told = timeline(conn, case)[-1]
        (reply,) = replies.replies_of(conn, case.id)
    assert (told.kind, told.details) == ("told", {"by": way})
    assert all(reply.text not in notice.body.zh for notice in world.notices)


def test_a_visit_in_person_has_a_place_and_a_time(world: World) -> None:
    case = closed(world, "in_person")
    at = world.clock.now() + timedelta(days=1)
    meeting = Meeting("社区服务站二楼", at)
    world.do(visit_results.arrange, case, visit_of(world, case).id, meeting, who=supervisor())
    found = visit_of(world, case)
    assert (found.place, found.meet_at) == ("社区服务站二楼", at)


def test_a_drawn_second_visit_is_made_by_another_supervisor(world: World) -> None:
    second = Draw(Decimal(1), Visit("phone", days(5)))
    case = closed(world, second=second)
    world.do(visit_results.done, case, visit_of(world, case).id, satisfied=True, who=supervisor())
    again = visit_of(world, case, visits.SECOND)
    with pytest.raises(NeedMissing):
        world.do(visit_results.done, case, again.id, satisfied=True, who=supervisor())
    other = supervisor(602)
    reopened = world.do(visit_results.done, case, again.id, satisfied=False, who=other)
    assert reopened.state is CaseState.VERIFYING


def test_the_lot_of_a_second_visit_is_kept(world: World) -> None:
    case = closed(world, second=Draw(Decimal(0), Visit("phone", days(5))))
    world.do(visit_results.done, case, visit_of(world, case).id, satisfied=True, who=supervisor())
    with world.store.read() as conn:
        lot = timeline(conn, case)[-1]
    assert lot.kind == "second_visit_lot"
    assert lot.details is not None
    assert (lot.details["drawn"], lot.details["share"]) == (False, "0")


def test_the_rater_is_told_of_an_appeal_and_of_the_void_that_came_of_it(world: World) -> None:
    case = world.released(world.open())
    known(world, case, "sms")
    case = world.do(appeals.file, case, "mistaken", text="评价对象有误")
    moved = case.event("case.moved", action="appeal")
    world.follow(steps.tell_of_appeal, moved)
    world.follow(steps.tell_of_appeal, case.event("case.moved", action="take_up"))
    world.follow(steps.tell_of_void, case.event("appeal.upheld"))
    said = [one for one in world.notices if one.gateway == "sms"]
    assert [one.business_id.split(":", 2)[2] for one in said] == [f"appealed:{case.round}", "void"]
    assert {one.to for one in said} == {"person:77"}
    appealed, void = (one.body for one in said)
    assert "提出申诉" in appealed.zh
    assert "说明情况" in appealed.zh
    assert "认定无效" in void.zh
    assert "评价仍然保存" in void.zh
    assert not any("评价对象有误" in one.body.zh for one in said)
    assert "has appealed" in appealed.into("en")
    assert "found your review void" in void.into("en")


def test_a_rater_of_the_receipts_page_is_told_there_and_by_no_message(world: World) -> None:
    case = world.released(world.open())
    known(world, case, "qr")
    case = world.do(appeals.file, case, "mistaken", text="评价对象有误")
    before = len(world.notices)
    world.follow(steps.tell_of_appeal, case.event("case.moved", action="appeal"))
    world.follow(steps.tell_of_void, case.event("appeal.upheld"))
    assert len(world.notices) == before
