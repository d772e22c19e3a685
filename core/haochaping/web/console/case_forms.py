"""The forms of a case page: which fields each action asks for, in what words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

from haochaping.access.contact import Contact
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.rectification import appeal_rows, audits, findings
from haochaping.rectification.appeal_rows import Appeal
from haochaping.rectification.machine import AT_WORK, HANDLE
from haochaping.rectification.moves import available
from haochaping.rectification.wording import LONGEST
from haochaping.web.console.sight import Sight
from haochaping.web.console.wording import WAYS
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _

TEXT, AREA, CHOICE, HIDDEN = "text", "area", "choice", "hidden"
ANSWER, MESSAGE, VISITED = "answer", "message", "visit"
ARRANGED: Final = "arrange"
AUDIT: Final = "audit"
"""Actions of this page that are no move: a reply with its outcome, a message, a visit made."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, its texts in Chinese; `choices` are pairs of value and text."""

    name: str
    label: str
    kind: str = AREA
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    value: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as the page shows it; `place` is the part of the page where it stands."""

    action: str
    title: str
    send: str
    place: str = "more"
    lead: str = ""
    fields: tuple[Field, ...] = ()
    faults: tuple[FieldFault, ...] = ()

    def id_of(self, name: str) -> str:
        """Return the id of a field on the page."""
        return f"{self.action}-{name}"

    @property
    def quick(self) -> bool:
        """Say whether the form can be sent as it is."""
        return not any(field.required for field in self.fields)

    @property
    def open(self) -> bool:
        """Say whether the form has to be seen at once."""
        shown = (field for field in self.fields if field.kind != HIDDEN)
        return bool(self.faults) or any(field.value for field in shown)


REASON: Final = Field("note", N_("理由"), hint=N_("记入工单历史，评价人看不到。"))
PROGRESS: Final = Field(
    "public_note",
    N_("给评价人看的进展（选填）"),
    TEXT,
    N_("会显示在评价人的进度页上。"),
    required=False,
)
_REPLY: Final = Field(
    "text", N_("答复内容"), hint=N_("写清核实的情况、怎么改的、评价人现在可以怎么办。")
)
OUTCOMES: Final = (
    (str(Outcome.RECTIFIED), N_("已整改")),
    (str(Outcome.EXPLAINED), N_("解释说明")),
)
_KINDS: Final = (
    ("mistaken", N_("误评")),
    ("malicious", N_("恶意差评")),
    ("outside_remit", N_("不属本单位职责且已正确引导")),
)
_WAYS: Final = tuple((by, WAYS[by]) for by in ("phone", "in_person", "relay"))
_SATISFIED: Final = (("yes", N_("满意")), ("no", N_("不满意")), ("none", N_("这次没有联系上")))
_REACHED: Final = (("yes", N_("联系上了")), ("no", N_("没有联系上")))

_YES_NO: Final = (("yes", N_("是")), ("no", N_("否")))


def _choices(known: Mapping[str, Words]) -> tuple[tuple[str, str], ...]:
    return tuple((name, words.zh) for name, words in known.items())


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        form.action: form
        for form in (
            Form("take_up", N_("受理核实"), N_("受理"), "next", fields=(PROGRESS,)),
            Form(
                ANSWER,
                N_("答复评价人"),
                N_("发送答复"),
                "reply",
                N_("答复直接发给评价人；办理结果按下面的选择记入工单。"),
                (
                    Field("outcome", N_("办理结果"), CHOICE, choices=OUTCOMES),
                    Field(
                        "text",
                        N_("答复内容"),
                        hint=N_("写清核实的情况、怎么改的、评价人现在可以怎么办。"),
                    ),
                ),
            ),
            Form("rectify", N_("开始整改"), N_("开始整改"), "next", fields=(PROGRESS,)),
            Form("explain", N_("转为解释说明"), N_("转为解释说明"), fields=(REASON, PROGRESS)),
            Form(
                "contact",
                N_("登记联系情况"),
                N_("登记"),
                "contact",
                fields=(
                    Field("by", N_("联系方式"), CHOICE, choices=_WAYS),
                    Field("reached", N_("结果"), CHOICE, choices=_REACHED),
                    Field("text", N_("联系情况（选填）"), required=False),
                ),
            ),
            Form(
                MESSAGE,
                N_("给评价人留言"),
                N_("发送留言"),
                "contact",
                N_("留言通过平台转达，双方都看不到对方的电话。"),
                (Field("text", N_("留言内容")),),
            ),
            Form(
                "triage",
                N_("判定难易"),
                N_("保存"),
                lead=N_("办理期限按难易计算，从收到评价起算，不从现在起算。"),
                fields=(
                    Field(
                        "complexity",
                        N_("难易"),
                        CHOICE,
                        choices=(("simple", N_("简单")), ("complex", N_("复杂"))),
                    ),
                    REASON,
                ),
            ),
            Form(
                "transfer",
                N_("转办"),
                N_("转办"),
                lead=N_("转给其他单位办理，办理期限不变。"),
                fields=(Field("organization", N_("接收单位代码"), TEXT), REASON),
            ),
            Form(
                "find",
                N_("核实认定"),
                N_("保存认定"),
                lead=N_("新的认定代替旧的，旧的留在历史里；大厅总数不因认定改变。"),
                fields=(
                    Field("truth", N_("是否属实"), CHOICE, choices=_choices(findings.TRUTHS)),
                    Field("reasonable", N_("诉求是否合理"), CHOICE, choices=_YES_NO),
                    Field("malicious", N_("是否疑似恶意"), CHOICE, choices=_YES_NO),
                    Field("handling", N_("处理方式"), CHOICE, choices=_choices(findings.HANDLINGS)),
                    Field(
                        "responsible",
                        N_("责任认定"),
                        CHOICE,
                        choices=_choices(findings.RESPONSIBLE),
                    ),
                    Field("cause", N_("原因"), CHOICE, choices=_choices(findings.CAUSES)),
                    Field(
                        "organization",
                        N_("后台审批单位代码（责任在后台时填）"),
                        hint=N_("每行一个单位，牵头的写第一行；代码后可写份额，合计 100。"),
                        required=False,
                    ),
                    Field("process", N_("检查了哪个流程环节（选填）"), TEXT, required=False),
                    Field("text", N_("举一反三的长效改进（选填）"), required=False),
                ),
            ),
            Form(
                "join",
                N_("请其他单位会办"),
                N_("发出会办任务"),
                lead=N_("本单位牵头并统一答复；会办任务不晚于工单期限，办理期限不变。"),
                fields=(
                    Field("organization", N_("会办单位代码"), TEXT),
                    Field("text", N_("会办任务")),
                    Field("count", N_("几个工作日内办结"), TEXT),
                ),
            ),
            Form(
                "drop_partner",
                N_("撤销会办"),
                N_("撤销会办"),
                fields=(Field("organization", N_("会办单位代码"), TEXT), REASON),
            ),
            Form(
                "partner_done",
                N_("会办办结"),
                N_("办结并反馈牵头单位"),
                "next",
                fields=(Field("text", N_("会办结果")),),
            ),
            Form(
                "ask_extension",
                N_("申请延期"),
                N_("提交申请"),
                lead=N_("由监督人员审批，须在期限届满前批准。"),
                fields=(Field("count", N_("延期天数"), TEXT), REASON),
            ),
            Form("grant_extension", N_("批准延期"), N_("批准延期"), "next"),
            Form("refuse_extension", N_("不批准延期"), N_("不批准延期"), "next", fields=(REASON,)),
            Form(
                "direct",
                N_("领导批示"),
                N_("保存批示"),
                fields=(Field("note", N_("批示内容"), hint=N_("记入工单历史，评价人看不到。")),),
            ),
            Form(
                "appeal",
                N_("提出申诉"),
                N_("提交申诉"),
                lead=N_("每个工单只能申诉一次，由本单位以外的两人复核，办理期限照算。"),
                fields=(
                    Field("kind", N_("申诉类型"), CHOICE, choices=_KINDS),
                    Field("text", N_("申诉理由和依据")),
                ),
            ),
            Form("confirm", N_("确认办结"), N_("确认办结"), "next"),
            Form("send_back", N_("退回重办"), N_("退回重办"), "next", fields=(REASON,)),
            Form(
                "confirm_withdrawal",
                N_("确认评价人自愿变更"),
                N_("确认并办结"),
                "next",
                N_("确认后工单办结；初次差评仍计入统计。"),
            ),
            Form("reopen", N_("重新打开"), N_("重新打开"), fields=(REASON,)),
            Form(
                VISITED,
                N_("登记回访结果"),
                N_("登记回访"),
                "visit",
                N_("评价人不满意的，工单自动重新打开。"),
                (
                    Field("visit", N_("回访任务"), HIDDEN),
                    Field("satisfied", N_("评价人是否满意"), CHOICE, choices=_SATISFIED),
                    Field("text", N_("回访情况（选填）"), required=False),
                ),
            ),
            Form(
                ARRANGED,
                N_("约定当面回访"),
                N_("保存约定"),
                "visit",
                fields=(
                    Field("visit", N_("回访任务"), HIDDEN),
                    Field("place", N_("地点"), TEXT),
                    Field("meet_at", N_("时间"), TEXT, N_("例如 2026-11-20 09:30")),
                ),
            ),
            Form(
                "endorse",
                N_("同意（第一人）"),
                N_("同意，交第二人复核"),
                "review",
                fields=(REASON,),
            ),
            Form(
                "uphold",
                N_("同意（第二人），评价作废"),
                N_("申诉成立，评价作废"),
                "review",
                fields=(REASON,),
            ),
            Form("reject", N_("申诉不成立"), N_("驳回申诉"), "review", fields=(REASON,)),
            Form(
                AUDIT,
                N_("随机复查"),
                N_("保存复查结果"),
                "review",
                N_("只记录复查结论，不改变原决定；结论计入申诉复核质量。"),
                (
                    Field("outcome", N_("复查结论"), CHOICE, choices=_choices(audits.OUTCOMES)),
                    REASON,
                ),
            ),
        )
    }
)
"""Every form by its action, in the order in which a page shows them."""


class OpenVisit(Protocol):
    """A visit to be recorded: its id, and whether it is made in person."""

    @property
    def id(self) -> int:
        """The id of the visit."""
        ...

    @property
    def in_person(self) -> bool:
        """Say whether place and time are to be arranged."""
        ...


def forms_for(seen: Sight, appeal: Appeal | None, open_visit: OpenVisit | None) -> tuple[Form, ...]:
    """Return the forms open to whoever looks at the case, in the order of the table.

    :param appeal: the unit's newest appeal.
    :param open_visit: the visit that this person may record, None without any.
    """
    actions = _actions(seen) - _not_next(seen, appeal)
    found = [form for action, form in FORMS.items() if action in actions]
    if open_visit is not None:
        names = (VISITED, ARRANGED) if open_visit.in_person else (VISITED,)
        own = {"visit": str(open_visit.id)}
        found += [with_values(FORMS[name], own) for name in names]
    return tuple(found)


def audit_form(seen: Sight, appeal: Appeal | None, audit: audits.Audit | None) -> tuple[Form, ...]:
    """Return the form of a re-audit when it waits for whoever looks."""
    return (FORMS[AUDIT],) if audits.may_audit(seen.case, appeal, audit, seen.actor) else ()


def with_values(form: Form, values: Mapping[str, str]) -> Form:
    """Return the form with what was typed or chosen."""
    filled = (replace(one, value=values.get(one.name, "")) for one in form.fields)
    return replace(form, fields=tuple(filled))


def missing(form: Form, values: Mapping[str, str]) -> tuple[FieldFault, ...]:
    """Return what has to be filled in, chosen from the list, or shortened."""
    return tuple(_faults(form, values))


def _faults(form: Form, values: Mapping[str, str]) -> Iterator[FieldFault]:
    for field in form.fields:
        given = values.get(field.name, "").strip()
        if field.required and not given:
            yield FieldFault(form.id_of(field.name), _("请填写：%(label)s", label=_(field.label)))
        elif field.kind == CHOICE and given not in dict(field.choices):
            yield FieldFault(form.id_of(field.name), _("请选择：%(label)s", label=_(field.label)))
        elif len(given) > LONGEST:
            yield FieldFault(form.id_of(field.name), _("最多 %(n)s 字，请精简", n=LONGEST))


def _actions(seen: Sight) -> set[str]:
    moves = {move.action for move in available(seen.case, seen.actor)}
    if seen.case.state in AT_WORK and seen.actor.may(HANDLE):
        moves = (moves - {"reply"}) | {ANSWER}
    if "contact" in moves:
        moves = moves - {"contact"} | _contacts(seen)
    if seen.case.confirm is None:
        moves.discard("confirm_withdrawal")
    return moves - _NOT_NOW


_NOT_NOW: Final = frozenset(
    {"visit_unsatisfied", "ask_extension", "grant_extension", "refuse_extension", "drop_partner"}
)
"""Moves whose forms depend on more than the state: `extra` says whether they fit."""


def extra(seen: Sight, *, asked: bool, joined: bool) -> tuple[Form, ...]:
    """Return the forms of extensions and partners that fit now.

    :param asked: whether an extension waits for its decision.
    :param joined: whether a partner's task is open.
    """
    moves = {move.action for move in available(seen.case, seen.actor)}
    fitting = {"grant_extension", "refuse_extension"} if asked else {"ask_extension"}
    fitting |= {"drop_partner"} if joined else set()
    return tuple(form for action, form in FORMS.items() if action in moves & fitting)


def _not_next(seen: Sight, appeal: Appeal | None) -> set[str]:
    """Return the steps of a review that are another reviewer's, or not next."""
    if appeal is None:
        return set()
    took_part = seen.actor.account_id in (appeal.filed_by, appeal.endorsed_by)
    other = {"uphold"} if appeal.state == appeal_rows.FILED else {"endorse"}
    return {"uphold", "endorse"} if took_part else other


def _contacts(seen: Sight) -> set[str]:
    if seen.contact is Contact.NONE:
        return set()
    return {"contact", MESSAGE} if seen.case.state is not CaseState.CLOSED else set()
