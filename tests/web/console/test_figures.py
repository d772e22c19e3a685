"""The supervisor's six figures: live, within one's grants, with definition and rows."""

from __future__ import annotations

import pytest
from tests.web.conftest import REGION
from tests.web.console.conftest import ELSEWHERE, Office, text_of

from haochaping.access.roles import Role

HERE = "/console/figures"
SIX = ("主动评价率", "差评率", "按期整改率", "平均答复天数", "回访满意率", "申诉成立率")


def test_the_start_page_of_a_supervisor_has_six_linked_figures(office: Office) -> None:
    page = office.supervisor().page("/console")
    for name in SIX:
        assert name in page
    assert page.count(f'href="{HERE}/') == 6


def test_who_is_late_is_one_click_from_the_start_page(office: Office) -> None:
    office.case()
    office.pass_days(8)
    supervisor = office.supervisor()
    page = supervisor.page("/console")
    assert "1 逾期未答复" in text_of(supervisor.last)
    assert 'href="/console/cases?band=overdue"' in page


def test_a_figure_opens_its_definition_and_rows(office: Office) -> None:
    office.case()
    said = text_of(office.supervisor().get(f"{HERE}/bad_rate"))
    assert "差评 ÷ 有效评价" in said
    assert "区人力社保局 100.0% 1 1" in said


def test_replies_in_time_and_their_days_are_counted(office: Office) -> None:
    office.answered()
    said = text_of(office.supervisor().get(HERE))
    assert "100.0% 按期整改率 1 / 1" in said
    assert "0.0 天 平均答复天数 1 件" in said


@pytest.mark.parametrize("name", ["reply_days", "visit_satisfaction", "appeals_upheld"])
def test_figures_over_cases_have_a_definition_and_lead_to_them(office: Office, name: str) -> None:
    page = office.supervisor().page(f"{HERE}/{name}")
    assert "定义" in page
    assert 'href="/console/cases"' in page


def test_the_figures_end_at_the_grants_border(office: Office) -> None:
    office.case()
    said = text_of(office.supervisor(ELSEWHERE).get(HERE))
    assert "滨江区" in said
    assert "— 差评率 0 / 0" in said
    assert "区人力社保局" not in text_of(office.supervisor(ELSEWHERE).get(f"{HERE}/bad_rate"))


def test_a_grant_in_an_organization_bounds_the_figures_too(office: Office) -> None:
    office.case()
    inside = office.someone(Role.SUPERVISOR, organization_id=1)
    outside = office.someone(Role.SUPERVISOR, organization_id=6)
    assert "100.0% 差评率 1 / 1" in text_of(inside.get(HERE))
    assert "— 差评率 0 / 0" in text_of(outside.get(HERE))


def test_with_two_grants_one_chooses(office: Office) -> None:
    office.case()
    grants = ((Role.SUPERVISOR, {"region": ELSEWHERE}), (Role.SUPERVISOR, {"region": REGION}))
    browser = office.browser(office.account(*grants))
    assert "— 差评率" in text_of(browser.get(f"{HERE}?scope=0"))
    assert "100.0% 差评率" in text_of(browser.get(f"{HERE}?scope=1"))
    assert browser.get(f"{HERE}?scope=9").status_code == 200


def test_another_month_can_be_chosen(office: Office) -> None:
    office.case()
    said = text_of(office.supervisor().get(f"{HERE}?month=2026-10"))
    assert "— 差评率 0 / 0" in said
    assert office.supervisor().get(f"{HERE}?month=nonsense").status_code == 200


def test_a_figure_that_does_not_exist_is_not_found(office: Office) -> None:
    assert office.supervisor().get(f"{HERE}/nonsense").status_code == 404


def test_exact_figures_are_for_supervisors_only(office: Office) -> None:
    assert office.handler().get(HERE).status_code == 403
    assert office.someone(Role.LEADER, organization_id=1).get(HERE).status_code == 403
