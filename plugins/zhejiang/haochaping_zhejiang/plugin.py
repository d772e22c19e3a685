"""Zhejiang: overdue warnings, urging through 浙政钉, boards of overdue cases and of items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.grading import MeasureSpec
from haochaping.hooks.rectification import CaseView, Rung
from haochaping.hooks.values import Words
from haochaping_zhejiang.ladder import rungs


class Zhejiang(Plugin):
    """What Zhejiang adds to the follow-up of bad reviews.

    The province announced overdue warnings, urging by the government's own messenger
    and a public board of who is late (2019 press conference); the ladder itself was not
    published and stands in the profile.
    """

    name = "zhejiang"
    api_version = 1
    title_zh = "浙江：超期预警与晾晒"
    title_en = "Zhejiang: overdue warnings and board"
    config_schema = "config.schema.json"

    @hookimpl
    def rectification_warnings(self, case: CaseView) -> Iterable[Rung]:
        """Return the profile's ladder before and after the due moment."""
        return rungs(self.config, case)

    @hookimpl
    def message_gateways(self) -> Iterable[MessageGateway]:
        """Add the 浙政钉 robot."""
        title = Words("浙政钉机器人", "Zhezhengding robot")
        return [MessageGateway("zhezhengding", title, "haochaping_zhejiang.robot:make")]

    @hookimpl
    def grading_measures(self) -> Iterable[MeasureSpec]:
        """Add the share of a unit's cases that are open and overdue."""
        label = Words("超期率", "Overdue rate")
        return [MeasureSpec("zhejiang.overdue", label, "cases_open_overdue", "cases_opened")]

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        """Add the boards that the profile wants: overdue organizations, items by score."""
        wanted = (("overdue_board", _OVERDUE), ("item_board", _ITEMS))
        return [board for setting, board in wanted if self.config.get(setting, True)]


_OVERDUE: Final = BoardSpec(
    name="overdue",
    title=Words("超期晾晒榜", "Overdue cases"),
    subject_kind="organization",
    measure="zhejiang.overdue",
    descending=True,
    columns=("on_time_rate",),
    note=Words("超期未答复的差评工单占本期工单的比例", "Share of the period's cases that are late"),
)
_ITEMS: Final = BoardSpec(
    name="item_scores",
    title=Words("事项评分和差评率榜", "Items by bad rate and score"),
    subject_kind="item",
    measure="bad_rate",
    descending=True,
    columns=("mean_score",),
    note=Words("各事项的差评率，附平均得分", "Each item's bad rate, with its mean score"),
)
