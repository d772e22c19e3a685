"""The page of a case: what it shows to whom, and what is done on it."""

from __future__ import annotations

import re

import pytest
from tests.web.console.conftest import (
    ELSEWHERE,
    FOREIGN_UNIT,
    STAFF,
    UNIT,
    Browser,
    Office,
    text_of,
)

from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Identity
from haochaping.rectification import reopening
from haochaping.rectification.records import Case

RATER = Person("natural", "张三丰", "111", "990000199001010017", "13800001234")
WITH_NAME = {"person": RATER, "identity": Identity.PRESUMED}


def path(case: Case) -> str:
    return f"/console/cases/{case.public_id}"


def test_the_unit_sees_item_words_reasons_and_the_date_only(office: Office) -> None:
    case = office.case(text="跑了三趟", options=("109",))
    said = text_of(office.handler().get(path(case)))
    assert "社保登记" in said
    assert "跑了三趟" in said
    assert "需提供办事指南之外的申报材料" in said
    assert "2026年11月16日" in said
    for hidden in ("8号窗口", "A0017", "非常不满意", "10:0", "09:5"):
        assert hidden not in said


def test_the_supervisor_sees_window_and_grade_as_well(office: Office) -> None:
    case = office.case()
    said = text_of(office.supervisor().get(path(case)))
    for shown in ("8号窗口", "A0017", "非常不满意", "区政务服务中心"):
        assert shown in said


def test_nobody_sees_who_rated(office: Office) -> None:
    case = office.case(**WITH_NAME)
    for browser in (office.handler(), office.supervisor(), office.reviewer()):
        page = browser.page(path(case))
        assert RATER.name not in page
        assert RATER.mobile not in page


def test_before_its_release_a_case_is_unknown_to_its_unit(office: Office) -> None:
    case = office.bad_review()
    for role in (Role.HANDLER, Role.LEADER, Role.UNIT_LIAISON):
        assert office.someone(role, organization_id=UNIT).get(path(case)).status_code == 404
    assert office.supervisor().get(path(case)).status_code == 200


def test_outside_ones_unit_or_county_a_case_is_unknown(office: Office) -> None:
    case = office.case()
    strangers = (
        office.handler(FOREIGN_UNIT),
        office.supervisor(ELSEWHERE),
        office.someone(Role.APPEAL_REVIEWER, region=ELSEWHERE),
        office.someone(Role.ADMINISTRATOR),
        office.someone(Role.HOTLINE_OPERATOR, region="330106"),
    )
    for stranger in strangers:
        answer = stranger.get(path(case))
        assert answer.status_code == 404
        assert "社保登记" not in text_of(answer)


def test_what_is_not_there_is_answered_like_what_may_not_be_seen(office: Office) -> None:
    case, stranger = office.case(), office.handler(FOREIGN_UNIT)
    hidden, absent = stranger.get(path(case)), stranger.get("/console/cases/ZZZZZZZZZZ")
    assert re.sub(r"编号 \w+", "", text_of(hidden)) == re.sub(r"编号 \w+", "", text_of(absent))


