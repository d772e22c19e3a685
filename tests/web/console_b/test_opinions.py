"""Opinions that belong to no case: given, entered, read by those they concern, counted apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping.evaluation.tables import evaluation, opinion
from haochaping.grading.tables import tally_entry
from haochaping.rectification.tables import rectification_case
from tests.web.console_b.conftest import ELSEWHERE, UNIT, Desk, Role, form_of, text_of

UNIT_PAGE = "/opinions/organization/11990000MB2000004B"
HALL_PAGE = "/opinions/hall/H1"


def give(desk: Desk, address: str = HALL_PAGE, **fields: str) -> Any:
    client = desk.site.client()
    page = client.get(address)
    return client.post(address, data={**form_of(page, address), **fields})


def stored(desk: Desk) -> list[Any]:
    with desk.deployment.store.read() as conn:
        return list(conn.execute(select(opinion).order_by(opinion.c.id)))


def count(desk: Desk, table: Any) -> int:
    with desk.deployment.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_hall_is_found_by_some_signs_of_its_name(desk: Desk) -> None:
    page = text_of(desk.site.client().get("/opinions?q=政务服务中心"))
    assert "区政务服务中心" in page
    assert "没有找到" in text_of(desk.site.client().get("/opinions?q=%25_%25"))


def test_an_opinion_is_stored_and_enters_no_rate(desk: Desk) -> None:
    answer = give(desk, grade="5", text="志愿者很热心")
    assert answer.status_code == 201
    [row] = stored(desk)
    assert (row.kind, row.hall_id, row.grade) == ("comprehensive", 2, 5)
    assert (row.channel, row.provenance, row.entered_by) == ("web", "citizen", None)
    assert [count(desk, one) for one in (evaluation, tally_entry)] == [0, 0]


def test_sent_twice_it_is_one(desk: Desk) -> None:
    client = desk.site.client()
    sent = {**form_of(client.get(UNIT_PAGE), UNIT_PAGE), "grade": "4"}
    assert [client.post(UNIT_PAGE, data=sent).status_code for _ in range(2)] == [201, 201]
    assert len(stored(desk)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "请选一个等级"), ({"grade": "6"}, "五个等级"), ({"text": "字" * 501}, "最多 500 个字")],
)
def test_what_is_missing_is_told_and_nothing_is_lost(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    answer = give(desk, **fields)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert fields.get("text", "") in answer.get_data(as_text=True)
    assert stored(desk) == []


def test_a_form_of_another_unit_is_refused(desk: Desk) -> None:
    client = desk.site.client()
    sent = {**form_of(client.get(UNIT_PAGE), UNIT_PAGE), "grade": "1"}
    assert client.post(HALL_PAGE, data=sent).status_code == 400


def test_who_gives_too_many_must_wait(desk: Desk) -> None:
    answers = [give(desk, grade="1").status_code for _ in range(22)]
    assert answers[-1] == 429


@pytest.mark.parametrize("address", ["/opinions/hall/NO", "/opinions/window/08"])
def test_a_unit_that_is_not_there_is_not_found(desk: Desk, address: str) -> None:
    assert desk.site.client().get(address).status_code == 404


def test_a_bad_opinion_opens_no_case_unless_the_profile_says_so(desk: Desk) -> None:
    give(desk, grade="1", text="灯太暗")
    assert count(desk, rectification_case) == 0


def test_a_bad_opinion_opens_a_case_where_the_profile_says_so(desk: Desk) -> None:
    context = replace(desk.deployment.rectification, opinion_kinds=frozenset({"comprehensive"}))
    from haochaping.journal import Event
    from haochaping.rectification.steps import open_case_of_opinion

    give(desk, grade="1", text="灯太暗")
    give(desk, grade="5")
    with desk.deployment.store.write() as conn:
        for row in conn.execute(select(opinion)).all():
            told = {"id": row.id, "kind": row.kind, "grade": row.grade}
            event = Event("opinion.recorded", f"opinion:{row.id}", told, row.region)
            open_case_of_opinion(context, conn, event, desk.deployment.clock.now())
        cases = conn.execute(select(rectification_case)).all()
    assert [(one.origin_kind, one.organization_id) for one in cases] == [("opinion", 1)]


def test_the_unit_reads_its_opinions_with_their_origin_and_counts(desk: Desk) -> None:
    give(desk, grade="2", text="叫号屏看不清")
    liaison = desk.person(Role.UNIT_LIAISON, organization_id=UNIT)
    page = text_of(liaison.get("/console/opinions"))
    for said in ("叫号屏看不清", "不满意", "网页 · 本人提交", "不计入满意率", "综合点评，本月"):
        assert said in page


def test_other_units_do_not(desk: Desk) -> None:
    give(desk, text="叫号屏看不清")
    stranger = desk.person(Role.UNIT_LIAISON, region=ELSEWHERE)
    assert "叫号屏看不清" not in text_of(stranger.get("/console/opinions"))


@pytest.mark.parametrize(
    ("role", "channel", "provenance"),
    [
        (Role.HOTLINE_OPERATOR, "hotline", "hotline_operator"),
        (Role.PAPER_CLERK, "paper", "paper_clerk"),
    ],
)
def test_an_opinion_is_entered_for_somebody_else(
    desk: Desk, role: Role, channel: str, provenance: str
) -> None:
    who, here = desk.person(role), "/console/opinions/enter"
    who.page(here)
    answer = who.send(here, here, unit="H1", grade="3", text="停车难")
    assert answer.status_code == 201, text_of(answer)
    [row] = stored(desk)
    assert (row.channel, row.provenance, row.entered_by is None) == (channel, provenance, False)


def test_a_unit_nobody_knows_is_told_and_nothing_typed_is_lost(desk: Desk) -> None:
    who, here = desk.person(Role.HOTLINE_OPERATOR), "/console/opinions/enter"
    who.page(here)
    answer = who.send(here, here, unit="不存在", text="停车难")
    assert answer.status_code == 422
    assert "没有找到这个大厅或机构" in text_of(answer)
    assert "停车难" in answer.get_data(as_text=True)
