"""Words of states and bands as the console shows them, each with its tone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from haochaping.hooks.rectification import CaseState
from haochaping.messages import N_
from haochaping.rectification.machine import MOVES
from haochaping.rectification.moves import STATE_NAMES
from haochaping.web import formats
from haochaping.web.i18n import _, words
from haochaping.worktime import Band

INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with its colour: `tone` is good, warn, bad or empty."""

    text: str
    tone: str = ""


BAND_TONES: Final[Mapping[Band, str]] = MappingProxyType(
    {Band.OVERDUE: "bad", Band.TODAY: "warn", Band.SOON: "soon", Band.NORMAL: "good"}
)

STUCK: Final[Mapping[CaseState, str]] = MappingProxyType(
    {
        CaseState.OPENED: N_("单位还没有受理"),
        CaseState.VERIFYING: N_("正在核实，还没有开始整改"),
        CaseState.RECTIFYING: N_("正在整改，还没有答复"),
        CaseState.EXPLAINING: N_("正在准备解释说明，还没有答复"),
        CaseState.APPEALING: N_("申诉复核中，期限照算"),
        CaseState.REPLIED: N_("已答复，等待评价人或监督人员确认"),
    }
)
"""Where a late case is stuck."""

HAPPENED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "opened": N_("收到差评，工单建立"),
        "released": N_("工单送达承办单位"),
        "planned": N_("确定办理期限"),
        "rescheduled": N_("节假日安排公布，期限重新计算"),
        "rating_changed": N_("评价人修改或撤回了评价"),
        "visited": N_("回访已登记"),
        "visit_attempt": N_("回访没有联系上"),
        "visit_arranged": N_("约定了当面回访"),
        "second_visit_lot": N_("抽签决定是否二次回访"),
        "told": N_("答复已告知评价人"),
        "found_true": N_("评价不计入统计，但内容经核实属实，转单位办理"),
        "alike": N_("答复与其他工单高度相似，请监督人员核对"),
        "evidence": N_("提交了证据材料"),
        "audit_drawn": N_("申诉决定被随机抽中复查"),
        "audited": N_("申诉决定已复查"),
        "visits_failed": N_("回访计划未能生成，需人工安排"),
    }
)
"""What the history says of entries that are no action of anybody."""

DEADLINES: Final[Mapping[str, str]] = MappingProxyType(
    {"contact": N_("联系期限"), "reply": N_("答复期限"), "visit": N_("回访期限")}
)

CONFIRM: Final[Mapping[str, str]] = MappingProxyType(
    {
        "amended": N_("评价人在联系之后改了评价，请确认是否出于自愿"),
        "withdrawn": N_("评价人在联系之后撤回了评价，请确认是否出于自愿"),
    }
)

WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "phone": N_("电话"),
        "relay": N_("平台留言"),
        "in_person": N_("当面"),
        "sms": N_("短信"),
        "wechat": N_("微信"),
    }
)
"""How a rater is contacted or visited."""

_ACTIONS: Final = {move.action: move.words for move in MOVES}


def band_tag(band: Band) -> Tag:
    """Return the band of a due moment as colour and word."""
    return Tag(words(band.label), BAND_TONES[band])


def last_day(due_at: datetime) -> str:
    """Return the last local day before an exclusive due moment."""
    return formats.day(due_at - INSTANT)


def state_name(state: CaseState) -> str:
    """Return a state in words."""
    return words(STATE_NAMES[state])


def happened(kind: str, details: Mapping[str, object] | None) -> str:
    """Return what a line of the history says."""
    if kind == "deadline":
        return _reached(details or {})
    if kind == "rescheduled" and details and "due_at" in details:
        return _rescheduled(details)
    if kind in HAPPENED:
        return _(HAPPENED[kind])
    return words(_ACTIONS[kind]) if kind in _ACTIONS else kind


def _reached(details: Mapping[str, object]) -> str:
    named = str(details.get("deadline", ""))
    deadline = _(DEADLINES[named]) if named in DEADLINES else named
    level = details.get("level", 0)
    if level:
        return _("%(deadline)s提醒已发出（第 %(level)s 级）", deadline=deadline, level=level)
    return _("%(deadline)s已到", deadline=deadline)


def _rescheduled(details: Mapping[str, object]) -> str:
    """Say from which moment to which a due moment moved: it ends before the moment."""
    moments = (datetime.fromisoformat(str(details[name])) for name in ("due_before", "due_at"))
    before, then = (formats.bound(one) for one in moments)
    return _("放假安排有变，答复期限由 %(before)s 改为 %(then)s", before=before, then=then)


def way(by: str) -> str:
    """Return a way of contact in words."""
    return _(WAYS[by]) if by in WAYS else by
