"""Findings, partners, extensions and comments on the console, from two sides."""

from __future__ import annotations

import re

import pytest
from tests.web.console.conftest import FOREIGN_UNIT, UNIT, Office, text_of

from haochaping.access.roles import Role
from haochaping.hooks.rectification import CaseState
from haochaping.rectification.records import Case

UNIT_CODE = "11990000MB2000004B"
PARTNER_CODE = "12990000E00000010A"
FINDING = {
    "truth": "true",
    "reasonable": "yes",
    "malicious": "no",
    "handling": "immediate",
    "responsible": "window_unit",
    "cause": "materials",
    "text": "公示样本",
}


def path(case: Case) -> str:
    return f"/console/cases/{case.public_id}"


def joined(office: Office) -> Case:
    """A case in which another unit was asked for help."""
    case = office.case()
    task = {"organization": PARTNER_CODE, "text": "核对审批用时", "count": "2"}
    assert office.act(office.handler(), case, "join", **task).status_code == 303
    return office.now(case)


def test_a_finding_stands_on_the_page(office: Office) -> None:
    case, handler = office.case(), office.handler()
    assert office.act(handler, case, "find", **FINDING).status_code == 303
    said = text_of(handler.get(path(case)))
    for words in ("属实", "窗口所属单位", "材料要求", "公示样本"):
        assert words in said


def test_several_back_offices_stand_on_the_page_with_their_shares(office: Office) -> None:
    handler, case = office.handler(), office.case()
    named = f"{PARTNER_CODE}　６０\n{UNIT_CODE} 40%"
    found = FINDING | {"responsible": "back_office", "organization": named}
    assert office.act(handler, case, "find", **found).status_code == 303
    said = text_of(handler.get(path(case)))
    assert re.search("后台审批单位 · [^、]+ 60%（牵头）、[^、]+ 40%", said)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (f"{PARTNER_CODE} 六成", "只写份额"),
        (f"{PARTNER_CODE} 60, {UNIT_CODE} 30", "合计正好 100"),
        (f"{PARTNER_CODE}、999", "999"),
        ("", "没有"),
    ],
)
def test_back_offices_that_cannot_be_read_are_refused_and_kept(
    office: Office, named: str, told: str
) -> None:
    found = FINDING | {"responsible": "back_office", "organization": named}
    answer = office.act(office.handler(), office.case(), "find", **found)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert named in answer.get_data(as_text=True)


def test_a_finding_without_its_choices_is_refused_at_the_fields(office: Office) -> None:
    answer = office.act(office.handler(), office.case(), "find", truth="true")
    assert answer.status_code == 422
    assert 'href="#find-cause"' in answer.get_data(as_text=True)


def test_a_partner_sees_its_task_and_ends_it(office: Office) -> None:
    case, partner = joined(office), office.handler(FOREIGN_UNIT)
    listed = text_of(partner.get("/console/tasks"))
    assert "核对审批用时" in listed
    page = partner.page(path(case))
    assert "办结并反馈牵头单位" in page
    assert "发送答复" not in page
    answer = office.act(partner, case, "partner_done", text="用时两天，符合规定")
    assert answer.status_code == 303
    assert "用时两天，符合规定" in text_of(office.handler().get(path(case)))
    assert "没有待办的会办任务" in text_of(partner.get("/console/tasks"))


def test_units_that_are_no_partners_do_not_see_the_case(office: Office) -> None:
    case = office.case()
    assert office.handler(FOREIGN_UNIT).get(path(case)).status_code == 404


def test_a_partner_cannot_act_for_the_lead(office: Office) -> None:
    case, partner = joined(office), office.handler(FOREIGN_UNIT)
    page = partner.page(path(case))
    for action in ("transfer", "answer", "triage", "appeal", "join"):
        assert f'action="{path(case)}/{action}"' not in page


def test_the_lead_waits_for_its_partner(office: Office) -> None:
    case, handler = joined(office), office.handler()
    answer = office.act(handler, case, "answer", outcome="rectified", text="已整改。")
    assert answer.status_code == 422
    assert "会办任务均已办结或撤销" in answer.get_data(as_text=True)
    office.act(handler, case, "drop_partner", organization=PARTNER_CODE, note="已自行核实")
    office.act(handler, case, "answer", outcome="rectified", text="已整改。")
    assert office.now(case).state is CaseState.REPLIED


def test_an_extension_goes_from_the_unit_to_the_supervisor(office: Office) -> None:
    case, handler, supervisor = office.case(), office.handler(), office.supervisor()
    assert "批准延期" not in supervisor.page(path(case))
    office.act(handler, case, "ask_extension", count="2", note="等待外单位数据")
    assert "待审批" in text_of(handler.get(path(case)))
    office.act(supervisor, case, "grant_extension")
    assert office.now(case).due_at > case.due_at
    assert "已批准" in text_of(handler.get(path(case)))


def test_days_that_are_none_are_refused_at_their_field(office: Office) -> None:
    answer = office.act(office.handler(), office.case(), "ask_extension", count="很多", note="等")
    assert answer.status_code == 422
    assert "ask_extension-count" in answer.get_data(as_text=True)


def test_a_leader_comments_and_the_unit_reads_it(office: Office) -> None:
    case = office.case()
    leader = office.someone(Role.LEADER, organization_id=UNIT)
    assert office.act(leader, case, "direct", note="限期办结，举一反三").status_code == 303
    assert "限期办结，举一反三" in text_of(office.handler().get(path(case)))


def test_outside_our_remit_is_a_ground_of_appeal(office: Office) -> None:
    case = office.case()
    answer = office.act(
        office.handler(), case, "appeal", kind="outside_remit", text="属外省系统，已书面引导。"
    )
    assert answer.status_code == 303
    assert "不属本单位职责" in text_of(office.reviewer().get(path(case)))
