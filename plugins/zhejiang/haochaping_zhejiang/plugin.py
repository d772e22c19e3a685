"""Zhejiang: overdue warnings, urging through 浙政钉, boards of overdue cases and of items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import (
    MessageGateway,
    Page,
    PublicPanel,
    ScheduledJob,
    TableSet,
)
from haochaping.hooks.disclosure import BoardSpec, BulletinView, Section
from haochaping.hooks.grading import MeasureSpec
from haochaping.hooks.rectification import CaseEvent, CaseView, DeadlineEvent, Rung
from haochaping.hooks.values import Words
from haochaping_zhejiang.ladder import rungs

if TYPE_CHECKING:
    from haochaping_zhejiang.shaming import Shaming

_PACKAGE = "haochaping_zhejiang"


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

    @property
    def shaming(self) -> Shaming:
        """The shaming board of this deployment."""
        from haochaping_zhejiang.shaming import Shaming

        return Shaming(self.config, self.services)

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
    def deadline_reached(self, event: DeadlineEvent) -> None:
        """Note that a case is late."""
        self.shaming.heard(event)

    @hookimpl
    def case_moved(self, event: CaseEvent) -> None:
        """Note that a late case was answered."""
        self.shaming.moved(event)

    @hookimpl
    def case_closed(self, event: CaseEvent) -> None:
        """Note that a late case has ended."""
        self.shaming.moved(event)

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the tables of the shaming board."""
        from haochaping_zhejiang.tables import NEUTRAL

        names = (f"{_PACKAGE}.tables:metadata", f"{_PACKAGE}.migrations")
        return [TableSet(*names, neutral=NEUTRAL)]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """Publish the shaming board at nine, on the days that the profile names."""
        return [ScheduledJob("shaming", "0 9 * * *", f"{_PACKAGE}.jobs:publish")]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add the public page of the shaming board."""
        return [Page("/overdue", f"{_PACKAGE}.pages:shaming", "public")]

    @hookimpl
    def public_panels(self) -> Iterable[PublicPanel]:
        """Add the shaming board to the public navigation, where the profile wants one."""
        if not self.config.get("overdue_board", True):
            return []
        return [PublicPanel("overdue", Words("超期晾晒", "Overdue units"), "/overdue")]

    @hookimpl
    def disclosure_sections(self, bulletin: BulletinView) -> Iterable[Section]:
        """Tell a bulletin which units stood on the board of late cases in its period."""
        if not self.config.get("overdue_board", True):
            return []
        period = bulletin.period
        shown = self.shaming.over(period.first, period.last)
        rows = tuple((str(unit), *(f"{n:,}" for n in numbers)) for unit, *numbers in shown)
        if not rows:
            return [Section(_SHAMED, (_NOBODY,))]
        return [Section(_SHAMED, (), _COLUMNS, rows, subjects="organization")]

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


_SHAMED: Final = Words("超期晾晒", "Board of late cases")
_NOBODY: Final = Words("本期没有单位上榜。", "No unit was on the board in this period.")
_COLUMNS: Final = (
    Words("单位", "Unit"),
    Words("上榜次数", "Times"),
    Words("最多超期工单", "Late cases at most"),
    Words("最长超期天数", "Longest delay in days"),
)
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
