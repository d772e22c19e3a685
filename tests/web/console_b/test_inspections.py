"""Inspections in the console: drawn, entered by inspectors, shown apart."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from haochaping.channels.tables import inspection_sample
from tests.web.console_b.conftest import ELSEWHERE, REGION, UNIT, Desk, Role, text_of

HERE = "/console/inspections"
GIVEN = {
    "name": "十一月电话调查",
    "kind": "survey",
    "region": REGION,
    "first_day": "2026-11-01",
    "last_day": "2026-11-30",
    "wanted": "2",
    "seed": "S-1",
}


@pytest.fixture
def supervisor(desk: Desk) -> Any:
    for _ in range(3):
        desk.site.serve()
    return desk.person(Role.SUPERVISOR, region=REGION)


@pytest.fixture
def campaign(supervisor: Any) -> str:
    supervisor.page(HERE)
    return str(supervisor.send(HERE, HERE, **GIVEN).headers["Location"])


def test_a_sample_is_drawn_with_its_proof(supervisor: Any, campaign: str) -> None:
    page = text_of(supervisor.get(campaign))
    for said in ("十一月电话调查", "S-1", "从 3 次服务中抽取", "社保登记", "不计入评价的各项比率"):
        assert said in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wanted": "0"}, "1 至 2000"),
        ({"name": ""}, "请写查评名称"),
        ({"first_day": ""}, "开始和结束日期"),
        ({"region": ELSEWHERE}, "没有权限在这个地区"),
        ({"first_day": "2026-12-01", "last_day": "2026-12-02"}, "没有服务记录"),
    ],
)
def test_what_cannot_be_drawn_is_told(supervisor: Any, changed: dict[str, str], said: str) -> None:
    supervisor.page(HERE)
    answer = supervisor.send(HERE, HERE, **{**GIVEN, **changed})
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_an_inspector_enters_what_was_found(desk: Desk, campaign: str) -> None:
    inspector = desk.person(Role.INSPECTOR, region=REGION)
    inspector.page(campaign)
    answer = inspector.send(campaign, campaign, no="1", grade="2", text="无人接待")
    assert answer.status_code == 303
    inspector.page(campaign)
    inspector.send(campaign, campaign, no="2", grade="unreachable")
    with desk.deployment.store.read() as conn:
        rows = conn.execute(select(inspection_sample).order_by(inspection_sample.c.no)).all()
    assert [(one.outcome, one.grade) for one in rows] == [("graded", 2), ("unreachable", None)]
    assert desk.site.ratings() == []


def test_a_result_needs_a_grade(desk: Desk, campaign: str) -> None:
    inspector = desk.person(Role.INSPECTOR, region=REGION)
    inspector.page(campaign)
    answer = inspector.send(campaign, campaign, no="1")
    assert answer.status_code == 422
    assert "请选一个等级" in text_of(answer)


def test_nobody_inspects_their_own_unit(desk: Desk, campaign: str) -> None:
    roles = ((Role.INSPECTOR, {"region": REGION}), (Role.HANDLER, {"organization_id": UNIT}))
    own = desk.office.browser(desk.office.account(*roles))
    own.page(campaign)
    answer = own.send(campaign, campaign, no="1", grade="5")
    assert answer.status_code == 403
    assert "不能查评本人所在单位" in text_of(answer)


def test_campaigns_of_other_regions_are_not_there(desk: Desk, campaign: str) -> None:
    stranger = desk.person(Role.INSPECTOR, region=ELSEWHERE)
    assert stranger.get(campaign).status_code == 404
    assert "十一月电话调查" not in text_of(stranger.get(HERE))


def test_inspectors_do_not_draw(desk: Desk, supervisor: Any) -> None:
    inspector = desk.person(Role.INSPECTOR, region=REGION)
    assert "抽取新的样本" not in text_of(inspector.get(HERE))


def test_a_closed_campaign_takes_no_more(supervisor: Any, campaign: str) -> None:
    supervisor.page(campaign)
    assert supervisor.send(f"{campaign}/close").status_code == 303
    page = text_of(supervisor.get(campaign))
    assert "已结束" in page
    assert "填写第" not in page
