"""The console's navigation: every entry with the permission that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from flask import request, url_for

from haochaping.access.policies import PUBLIC, policy_named
from haochaping.access.principals import Principal
from haochaping.hooks.deployment import ConsolePanel
from haochaping.messages import N_
from haochaping.web.console import reach
from haochaping.web.i18n import _, words
from haochaping.web.plugin_pages import CONSOLE, OPEN
from haochaping.web.site import site


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the endpoint it leads to, and the permission it needs (empty: any account).

    `count` names the number beside it, if there is one. `whole` says that the permission is
    needed in the whole deployment.
    """

    endpoint: str
    title: str
    hint: str
    needs: str = ""
    count: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    href: str
    title: str
    hint: str = ""
    count: int = 0
    current: bool = False
    part: str = ""


PARTS: Final[Sequence[tuple[str, Sequence[Entry]]]] = (
    (
        "",
        (
            Entry("home.start", N_("工作台"), ""),
            Entry("inbox.listing", N_("消息"), N_("到期提醒和通知"), "inbox.read", "unread"),
        ),
    ),
    (
        N_("日常办理"),
        (
            Entry("queue.listing", N_("差评工单"), N_("按剩余办理时间排列的工单"), "case.read"),
            Entry(
                "queue.contacts", N_("代为联系"), N_("代单位联系评价人"), "case.contact_third_party"
            ),
            Entry("tasks.listing", N_("会办任务"), N_("其他单位请本单位协助办理"), "case.handle"),
            Entry("visits.listing", N_("回访"), N_("办结后回访评价人"), "case.visit"),
            Entry(
                "window.keys",
                N_("窗口登记"),
                N_("登记咨询和引导服务，出示评价码"),
                "occurrence.record",
            ),
            Entry("hotline.find", N_("电话评价"), N_("接听来电，代录评价"), "rating.hotline"),
            Entry("paper.piles", N_("纸质评价录入"), N_("成批录入纸质评价表"), "rating.paper"),
            Entry(
                "opinions.form", N_("代录综合点评"), N_("记录不针对具体办件的意见"), "opinion.enter"
            ),
        ),
    ),
    (
        N_("审核"),
        (
            Entry("queue.appeals", N_("申诉复核"), N_("复核单位提出的申诉"), "appeal.review"),
            Entry(
                "held.listing", N_("待定评价"), N_("裁定待定和不予计入的评价"), "evaluation.decide"
            ),
            Entry(
                "pressure.listing", N_("受压反映"), N_("评价人反映受到压力"), "evaluation.decide"
            ),
            Entry("integrity.listing", N_("异常提示"), N_("待人工核查的异常"), "evaluation.decide"),
            Entry(
                "publishing.queue", N_("发布审核"), N_("审核要公开的评价和答复"), "review.publish"
            ),
            Entry(
                "typical.listing", N_("典型案例"), N_("从办结工单编写、两人签发"), "typical.sign"
            ),
        ),
    ),
    (
        N_("了解情况"),
        (
            Entry("figures.overview", N_("监督指标"), N_("六项指标及明细"), "figures.exact"),
            Entry(
                "unit_figures.show", N_("本单位数据"), N_("指标和本地问题的回答"), "figures.unit"
            ),
            Entry(
                "analysis.show", N_("差评分析"), N_("原因、事项、时段、异常上升"), "figures.unit"
            ),
            Entry(
                "staff_boards.listing",
                N_("榜单"),
                N_("按地区、单位、窗口、事项比较"),
                "figures.unit",
            ),
            Entry("coverage.show", N_("邀评覆盖"), N_("哪些服务没有邀请评价"), "figures.exact"),
            Entry("opinions.listing", N_("综合点评"), N_("不针对具体办件的意见"), "opinion.read"),
            Entry("inspections.listing", N_("监督查评"), N_("抽样查评及结果"), "inspection.enter"),
        ),
    ),
    (
        N_("考核通报"),
        (
            Entry("scores.listing", N_("得分"), N_("封账月份的指标得分及来历"), "figures.exact"),
            Entry("appraisal.listing", N_("考核"), N_("各期结果、异议、公布"), "appraisal.read"),
            Entry("bulletins.listing", N_("通报"), N_("起草、批准、发布各期通报"), "bulletin.read"),
        ),
    ),
    (
        N_("管理"),
        (
            Entry(
                "catalogue.overview",
                N_("基础数据"),
                N_("地区、机构、大厅、窗口、工号、事项"),
                "catalog.read",
            ),
            Entry("calendars.show", N_("工作日历"), N_("放假和调休安排"), "calendar.manage"),
            Entry("profile.show", N_("运行规则"), N_("各项规则、出处和变更"), "profile.read"),
            Entry("accounts.listing", N_("账号管理"), N_("账号、角色和两步验证"), "account.read"),
            Entry("devices.listing", N_("评价设备"), N_("窗口设备和密钥"), "device.manage"),
            Entry("keys.listing", N_("接口密钥"), N_("业务系统的密钥"), "key.manage"),
            Entry(
                "persons.form",
                N_("个人信息请求"),
                N_("查阅、复制、删除"),
                "person.manage",
                whole=True,
            ),
            Entry("audit.looks", N_("审计"), N_("查看身份、账号变更、日志封存"), "audit.read"),
            Entry(
                "messages.listing",
                N_("消息投递"),
                N_("发出的消息和结果，重新发送"),
                "message.manage",
                whole=True,
            ),
            Entry(
                "exchange.show",
                N_("平台对接"),
                N_("上报、回执、对账、转来的工单"),
                "exchange.manage",
                whole=True,
            ),
            Entry("system.show", N_("运行状态"), N_("后台、消息、插件和配置档"), "system.read"),
        ),
    ),
)
"""The whole navigation in its parts and order; plugins' panels come behind it."""

