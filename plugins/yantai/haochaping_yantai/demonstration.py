"""Scenes for `haochaping demo`: a symposium with its outcome, an open day to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from haochaping.hooks.deployment import SceneSetting
from haochaping_yantai.diary import OPEN_DAY, SYMPOSIUM, Plan
from haochaping_yantai.opinions import Said

if TYPE_CHECKING:
    from haochaping_yantai.plugin import Yantai

AHEAD_DAYS: Final = 120
"""Scenes are played in the past; this long after it is still to come."""
_ENTERPRISES: Final = ("演示食品有限公司", "演示机械有限公司", "演示建材有限公司")
_MINUTES: Final = "演示：三家企业受邀，两家到会，提出意见三条。"
_OUTCOME: Final = "演示：三条意见均已交办，其中一条当场答复，一条按差评工单的期限办理。"


def hold_events(plugin: Yantai, setting: SceneSetting) -> None:
    """Hold a symposium with its opinions and publish it; open an open day for registration."""
    who, unit = setting.accounts["supervisor"], setting.organization_id
    now = plugin.services.now()
    plan = Plan(
        SYMPOSIUM,
        "企业开办一件事座谈会",
        "听取企业对开办、变更、注销“一件事”的意见。",
        "政务服务中心 301 会议室",
        unit,
        now - timedelta(hours=2),
        now + timedelta(minutes=30),
        30,
    )
    number = plugin.diary.plan(plan, who)
    plugin.guests.invite(number, _ENTERPRISES, who)
    plugin.diary.open(number, who)
    for one in plugin.guests.of_event(number, who)[:2]:
        plugin.guests.check_in(number, one.code, who)
    plugin.diary.hold(number, who, _MINUTES)
    _write_down(plugin, setting, number)
    plugin.diary.publish(number, who, _OUTCOME)
    _announce(plugin, setting)


def _write_down(plugin: Yantai, setting: SceneSetting, number: int) -> None:
    who, unit = setting.accounts["supervisor"], setting.organization_id
    said = (
        Said(unit, "process", "演示：变更和备案希望一次办完，不要跑两次。", None, True),
        Said(unit, "online", "演示：网上申报的填写说明再简单一些。", None, False),
        Said(unit, "service", "演示：窗口讲解很清楚，希望保持。", 5, False),
    )
    _, *others = (plugin.opinions.record(number, one, who) for one in said)
    for own in others:
        plugin.opinions.answer(own, "演示：已采纳，下月起执行。", who)


def _announce(plugin: Yantai, setting: SceneSetting) -> None:
    who = setting.accounts["supervisor"]
    start = plugin.services.now() + timedelta(days=AHEAD_DAYS)
    plan = Plan(
        OPEN_DAY,
        "走进政务服务中心",
        "参观窗口和后台审批，现场体验评价器。",
        "政务服务中心一楼大厅",
        setting.organization_id,
        start,
        start + timedelta(hours=3),
        60,
    )
    plugin.diary.open(plugin.diary.plan(plan, who), who)
