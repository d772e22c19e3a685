"""The console's navigation: every entry with the permission that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request, url_for

from haochaping.access.policies import PUBLIC, policy_named
from haochaping.access.principals import Principal
from haochaping.hooks.deployment import ConsolePanel
from haochaping.messages import N_
from haochaping.web.i18n import _, words
from haochaping.web.plugin_pages import CONSOLE, OPEN
from haochaping.web.site import site


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the endpoint it leads to, and the permission it needs (empty: any account).

    `count` names the number beside it, if there is one.
    """

    endpoint: str
    title: str
    hint: str
    needs: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    href: str
    title: str
    hint: str = ""
    count: int = 0
    current: bool = False


ENTRIES: Final[Sequence[Entry]] = (
    Entry("home.start", N_("工作台"), ""),
    Entry("queue.listing", N_("差评工单"), N_("按剩余办理时间排列的工单"), "case.read"),
    Entry("queue.contacts", N_("代为联系"), N_("代单位联系评价人"), "case.contact_third_party"),
    Entry("queue.appeals", N_("申诉复核"), N_("复核单位提出的申诉"), "appeal.review"),
    Entry("visits.listing", N_("回访"), N_("办结后回访评价人"), "case.visit"),
    Entry("figures.overview", N_("监督指标"), N_("六项指标及明细"), "figures.exact"),
    Entry("inbox.listing", N_("消息"), N_("到期提醒和通知"), "inbox.read", "unread"),
)
"""The whole navigation, in its order; plugins' panels come behind it."""


def links(principal: Principal, counts: Mapping[str, int]) -> tuple[Link, ...]:
    """Return what the principal may open, with the present page marked."""
    found = [*_own(principal, counts), *_panels(principal)]
    current = max((one.href for one in found if _holds(one.href)), key=len, default="")
    return tuple(
        Link(one.href, one.title, one.hint, one.count, one.href == current) for one in found
    )


def _own(principal: Principal, counts: Mapping[str, int]) -> Iterator[Link]:
    for entry in ENTRIES:
        if _offered(entry) and (not entry.needs or principal.may(entry.needs)):
            hint = _(entry.hint) if entry.hint else ""
            yield Link(url_for(entry.endpoint), _(entry.title), hint, counts.get(entry.count, 0))


def _offered(entry: Entry) -> bool:
    """Say whether the jurisdiction has the matter at all."""
    if entry.needs == "case.contact_third_party":
        return bool(site().profile.rules.access.contact == "third_party")
    return True


def _panels(principal: Principal) -> Iterator[Link]:
    for plugin, panel in site().hooks.contributions("console_panels"):
        policy = policy_named(panel.policy)
        if not policy.needs or principal.may(policy.needs):
            yield Link(_address(plugin, panel), words(panel.title))


def _address(plugin: str, panel: ConsolePanel) -> str:
    base = OPEN if policy_named(panel.policy) == PUBLIC else CONSOLE
    return f"{base}/{plugin}{panel.rule}"


def _holds(href: str) -> bool:
    return request.path == href or request.path.startswith(href + "/")
