"""Who was warned about a case, through which gateway, and whether they have opened it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.delivery import read_receipts
from haochaping.delivery.gateways import INBOX
from haochaping.delivery.messages import DROPPED, PARKED, SENT
from haochaping.hooks.services import MessageReceipt
from haochaping.messages import N_
from haochaping.rectification import deadlines, notices
from haochaping.web import formats
from haochaping.web.console.case_work import Said
from haochaping.web.console.sight import Sight
from haochaping.web.console.wording import DEADLINES, Tag
from haochaping.web.i18n import _, words
from haochaping.web.site import site

_STATES: Final[Mapping[str, str]] = {
    SENT: N_("已送达"),
    PARKED: N_("没有送到"),
    DROPPED: N_("没有登记接收地址"),
}


def warnings(conn: Connection, seen: Sight, name: Callable[[int | None], str]) -> tuple[Said, ...]:
    """Return the warnings that went out in the case's round; for the supervisor's side only."""
    if not seen.whole:
        return ()
    return tuple(_lines(conn, seen, name))


def _lines(conn: Connection, seen: Sight, name: Callable[[int | None], str]) -> Iterator[Said]:
    titles = site().gateways.titles
    for row in deadlines.rows_of(conn, seen.case):
        if row["state"] != deadlines.REACHED:
            continue
        for one in read_receipts.of_business(conn, notices.business_id(seen.case, row)):
            gateway = titles.get(one.gateway)
            by = one.gateway if gateway is None else words(gateway)
            who = name(one.account_id) or _ROLES.get(row["to"], "")
            yield Said(_(who), formats.moment(row["reached_at"]), _text(row, by), _tag(one))


_ROLES: Final[Mapping[str, str]] = {
    "handler": N_("承办人"),
    "unit_head": N_("单位负责人"),
    "supervisor": N_("监督人员"),
    "managing_department": N_("主管部门"),
}


def _text(row: Mapping[str, Any], by: str) -> str:
    what = _(DEADLINES.get(row["kind"], row["kind"]))
    return f"{what} · {by}"


def _tag(one: MessageReceipt) -> Tag:
    if one.read_at is not None:
        return Tag(_("%(at)s 已读", at=formats.moment(one.read_at)), "good")
    if one.state == SENT and one.gateway != INBOX and one.gateway in site().gateways.with_receipts:
        return Tag(_("未读"), "warn")
    return Tag(_(_STATES.get(one.state, N_("等待发送"))), "warn" if one.state in _LOST else "")


_LOST: Final = (PARKED, DROPPED)
