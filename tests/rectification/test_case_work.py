"""Findings, joint handling, extensions, comments: what units and supervisors do to a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from haochaping.grading import periods
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.rectification import CaseState
from haochaping.profile.following_up import HandlingRules
from haochaping.rectification import (
    cases,
    contacts,
    deadlines,
    extension_rows,
    extensions,
    findings,
    joint,
    reopening,
    replies,
    tasks,
)
from haochaping.rectification.actors import Actor
from haochaping.rectification.context import Context
from haochaping.rectification.facts import of as facts_of
from haochaping.rectification.findings import Finding, Share
from haochaping.rectification.machine import DIRECT, PARTNER
from haochaping.rectification.problems import (
    MoveRefused,
    NeedMissing,
    NotPermitted,
    UnknownOrganization,
)
from haochaping.rectification.records import Case
from haochaping.rectification.timeline import timeline

from .conftest import BUREAU, CITY, OFFICE, OTHER, SHANGHAI, World, supervisor

PARTNER_ACTOR = Actor(801, permissions=frozenset({PARTNER}), organization_paths=("/1/20/",))
FOUND = Finding("true", True, False, "immediate", "window_unit", "materials", "公示样本")


def at_work(world: World) -> Case:
    """A case that its unit rectifies, with the rater reached."""
    case = world.do(cases.take_up, world.released(world.open()))
    case = world.do(contacts.contact, case, by="phone", reached=True)
    return world.do(cases.rectify, case)


def limited(world: World, **rules: Any) -> None:
    own = replace(world.context.rules, handling=HandlingRules(**rules))
    world.context = replace(world.context, rules=own)


def need_of(refusal: pytest.ExceptionInfo[NeedMissing]) -> object:
    return refusal.value.fields.get("need")


def test_a_finding_says_what_is_true_and_who_is_responsible(world: World) -> None:
    case = world.do(findings.find, at_work(world), FOUND)
    with world.store.read() as conn:
        found = findings.newest(conn, case)
    assert found is not None
    assert (found.truth, found.responsible, found.cause) == ("true", "window_unit", "materials")
    assert (found.improvement, found.account_id) == ("公示样本", 501)
    assert "case.found" in world.emit.kinds


def test_the_step_of_the_process_that_was_reviewed_is_kept(world: World) -> None:
    looked_into = replace(FOUND, process="  受理环节：材料清单\n公示 ")
    case = world.do(findings.find, at_work(world), looked_into)
    with world.store.read() as conn:
        found = findings.newest(conn, case)
    assert found is not None
    assert found.process == "受理环节：材料清单\n公示"
    world.do(findings.find, case, FOUND)
    with world.store.read() as conn:
        again = findings.newest(conn, case)
    assert again is not None
    assert again.process == ""


def test_the_newest_finding_stands(world: World) -> None:
    case = world.do(findings.find, at_work(world), FOUND)
    case = world.do(findings.find, case, replace(FOUND, truth="untrue"), who=supervisor())
    with world.store.read() as conn:
        found = findings.newest(conn, case)
    assert found is not None
    assert found.truth == "untrue"


@pytest.mark.parametrize("field", ["truth", "handling", "responsible", "cause"])
def test_a_finding_in_other_words_is_refused(world: World, field: str) -> None:
    with pytest.raises(NeedMissing) as refusal:
        world.do(findings.find, at_work(world), replace(FOUND, **{field: "whatever"}))
    assert need_of(refusal) == field


def test_a_responsible_back_office_is_named(world: World) -> None:
    back = replace(FOUND, responsible="back_office")
    with pytest.raises(UnknownOrganization):
        world.do(findings.find, at_work(world), back)
    with pytest.raises(UnknownOrganization):
        world.do(findings.find, at_work(world), replace(back, units=(Share(OTHER), Share(999))))
    world.do(findings.find, at_work(world), replace(back, units=(Share(OTHER),)))


SEVERAL = replace(FOUND, responsible="back_office", units=(Share(OTHER, 40), Share(CITY, 60)))


@pytest.mark.parametrize(
    ("several", "lead", "others"), [("each", OTHER, [CITY]), ("share", CITY, [])]
)
def test_several_back_offices_answer_as_the_profile_counts(
    world: World, several: str, lead: int, others: list[int]
) -> None:
    limited(world, several=several)
    case = world.do(findings.find, at_work(world), SEVERAL)
    told = world.emit.payloads("case.found")[-1]
    assert (told["responsible_organization_id"], told["responsible_others"]) == (lead, others)
    with world.store.read() as conn:
        found = findings.newest(conn, case)
    assert found is not None
    assert found.units == SEVERAL.units
    world.do(findings.find, case, FOUND)
    told = world.emit.payloads("case.found")[-1]
    assert (told["responsible_organization_id"], told["responsible_others"]) == (None, [])


@pytest.mark.parametrize("shares", [(60, 30), (60, None), (101, -1), (0, 100)])
def test_shares_are_given_to_all_and_add_up(world: World, shares: tuple[int, int | None]) -> None:
    units = tuple(map(Share, (OTHER, CITY), shares))
    with pytest.raises(NeedMissing, match="100") as refusal:
        world.do(findings.find, at_work(world), replace(SEVERAL, units=units))
    assert need_of(refusal) == "organization"


def test_a_back_office_is_named_once(world: World) -> None:
    with pytest.raises(NeedMissing, match="一次"):
        world.do(
            findings.find, at_work(world), replace(SEVERAL, units=(Share(OTHER), Share(OTHER)))
        )


def test_a_cause_that_comes_again_for_an_item_is_counted(world: World) -> None:
    first, second = at_work(world), at_work(world)
    world.do(findings.find, first, FOUND)
    with world.store.read() as conn:
        now = world.clock.now()
        assert findings.repeated(conn, second, "materials", now) == 1
        assert findings.repeated(conn, second, "attitude", now) == 0
        assert findings.repeated(conn, first, "materials", now) == 0


def test_a_partner_has_a_task_and_a_due_moment_of_its_own(world: World) -> None:
    case = at_work(world)
    joined = world.do(joint.ask, case, OTHER, 1, text="核对审批时间")
    with world.store.read() as conn:
        (task,) = tasks.tasks_of(conn, joined)
    assert (task.organization_id, task.task, task.state) == (OTHER, "核对审批时间", "open")
    assert task.due_at is not None
    assert task.due_at < joined.due_at == case.due_at
    assert (world.notices[-1].organization_id, world.notices[-1].to) == (OTHER, "handler")


def test_a_partners_task_is_never_due_after_the_case(world: World) -> None:
    case = world.do(joint.ask, at_work(world), OTHER, 60, text="核对")
    with world.store.read() as conn:
        assert tasks.tasks_of(conn, case)[0].due_at == case.due_at


def test_the_lead_replies_once_the_partners_are_done(world: World) -> None:
    case = world.do(joint.ask, at_work(world), OTHER, 1, text="核对审批时间")
    with pytest.raises(NeedMissing) as refusal:
        world.do(replies.reply, case, text="已整改。")
    assert need_of(refusal) == "partners_done"
    case = world.do(joint.done, case, who=PARTNER_ACTOR, text="审批用时两天")
    replied = world.do(replies.reply, case, text="已整改，审批用时两天。")
    assert replied.state is CaseState.REPLIED
    with world.store.read() as conn:
        kinds = [entry.kind for entry in timeline(conn, case)]
    assert kinds.index("join") < kinds.index("partner_done") < kinds.index("reply")


def test_a_partner_ends_its_own_task_only_and_once(world: World) -> None:
    case = world.do(joint.ask, at_work(world), OTHER, 1, text="核对")
    elsewhere = replace(PARTNER_ACTOR, organization_paths=("/1/10/11/",))
    with pytest.raises(NeedMissing):
        world.do(joint.done, case, who=elsewhere, text="完成")
    case = world.do(joint.done, case, who=PARTNER_ACTOR, text="完成")
    with pytest.raises(NeedMissing):
        world.do(joint.done, case, who=PARTNER_ACTOR, text="完成")


def test_a_partner_can_do_nothing_else(world: World) -> None:
    case = world.do(joint.ask, at_work(world), OTHER, 1, text="核对")
    for action in (cases.explain, replies.reply):
        with pytest.raises(NotPermitted):
            world.do(action, case, who=PARTNER_ACTOR, note="x", text="x")


def test_a_task_can_be_taken_back_with_a_reason(world: World) -> None:
    case = world.do(joint.ask, at_work(world), OTHER, 1, text="核对")
    with pytest.raises(NeedMissing):
        world.do(joint.drop, case, OTHER)
    case = world.do(joint.drop, case, OTHER, note="无需会办")
    assert world.do(replies.reply, case, text="已整改。").state is CaseState.REPLIED


@pytest.mark.parametrize(("unit", "error"), [(BUREAU, NeedMissing), (404, UnknownOrganization)])
def test_the_lead_and_unknown_units_are_no_partners(
    world: World, unit: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        world.do(joint.ask, at_work(world), unit, 1, text="核对")


def test_an_extension_is_asked_for_and_granted(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待外单位数据")
    assert case.due_at == case.first_due_at
    granted = world.do(extensions.grant, case, who=supervisor())
    assert granted.due_at == granted.first_due_at == case.due_at + timedelta(days=4)
    with world.store.read() as conn:
        (row,) = extension_rows.of_case(conn, granted)
        moments = {
            (one["kind"], one["level"]): one["due_at"] for one in deadlines.rows_of(conn, granted)
        }
    assert (row.state, row.decided_by) == ("granted", 601)
    assert moments["reply", 0] == granted.due_at
    assert moments["reply", 3] > granted.due_at
    assert "case.extended" in world.emit.kinds


def test_a_reply_within_the_extension_is_on_time(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待外单位数据")
    granted = world.do(extensions.grant, case, who=supervisor())
    world.clock.set(case.due_at + timedelta(hours=1))
    assert not world.do(replies.reply, granted, text="已整改。").late
    month = world.call(_facts)
    assert (month.due, month.on_time) == (1, 1)


def _facts(context: Context, conn: Connection) -> CaseFacts:
    at = (SHANGHAI, datetime(2026, 12, 31, tzinfo=UTC))
    return facts_of(conn, "organization", None, periods.parse("2026-11"), at)[BUREAU]


def test_a_refused_extension_moves_nothing(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待")
    refused = world.do(extensions.refuse, case, who=supervisor(), note="理由不足")
    assert (refused.due_at, refused.extension) == (case.due_at, None)


def test_extensions_are_limited_in_number_and_length(world: World) -> None:
    case = at_work(world)
    with pytest.raises(NeedMissing) as refusal:
        world.do(extensions.ask, case, 11, note="等待")
    assert need_of(refusal) == "count"
    case = world.do(extensions.ask, case, 1, note="等待")
    with pytest.raises(NeedMissing):
        world.do(extensions.ask, case, 1, note="再等")
    case = world.do(extensions.grant, case, who=supervisor())
    with pytest.raises(NeedMissing) as refusal:
        world.do(extensions.ask, case, 1, note="再等")
    assert need_of(refusal) == "extension_left"


def test_nothing_late_becomes_timely_by_an_extension(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待")
    world.clock.set(case.due_at)
    with pytest.raises(NeedMissing) as refusal:
        world.do(extensions.grant, case, who=supervisor())
    assert need_of(refusal) == "before_due"


def test_triage_keeps_the_extension(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待")
    case = world.do(extensions.grant, case, who=supervisor())
    complex_one = world.do(cases.triage, case, "complex", note="涉及多部门")
    simple = world.do(cases.triage, complex_one, "simple", note="已厘清")
    assert simple.due_at == case.due_at < complex_one.due_at


def test_a_new_round_starts_without_the_extension(world: World) -> None:
    case = world.do(extensions.ask, at_work(world), 2, note="等待")
    case = world.do(extensions.grant, case, who=supervisor())
    case = world.do(replies.reply, case, text="已整改。")
    case = world.do(cases.confirm, case, who=supervisor())
    again = world.do(reopening.reopen, case, who=supervisor(), note="抽查不实")
    assert again.extension is None
    assert again.first_due_at == case.first_due_at


def test_transfers_are_limited_and_keep_every_due_moment(world: World) -> None:
    limited(world, transfer_limit=2)
    case = at_work(world)
    due = (case.due_at, case.first_due_at)
    for unit in (OTHER, OFFICE):
        case = world.do(cases.transfer, case, unit, note="职责不符", who=supervisor())
        assert (case.due_at, case.first_due_at) == due
    with pytest.raises(NeedMissing) as refusal:
        world.do(cases.transfer, case, CITY, note="再转", who=supervisor())
    assert need_of(refusal) == "transfer_left"


def test_leadership_comments_stand_in_the_history(world: World) -> None:
    leader = Actor(901, permissions=frozenset({"case.read", DIRECT}))
    case = world.do(findings.direct, at_work(world), who=leader, note="限期办结，举一反三")
    with world.store.read() as conn:
        entry = timeline(conn, case)[-1]
    assert (entry.kind, entry.account_id, entry.note) == ("direct", 901, "限期办结，举一反三")
    with pytest.raises(NotPermitted):
        world.do(findings.direct, case, note="限期办结")


def test_a_reply_like_that_of_another_case_is_flagged(world: World) -> None:
    text = "您好，您反映的材料样本问题已经整改，现已在窗口公示样本。"
    first = world.do(replies.reply, at_work(world), text=text)
    second = world.do(replies.reply, at_work(world), text=text.replace("您好，", ""))
    other = world.do(replies.reply, at_work(world), text="社保卡当日可领，详询大厅。")
    with world.store.read() as conn:
        flags = [entry for entry in timeline(conn, second) if entry.kind == "alike"]
        assert not [entry for entry in timeline(conn, other) if entry.kind == "alike"]
    assert flags[0].details is not None
    assert flags[0].details["public_id"] == first.public_id
    assert int(flags[0].details["percent"]) >= 90


def test_a_closed_case_takes_no_findings(world: World) -> None:
    case = world.do(replies.reply, at_work(world), text="已整改。")
    case = world.do(cases.confirm, case, who=supervisor())
    with pytest.raises(MoveRefused):
        world.do(findings.find, case, FOUND)
