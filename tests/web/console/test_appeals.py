"""Appeals: filed by the unit, decided by two people outside of it, on one page."""

from __future__ import annotations

import re

from sqlalchemy import select
from tests.web.console.conftest import ELSEWHERE, UNIT, Office, receipt_of, text_of
from werkzeug.test import TestResponse

from haochaping.access.roles import Role
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification.records import Case

REASON = "评价的是隔壁窗口的业务，见叫号记录。"


def path(case: Case) -> str:
    return f"/console/cases/{case.public_id}"


def appealed(office: Office) -> Case:
    case = office.case()
    answer = office.act(office.handler(), case, "appeal", kind="mistaken", text=REASON)
    assert answer.status_code == 303
    return office.now(case)


def test_an_appeal_needs_a_kind_and_a_reason(office: Office) -> None:
    case = office.case()
    answer = office.act(office.handler(), case, "appeal")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#appeal-kind"' in page
    assert 'href="#appeal-text"' in page


def test_evidence_history_rule_and_decision_stand_on_one_page(office: Office) -> None:
    case = appealed(office)
    reviewer = office.reviewer()
    assert case.public_id in reviewer.page("/console/appeals")
    said = text_of(reviewer.get(path(case)))
    for shown in (REASON, "误评", "跑了三趟", "提出申诉", "复核规则", "同意（第一人）"):
        assert shown in said
    assert "同意（第二人）" not in said


def of_receipt(office: Office, case: Case, **fields: str) -> TestResponse:
    """Post to `/mine` as the rater of a case."""
    return office.site.client().post("/mine", data={"receipt": receipt_of(office, case), **fields})


def test_the_rater_objects_and_only_the_reviewers_read_it(office: Office) -> None:
    case = office.case()
    assert "申请把这条评价作废" not in text_of(of_receipt(office, case))
    office.act(office.handler(), case, "appeal", kind="mistaken", text=REASON)
    assert "评价人已被告知，还没有说明情况" in text_of(office.reviewer().get(path(case)))
    page = of_receipt(office, case)
    assert "单位申请把这条评价作废" in text_of(page)
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key is not None
    mine = {"action": "object", "key": key[1], "objection": "就是这个窗口，叫号单还在"}
    empty = of_receipt(office, case, **{**mine, "objection": " "})
    assert (empty.status_code, "请写几句您的说明" in empty.text) == (422, True)
    long = of_receipt(office, case, **{**mine, "objection": "长" * 2001})
    assert (long.status_code, "长" * 2001 in long.text) == (422, True)
    for _ in range(3):
        assert "已交给审核人" in text_of(of_receipt(office, case, **mine))
    assert text_of(of_receipt(office, case)).count("叫号单还在") == 1
    assert text_of(office.reviewer().get(path(case))).count("叫号单还在") == 1
    for browser in (office.handler(), office.someone(Role.APPEAL_REVIEWER, organization_id=UNIT)):
        assert "叫号单还在" not in browser.page(path(case))
    assert office.now(case).contacted_at is None
    office.act(office.reviewer(), case, "reject", note="叫号记录不符")
    late = of_receipt(office, case, **{**mine, "key": "another"})
    assert (late.status_code, "申诉已经有了决定" in late.text) == (422, True)
    assert "申请把这条评价作废" not in text_of(of_receipt(office, case))


def test_two_people_make_a_rating_void(office: Office) -> None:
    case = appealed(office)
    first, second = office.reviewer("赵复核"), office.reviewer("钱复核")
    office.act(first, case, "endorse", note="叫号记录属实")
    assert office.now(case).state is CaseState.APPEALING
    said = text_of(second.get(path(case)))
    assert "赵复核" in said
    assert "同意（第二人）" in said
    office.act(second, case, "uphold", note="同意")
    assert office.now(case).outcome is Outcome.VOID
    with office.deployment.store.read() as conn:
        query = select(evaluation.c.status).where(evaluation.c.id == case.evaluation_id)
        assert conn.execute(query).scalar_one() == "void"


def test_the_first_reviewer_is_not_offered_the_second_decision(office: Office) -> None:
    case, first = appealed(office), office.reviewer()
    office.act(first, case, "endorse", note="叫号记录属实")
    said = text_of(first.get(path(case)))
    assert "同意（第二人）" not in said
    assert "申诉不成立" in said


def test_one_person_cannot_do_both(office: Office) -> None:
    case, first = appealed(office), office.reviewer()
    office.act(first, case, "endorse", note="叫号记录属实")
    page = first.page(path(case))
    now = office.now(case)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = first.client.post(
        f"{path(case)}/uphold",
        data={"csrf_token": token[1], "version": str(now.version), "note": "同意"},
    )
    assert answer.status_code == 422
    assert office.now(case).state is CaseState.APPEALING


def test_a_reviewer_of_the_rated_unit_cannot_decide(office: Office) -> None:
    case = appealed(office)
    inside = office.someone(Role.APPEAL_REVIEWER, organization_id=UNIT)
    answer = office.act(inside, case, "endorse", note="叫号记录属实")
    assert answer.status_code == 422
    assert "不属于被评价单位" in text_of(answer)


def test_one_reviewer_is_enough_to_reject(office: Office) -> None:
    case = appealed(office)
    office.act(office.reviewer(), case, "reject", note="证据不足")
    assert office.now(case).state is CaseState.VERIFYING
    assert "证据不足" in text_of(office.handler().get(path(case)))


def test_a_decision_needs_a_reason(office: Office) -> None:
    case = appealed(office)
    answer = office.act(office.reviewer(), case, "reject")
    assert answer.status_code == 422
    assert 'href="#reject-note"' in answer.get_data(as_text=True)


def test_there_is_one_appeal_a_case(office: Office) -> None:
    case = appealed(office)
    office.act(office.reviewer(), case, "reject", note="证据不足")
    answer = office.act(office.handler(), case, "appeal", kind="malicious", text="再次申诉")
    assert answer.status_code == 422
    assert "再次申诉" in answer.get_data(as_text=True)


def test_appeals_of_another_county_are_out_of_sight(office: Office) -> None:
    case = appealed(office)
    stranger = office.someone(Role.APPEAL_REVIEWER, region=ELSEWHERE)
    assert case.public_id not in stranger.page("/console/appeals")
    assert office.handler().get("/console/appeals").status_code == 403


def test_the_start_page_counts_what_waits_for_review(office: Office) -> None:
    appealed(office)
    assert "1 待复核的申诉" in text_of(office.reviewer().get("/console"))
