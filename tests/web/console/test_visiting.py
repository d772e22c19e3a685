"""Visits on the console and by link: scripts, attempts, arrangements, sheet, figures."""

from __future__ import annotations

import re

import pytest
from tests.web.conftest import REGION
from tests.web.console.conftest import RULES, Office, text_of

from haochaping.access.roles import Role
from haochaping.hooks.rectification import CaseState
from haochaping.rectification import visits
from haochaping.rectification.records import Case

RULE = "  visits: [{by: %s, within: {count: 5, unit: workday}, reason: 回访}]\n"
MORE = "  visiting: {attempts: 2, scripts: {phone: 您好，回访一下, in_person: 当面听取意见}}"


@pytest.fixture(params=["phone"])
def profile(request: pytest.FixtureRequest) -> str:
    return RULES + RULE % request.param + MORE


def closed(office: Office) -> Case:
    case = office.answered()
    office.act(office.supervisor(), case, "confirm")
    office.work()
    return office.now(case)


def operator(office: Office):
    return office.someone(Role.HOTLINE_OPERATOR, region=REGION)


def code_of(office: Office, case: Case) -> str:
    with office.deployment.store.read() as conn:
        return visits.visits_of(conn, case)[0].code or ""


def test_the_script_is_on_the_page_while_the_visit_is_open(office: Office) -> None:
    case, caller = closed(office), operator(office)
    assert "您好，回访一下" in caller.page(f"/console/cases/{case.public_id}")


def test_two_attempts_in_vain_end_the_visit_as_unreachable(office: Office) -> None:
    case, caller = closed(office), operator(office)
    office.act(caller, case, "visit", satisfied="none")
    assert "1 次没有联系上" in caller.page(f"/console/cases/{case.public_id}")
    office.act(caller, case, "visit", satisfied="none")
    assert "联系不上" in caller.page(f"/console/cases/{case.public_id}")
    figures = text_of(office.supervisor().get("/console/visits/figures"))
    assert "电话 1 0 0 1 –" in figures


def test_figures_show_ways_and_units(office: Office) -> None:
    case = closed(office)
    office.act(operator(office), case, "visit", satisfied="yes")
    figures = text_of(office.supervisor().get("/console/visits/figures?month=2026-11"))
    assert figures.count("电话 1 1 0 0 100.0%") == 2


def test_a_month_that_is_none_shows_this_month(office: Office) -> None:
    assert "2026年11月" in text_of(office.supervisor().get("/console/visits/figures?month=x"))


@pytest.mark.parametrize("profile", ["in_person"], indirect=True)
def test_a_visit_in_person_is_arranged_and_printed(office: Office) -> None:
    case, caller = closed(office), operator(office)
    here = f"/console/cases/{case.public_id}"
    answer = office.act(caller, case, "arrange", place="社区服务站", meet_at="2026-11-20 09:30")
    assert answer.status_code == 303
    sheet = text_of(caller.get(f"{here}/visit-sheet"))
    assert "社区服务站" in sheet
    assert "9:30" in sheet
    assert "当面听取意见" in sheet


@pytest.mark.parametrize("profile", ["in_person"], indirect=True)
def test_a_time_that_is_none_is_refused_at_its_field(office: Office) -> None:
    case = closed(office)
    answer = office.act(operator(office), case, "arrange", place="大厅", meet_at="明天")
    assert answer.status_code == 422
    assert "arrange-meet_at" in answer.get_data(as_text=True)


def test_the_sheet_is_for_visitors_only(office: Office) -> None:
    case = closed(office)
    assert office.handler().get(f"/console/cases/{case.public_id}/visit-sheet").status_code == 404


@pytest.mark.parametrize("profile", ["wechat"], indirect=True)
def test_a_rater_answers_by_link_and_an_unsatisfied_one_reopens(office: Office) -> None:
    case, rater = closed(office), office.site.client()
    link = f"/visit/{code_of(office, case)}"
    assert link in operator(office).page(f"/console/cases/{case.public_id}")
    assert "您对处理结果满意吗" in rater.get(link).get_data(as_text=True)
    assert rater.post(link, data={"text": "没选"}).status_code == 422
    answer = rater.post(link, data={"satisfied": "no", "text": "没有解决"})
    assert "重新办理" in answer.get_data(as_text=True)
    assert office.now(case).state is CaseState.VERIFYING
    assert rater.post(link, data={"satisfied": "yes"}).status_code == 409
    assert "已经有了答复" in rater.get(link).get_data(as_text=True)


@pytest.mark.parametrize("profile", ["wechat"], indirect=True)
def test_the_page_of_a_link_tells_nothing_of_the_case(office: Office) -> None:
    case = closed(office)
    page = office.site.client().get(f"/visit/{code_of(office, case)}").get_data(as_text=True)
    assert case.public_id not in page
    assert not re.search("社保登记|窗口", page)


def test_an_unknown_link_is_not_found(office: Office) -> None:
    assert office.site.client().get("/visit/NOSUCHCODE").status_code == 404