ENTRIES: Final = tuple(entry for _title, entries in PARTS for entry in entries)
_OF_PLUGINS: Final = N_("本地专题")
FEW: Final = 9
"""As many entries need no headings."""


def links(principal: Principal, counts: Mapping[str, int]) -> tuple[Link, ...]:
    """Return what the principal may open, with the present page marked."""
    found = [*_own(principal, counts), *_panels(principal)]
    current = max((one.href for one in found if _holds(one.href)), key=len, default="")
    return tuple(replace(one, current=one.href == current) for one in found)


def parted(found: Sequence[Link]) -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """Return the entries under their headings, which a short list does without."""
    if len(found) <= FEW:
        return (("", tuple(found)),)
    return tuple((part, tuple(each)) for part, each in groupby(found, key=lambda one: one.part))


def _own(principal: Principal, counts: Mapping[str, int]) -> Iterator[Link]:
    for title, entries in PARTS:
        part = _(title) if title else ""
        for entry in entries:
            if _offered(entry) and _allowed(entry, principal):
                hint = _(entry.hint) if entry.hint else ""
                count = counts.get(entry.count, 0)
                yield Link(url_for(entry.endpoint), _(entry.title), hint, count, part=part)


def _allowed(entry: Entry, principal: Principal) -> bool:
    if entry.whole:
        return reach.everywhere(entry.needs, principal)
    return not entry.needs or principal.may(entry.needs)


def _offered(entry: Entry) -> bool:
    """Say whether the jurisdiction has the matter at all."""
    if entry.needs == "case.contact_third_party":
        return bool(site().profile.rules.access.contact == "third_party")
    if entry.endpoint == "exchange.show":
        return bool(site().exchange.targets)
    return True


def _panels(principal: Principal) -> Iterator[Link]:
    for plugin, panel in site().hooks.contributions("console_panels"):
        policy = policy_named(panel.policy)
        if not policy.needs or principal.may(policy.needs):
            yield Link(_address(plugin, panel), words(panel.title), part=_(_OF_PLUGINS))


def _address(plugin: str, panel: ConsolePanel) -> str:
    base = OPEN if policy_named(panel.policy) == PUBLIC else CONSOLE
    return f"{base}/{plugin}{panel.rule}"


def _holds(href: str) -> bool:
    return request.path == href or request.path.startswith(href + "/")
