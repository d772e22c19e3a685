"""The states of a case and every way from one to another, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words

HANDLE: Final = "case.handle"
CONTACT: Final = "case.contact"
THIRD_PARTY: Final = "case.contact_third_party"
APPEAL: Final = "appeal.file"
REVIEW: Final = "appeal.review"
SUPERVISE: Final = "case.supervise"
VISIT: Final = "case.visit"
RATER: Final = "rater"
SYSTEM: Final = "system"
PARTNER: Final = "partner"
DIRECT: Final = "case.direct"

OPENED, VERIFYING = CaseState.OPENED, CaseState.VERIFYING
RECTIFYING, EXPLAINING = CaseState.RECTIFYING, CaseState.EXPLAINING
APPEALING, REPLIED, CLOSED = CaseState.APPEALING, CaseState.REPLIED, CaseState.CLOSED

AT_WORK: Final = (OPENED, VERIFYING, RECTIFYING, EXPLAINING)
OPEN: Final = (*AT_WORK, APPEALING, REPLIED)

NEEDS: Final = {
    "reason": Words("写明理由", "a reason in words"),
    "text": Words("写明答复内容", "the text of the reply"),
    "contact": Words(
        "实名评价须先联系评价人，或已多次联系未果",
        "a rater who gave a name was reached, or tried often enough",
    ),
    "before_due": Words("仍在办理期限内", "the due moment has not passed"),
    "first_appeal": Words("此前未申诉过", "no earlier appeal in this case"),
    "appeal_in_time": Words("在申诉期限内", "within the time for appeals"),
    "outside_unit": Words("不属于被评价单位", "an account outside the rated unit"),
    "not_endorsed": Words("尚无人审核通过", "nobody has endorsed the appeal yet"),
    "second_person": Words(
        "由另一人先行审核通过", "another reviewer has endorsed the appeal before"
    ),
    "heard": Words(
        "评价人已说明情况，或留给评价人说明的时间已过",
        "the rater has objected, or has had the time to",
    ),
    "answered": Words("以整改或解释办结", "it ended rectified or explained"),
    "in_time": Words("在可重新打开的期限和次数内", "within the time and the number of reopenings"),
    "transfer_left": Words("未超过最多转办次数", "transfers are left"),
    "extension_left": Words(
        "未超过最多延期次数，且没有待批的申请", "extensions are left and none is waiting"
    ),
    "extension_asked": Words("有待批的延期申请", "an extension was asked for"),
    "partners_done": Words("会办任务均已办结或撤销", "no partner's task is open"),
    "own_task": Words("本单位有未办结的会办任务", "an open task of the partner's own"),
    "rating_changed": Words("评价人已修改或撤回评价", "the rater changed or withdrew the rating"),
}
"""Conditions of a move, in words that docs and refusals share."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that can be done to a case.

    before: states in which it can be done. after: the state it leads to, None when the
    state stays. who: any of these permissions is enough; `rater` and `system` are no
    accounts. needs: keys of NEEDS.
    outcome: how the case ends by it; None keeps what the reply said.
    """

    before: tuple[CaseState, ...]
    action: str
    after: CaseState | None
    who: tuple[str, ...]
    words: Words
    needs: tuple[str, ...] = ()
    outcome: Outcome | None = None


MOVES: Final[tuple[Move, ...]] = (
    Move((OPENED,), "take_up", VERIFYING, (HANDLE,), Words("受理核实", "take up")),
    Move(
        (VERIFYING, EXPLAINING),
        "rectify",
        RECTIFYING,
        (HANDLE,),
        Words("开始整改", "start to rectify"),
    ),
    Move(
        (VERIFYING, RECTIFYING),
        "explain",
        EXPLAINING,
        (HANDLE,),
        Words("转为解释说明", "start to explain"),
        ("reason",),
    ),
    Move(
        (RECTIFYING, EXPLAINING),
        "reply",
        REPLIED,
        (HANDLE,),
        Words("答复评价人", "reply to the rater"),
        ("contact", "text", "partners_done"),
    ),
    Move((REPLIED,), "confirm", CLOSED, (SUPERVISE,), Words("确认办结", "confirm and close")),
    Move((REPLIED,), "accept", CLOSED, (RATER,), Words("评价人认可", "the rater accepts")),
    Move(
        (REPLIED,),
        "send_back",
        VERIFYING,
        (SUPERVISE,),
        Words("退回重办", "send the reply back"),
        ("reason",),
    ),
    Move(
        (REPLIED, CLOSED),
        "contest",
        VERIFYING,
        (RATER,),
        Words("评价人不认可，重新打开", "the rater contests, reopened"),
        ("reason", "answered", "in_time"),
    ),
    Move(
        (CLOSED,),
        "reopen",
        VERIFYING,
        (SUPERVISE,),
        Words("监督方重新打开", "reopened by the supervisor"),
        ("reason", "answered"),
    ),
    Move(
        (CLOSED,),
        "visit_unsatisfied",
        VERIFYING,
        (VISIT, RATER),
        Words("回访不满意，重新打开", "unsatisfied at the visit, reopened"),
        ("answered",),
    ),
    Move(
        AT_WORK,
        "appeal",
        APPEALING,
        (APPEAL,),
        Words("提出申诉", "file an appeal"),
        ("reason", "first_appeal", "appeal_in_time"),
    ),
    Move(
        (APPEALING,),
        "endorse",
        None,
        (REVIEW,),
        Words("申诉初审通过", "endorse the appeal"),
        ("reason", "outside_unit", "not_endorsed"),
    ),
    Move(
        (APPEALING,),
        "uphold",
        CLOSED,
        (REVIEW,),
        Words("申诉成立，评价作废", "uphold the appeal, the rating is void"),
        ("reason", "outside_unit", "second_person", "heard"),
        Outcome.VOID,
    ),
    Move(
        (APPEALING,),
        "reject",
        VERIFYING,
        (REVIEW,),
        Words("申诉不成立", "reject the appeal"),
        ("reason", "outside_unit"),
    ),
    Move(
        OPEN,
        "withdraw",
        CLOSED,
        (SYSTEM,),
        Words("联系前评价已改好或撤回", "the rating was changed or withdrawn before any contact"),
        (),
        Outcome.WITHDRAWN,
    ),
    Move(
        OPEN,
        "confirm_withdrawal",
        CLOSED,
        (SUPERVISE,),
        Words("确认评价人自愿修改或撤回", "confirm that the rater changed the rating freely"),
        ("rating_changed",),
        Outcome.WITHDRAWN,
    ),
    Move(
        (*OPEN, CLOSED),
        "void",
        CLOSED,
        (SYSTEM,),
        Words("评价作废", "the rating became void"),
        (),
        Outcome.VOID,
    ),
    Move(
        (CLOSED,),
        "revive",
        OPENED,
        (SYSTEM,),
        Words("撤回后又给差评", "bad again after it was withdrawn"),
    ),
    Move(
        AT_WORK,
        "triage",
        None,
        (HANDLE,),
        Words("判定难易", "triage as simple or complex"),
        ("reason", "before_due"),
    ),
    Move(OPEN, "contact", None, (CONTACT, THIRD_PARTY), Words("联系评价人", "contact the rater")),
    Move(
        (*AT_WORK, APPEALING),
        "transfer",
        None,
        (HANDLE, SUPERVISE),
        Words("转办", "transfer to another organization"),
        ("reason", "transfer_left"),
    ),
    Move(
        (*AT_WORK, REPLIED, APPEALING),
        "find",
        None,
        (HANDLE, SUPERVISE),
        Words("核实认定", "record what was found"),
    ),
    Move(
        AT_WORK,
        "ask_extension",
        None,
        (HANDLE,),
        Words("申请延期", "ask for an extension"),
        ("reason", "before_due", "extension_left"),
    ),
    Move(
        AT_WORK,
        "grant_extension",
        None,
        (SUPERVISE,),
        Words("批准延期", "grant the extension"),
        ("before_due", "extension_asked"),
    ),
    Move(
        (*AT_WORK, APPEALING),
        "refuse_extension",
        None,
        (SUPERVISE,),
        Words("不批准延期", "refuse the extension"),
        ("reason", "extension_asked"),
    ),
    Move(
        AT_WORK,
        "join",
        None,
        (HANDLE, SUPERVISE),
        Words("请其他单位会办", "ask a partner for joint handling"),
        ("text",),
    ),
    Move(
        OPEN,
        "partner_done",
        None,
        (PARTNER,),
        Words("会办办结", "the partner's task is done"),
        ("text", "own_task"),
    ),
    Move(
        (*AT_WORK, APPEALING),
        "drop_partner",
        None,
        (HANDLE, SUPERVISE),
        Words("撤销会办", "take a partner's task back"),
        ("reason",),
    ),
    Move(
        (*AT_WORK, APPEALING),
        "assign",
        None,
        (HANDLE, SUPERVISE),
        Words("分派承办人", "assign to somebody"),
    ),
    Move(
        OPEN,
        "direct",
        None,
        (DIRECT, SUPERVISE),
        Words("领导批示", "leadership comment"),
        ("reason",),
    ),
)
"""The whole machine. No state lacks a way out, and only answered cases can be reopened."""

_BY_ACTION: Final = {move.action: move for move in MOVES}


def move_of(action: str) -> Move:
    """Return the move named `action`. Raises KeyError when there is none."""
    return _BY_ACTION[action]


def moves_from(state: CaseState) -> tuple[Move, ...]:
    """Return what can be done to a case in `state`, in the order of the table."""
    return tuple(move for move in MOVES if state in move.before)


def actions_for(state: CaseState, permissions: frozenset[str]) -> tuple[Move, ...]:
    """Return the moves open to somebody with `permissions`, for the buttons of a page."""
    return tuple(move for move in moves_from(state) if permissions.intersection(move.who))