def test_the_rated_person_sees_nothing_whatever_roles_they_hold(office: Office) -> None:
    case = office.case()
    roles = ((Role.SUPERVISOR, {"region": "330106"}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    assert office.browser(office.account(*roles)).get(path(case)).status_code == 404


def test_a_case_is_answered_from_the_start_in_one_form(office: Office) -> None:
    case = office.case()
    answer = office.act(
        office.handler(), case, "answer", outcome="rectified", text="材料清单已经更正。"
    )
    assert answer.headers["Location"] == f"{path(case)}?done=answer"
    found = office.now(case)
    assert (found.state, found.late) == (CaseState.REPLIED, False)


def test_the_outcome_follows_what_the_handler_chose(office: Office) -> None:
    case, handler = office.case(), office.handler()
    office.act(handler, case, "take_up")
    office.act(handler, case, "rectify")
    office.act(handler, case, "answer", outcome="explained", text="依规需要原件。")
    office.act(office.supervisor(), case, "confirm")
    assert office.now(case).outcome is Outcome.EXPLAINED


def test_what_was_done_is_said_and_stands_in_the_history(office: Office) -> None:
    case, handler = office.case(), office.handler()
    answer = office.act(handler, case, "take_up", public_note="正在向窗口了解情况")
    said = text_of(handler.get(answer.headers["Location"]))
    assert "已受理。" in said
    assert "告知评价人：正在向窗口了解情况" in said
    assert "王经办" in said


def test_the_unit_learns_the_day_of_a_rating_and_never_its_time(office: Office) -> None:
    case = office.case()
    page = office.handler().page(path(case))
    history = page.partition('id="history"')[2]
    assert "收到差评，工单建立" in history
    assert not re.search(r"\d\d:\d\d", history)
    assert re.search(r"\d\d:\d\d", office.supervisor().page(path(case)).partition('"history"')[2])


def test_an_empty_reply_is_refused_at_its_fields(office: Office) -> None:
    case = office.case()
    answer = office.act(office.handler(), case, "answer")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#answer-outcome"' in page
    assert 'href="#answer-text"' in page
    assert 'id="answer-text-fault"' in page
    assert office.now(case).state is CaseState.OPENED


def test_a_reply_that_is_too_long_is_kept_and_refused(office: Office) -> None:
    case = office.case()
    answer = office.act(office.handler(), case, "answer", outcome="rectified", text="改" * 2001)
    assert answer.status_code == 422
    assert "最多 2000 字" in text_of(answer)
    assert "改" * 2001 in answer.get_data(as_text=True)


def test_a_rater_with_a_name_is_contacted_before_the_reply(office: Office) -> None:
    case, handler = office.case(**WITH_NAME), office.handler()
    assert "答复前：" in text_of(handler.get(path(case)))
    answer = office.act(handler, case, "answer", outcome="rectified", text="已经改好")
    assert answer.status_code == 422
    assert "已经改好" in answer.get_data(as_text=True)
    assert office.now(case).state is CaseState.OPENED
    office.act(handler, case, "contact", by="phone", reached="yes", text="电话核实")
    answer = office.act(handler, case, "answer", outcome="rectified", text="已经改好")
    assert answer.status_code == 303


def test_three_vain_attempts_stand_in_for_a_contact(office: Office) -> None:
    case, handler = office.case(**WITH_NAME), office.handler()
    for _ in range(3):
        office.act(handler, case, "contact", by="phone", reached="no")
    assert office.act(handler, case, "answer", outcome="rectified", text="已改").status_code == 303


def test_an_anonymous_rater_cannot_be_contacted(office: Office) -> None:
    case = office.case()
    page = office.handler().page(path(case))
    assert "/contact" not in page
    assert "/message" not in page


def test_a_message_goes_out_once_however_often_the_button_is_pressed(office: Office) -> None:
    case, handler = office.case(**WITH_NAME), office.handler()
    handler.page(path(case))
    first = handler.last
    office.act(handler, case, "message", text="请问您何时方便？")
    handler.last = first
    handler.send(f"{path(case)}/message", text="请问您何时方便？")
    said = text_of(handler.get(path(case)))
    assert said.count("请问您何时方便？") == 1


def test_somebody_elses_change_loses_no_word(office: Office) -> None:
    case, slow, fast = office.case(), office.handler(), office.handler()
    slow.page(path(case))
    office.act(fast, case, "take_up")
    answer = slow.send(f"{path(case)}/answer", outcome="rectified", text="我写了很久的答复")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "刚刚被他人更新" in page
    assert "我写了很久的答复" in page
    again = slow.send(f"{path(case)}/answer", outcome="rectified", text="我写了很久的答复")
    assert again.status_code == 303


def test_when_the_action_is_gone_its_words_can_still_be_copied(office: Office) -> None:
    case, slow = office.case(), office.handler()
    slow.page(path(case))
    office.act(office.handler(), case, "answer", outcome="rectified", text="已经改好")
    answer = slow.send(f"{path(case)}/answer", outcome="rectified", text="我写了很久的答复")
    assert answer.status_code == 409
    assert "您刚才写的内容" in text_of(answer)
    assert "我写了很久的答复" in answer.get_data(as_text=True)


def test_a_form_without_its_token_does_nothing(office: Office) -> None:
    case = office.case()
    answer = office.handler().client.post(f"{path(case)}/take_up", data={"version": "1"})
    assert answer.status_code == 400
    assert office.now(case).state is CaseState.OPENED


@pytest.mark.parametrize("action", ["confirm", "reopen", "send_back", "uphold", "endorse"])
def test_a_handler_cannot_do_what_others_decide(office: Office, action: str) -> None:
    case, handler = office.answered(), office.handler()
    page = handler.page(path(case))
    assert f"/{action}" not in page
    answer = handler.client.post(
        f"{path(case)}/{action}",
        data={"csrf_token": token(page), "version": str(case.version), "note": "想办结"},
    )
    assert answer.status_code == 403
    assert office.now(case).version == case.version


def test_an_action_on_a_case_out_of_sight_is_refused_like_the_case(office: Office) -> None:
    case, stranger = office.case(), office.handler(FOREIGN_UNIT)
    page = stranger.page("/console/cases")
    answer = stranger.client.post(
        f"{path(case)}/take_up", data={"csrf_token": token(page), "version": "1"}
    )
    assert answer.status_code == 404


def test_an_action_that_does_not_exist_is_not_found(office: Office) -> None:
    case, handler = office.case(), office.handler()
    page = handler.page(path(case))
    answer = handler.client.post(f"{path(case)}/withdraw", data={"csrf_token": token(page)})
    assert answer.status_code == 404


def test_a_transfer_leads_out_of_sight_and_keeps_the_due_date(office: Office) -> None:
    case, handler = office.case(), office.handler()
    answer = office.act(
        handler, case, "transfer", organization="12990000E00000010A", note="属税务事项"
    )
    assert answer.headers["Location"] == "/console/cases"
    found = office.now(case)
    assert (found.organization_id, found.due_at) == (FOREIGN_UNIT, case.due_at)


def test_an_unknown_unit_is_refused_at_its_field(office: Office) -> None:
    case = office.case()
    answer = office.act(office.handler(), case, "transfer", organization="X", note="属税务事项")
    assert answer.status_code == 422
    assert 'href="#transfer-organization"' in answer.get_data(as_text=True)


def test_a_complex_case_gets_the_longer_deadline(office: Office) -> None:
    case = office.case()
    office.act(office.handler(), case, "triage", complexity="complex", note="涉及三个部门")
    assert office.now(case).due_at > case.due_at


def test_a_supervisor_confirms_sends_back_and_reopens(office: Office) -> None:
    case, supervisor = office.answered(), office.supervisor()
    office.act(supervisor, case, "send_back", note="没有说明原因")
    assert office.now(case).state is CaseState.VERIFYING
    office.act(office.handler(), case, "answer", outcome="rectified", text="补充说明如下")
    office.act(supervisor, case, "confirm")
    assert office.now(case).state is CaseState.CLOSED
    office.act(supervisor, case, "reopen", note="又接到反映")
    assert office.now(case).state is CaseState.VERIFYING


def test_sending_back_without_a_reason_is_refused(office: Office) -> None:
    case = office.answered()
    answer = office.act(office.supervisor(), case, "send_back")
    assert answer.status_code == 422
    assert 'href="#send_back-note"' in answer.get_data(as_text=True)


def test_a_standard_text_is_put_into_the_reply_without_a_script(office: Office) -> None:
    case, handler = office.case(), office.handler()
    page = handler.page(f"{path(case)}?text=materials")
    form = page.partition('id="answer"')[2].partition("</form>")[0]
    assert "材料清单已经更正并公布" in form
    assert re.search(r'value="rectified" checked', form)


def test_the_rater_reads_the_reply_and_the_unit_reads_the_rater(office: Office) -> None:
    case = office.answered()
    with office.deployment.store.write() as conn:
        reopening.contest(
            office.deployment.rectification,
            conn,
            case.id,
            text="还是不行",
            at=office.site.clock.now(),
        )
    said = text_of(office.handler().get(path(case)))
    assert "还是不行" in said
    assert "不认可答复" in said
    assert "已经改好了" in said


def test_the_page_works_in_english(office: Office) -> None:
    case = office.case()
    said = text_of(office.handler().get(f"{path(case)}?lang=en"))
    assert "What the rater says" in said
    assert "Reply to the rater" in said


def token(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_a_page_of_a_case_is_stored_nowhere(office: Office) -> None:
    case = office.case()
    answer = office.handler().get(path(case))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_signed_in_person_without_a_role_finds_nothing(office: Office) -> None:
    case = office.case()
    browser: Browser = office.browser(office.account())
    assert browser.get(path(case)).status_code == 404
    assert browser.get("/console/cases").status_code == 403
    assert "还没有角色" in text_of(browser.get("/console"))
