"""Follow-up visits: the list of those to be made, and what comes of one."""

from __future__ import annotations

import pytest
from tests.web.conftest import REGION
from tests.web.console.conftest import ELSEWHERE, RULES, Office, text_of

from haochaping.access.roles import Role
from haochaping.hooks.rectification import CaseState
from haochaping.rectification.records import Case


@pytest.fixture
def profile() -> str:
    return RULES + "  visits: [{by: phone, within: {count: 5, unit: workday}, reason: 电话回访}]"


def closed(office: Office) -> Case:
    case = office.answered()
    office.act(office.supervisor(), case, "confirm")
    office.work()
    return office.now(case)


def test_a_visit_is_listed_with_its_due_day(office: Office) -> None:
    case = closed(office)
    said = text_of(office.supervisor().get("/console/visits"))
    assert "社保登记" in said
    assert "最晚 2026年11月23日" in said
    operator = office.someone(Role.HOTLINE_OPERATOR, region=REGION)
    assert case.public_id in operator.page("/console/visits")


def test_a_satisfied_rater_leaves_the_case_closed(office: Office) -> None:
    case, operator = closed(office), office.someone(Role.HOTLINE_OPERATOR, region=REGION)
    answer = office.act(operator, case, "visit", satisfied="yes", text="已经领到证")
    assert answer.status_code == 303
    assert office.now(case).state is CaseState.CLOSED
    assert "没有待回访的工单" in text_of(operator.get("/console/visits"))


def test_an_unsatisfied_rater_reopens_the_case(office: Office) -> None:
    case, supervisor = closed(office), office.supervisor()
    office.act(supervisor, case, "visit", satisfied="no")
    assert office.now(case).state is CaseState.VERIFYING


def test_a_visit_without_an_answer_is_refused_at_its_field(office: Office) -> None:
    case = closed(office)
    answer = office.act(office.supervisor(), case, "visit", text="没有说清楚")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#visit-satisfied"' in page
    assert "没有说清楚" in page


def test_a_visit_of_another_case_cannot_be_recorded_here(office: Office) -> None:
    case, other = closed(office), closed(office)
    answer = office.act(office.supervisor(), case, "visit", visit="1", satisfied="yes")
    assert answer.status_code == 404
    assert office.now(other).state is CaseState.CLOSED


def test_the_visitor_of_another_county_sees_none(office: Office) -> None:
    case = closed(office)
    stranger = office.someone(Role.HOTLINE_OPERATOR, region=ELSEWHERE)
    assert case.public_id not in stranger.page("/console/visits")
    assert stranger.get(f"/console/cases/{case.public_id}").status_code == 404


def test_a_visitor_sees_only_cases_to_be_visited(office: Office) -> None:
    case = office.case()
    operator = office.someone(Role.HOTLINE_OPERATOR, region=REGION)
    assert operator.get(f"/console/cases/{case.public_id}").status_code == 404


def test_the_start_page_counts_visits(office: Office) -> None:
    closed(office)
    assert "1 待回访" in text_of(office.supervisor().get("/console"))
