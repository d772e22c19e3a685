"""The delivery log for whoever runs the system: what arrived, what did not, sending again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.delivery import breaker, log, messages
from haochaping.delivery.log import Line, Wanted
from haochaping.delivery.messages import Attempt
from haochaping.journal import Event
from haochaping.messages import N_
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("messages", "haochaping.web")
HERE: Final = "/console/messages"
MANAGE: Final = "message.manage"

_STATES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        messages.PARKED: (N_("未送达"), "bad"),
        messages.RETRYING: (N_("等待再试"), "warn"),
        messages.QUEUED: (N_("等待发送"), "warn"),
        messages.SENT: (N_("已送达"), "good"),
        messages.DROPPED: (N_("没有发送"), ""),
    }
)
_RECEIVERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handler": N_("承办人"),
        "unit_head": N_("单位负责人"),
        "supervisor": N_("监督人员"),
        "managing_department": N_("主管部门"),
    }
)
_OUTCOMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "sent": (N_("成功"), "good"),
        "retry": (N_("失败，会再试"), "warn"),
        "refused": (N_("被拒绝"), "bad"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the list shows it."""

    line: Line
    subject: str
    gateway: str
    receiver: str
    state: Tag
    when: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the list."""

    title: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Resting:
    """A gateway that keeps failing; `until` is empty when it is not resting."""

    title: str
    failures: int
    until: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list."""

    states: Sequence[Filter]
    gateways: Sequence[Filter]
    resting: Sequence[Resting]
    rows: Sequence[Row]
    more: str


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One message with its attempts, and the messages it became."""

    row: Row
    attempts: Sequence[tuple[Attempt, Tag]]
    children: Sequence[Row]
    may_resend: bool
    done: str


@route(pages, HERE)
def listing() -> str:
    """List messages, the latest first."""
    reach.require_everywhere(MANAGE)
    wanted = Wanted(
        state=_one_of(request.args.get("state", ""), log.STATES),
        gateway=_one_of(request.args.get("gateway", ""), site().gateways.names),
        business_id=request.args.get("about", "")[:220],
    )
    now = site().clock.now()
    with site().store.read() as conn:
        found = log.listing(conn, wanted, request.args.get("before", type=int))
        page = ListPage(
            states=_states(wanted, log.counts(conn)),
            gateways=_gateways(wanted),
            resting=tuple(_resting(one, now) for one in breaker.all_health(conn)),
            rows=_rows(conn, found),
            more=_more(wanted, found),
        )
    return render_template("console/messages.html", page=page)


@route(pages, f"{HERE}/<int:message_id>")
def show(message_id: int) -> str:
    """Show a message, every attempt at it and what each said."""
    reach.require_everywhere(MANAGE)
    with site().store.read() as conn:
        line = log.find(conn, message_id)
        if line is None:
            raise NotFound()
        (row,) = _rows(conn, (line,))
        page = MessagePage(
            row=row,
            attempts=tuple((one, _outcome(one)) for one in messages.attempts(conn, message_id)),
            children=_rows(conn, log.spread_from(conn, message_id)),
            may_resend=line.state in messages.AGAIN,
            done=_("已安排重新发送。") if request.args.get("done") else "",
        )
    return render_template("console/message.html", page=page)


@route(pages, f"{HERE}/<int:message_id>/again", methods=("POST",))
def again(message_id: int) -> Response:
    """Send a message again that did not arrive; its business id stays the same."""
    reach.require_everywhere(MANAGE)
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        if messages.requeue(conn, message_id, at):
            told = {"by": principal().account_id}
            deployment.journal.emit(
                conn, Event("message.resent", f"message:{message_id}", told), at
            )
    return make_response(redirect(f"{HERE}/{message_id}?done=1", 303))


def _one_of(given: str, known: Sequence[str] | frozenset[str]) -> str:
    return given if given in known else ""


def _rows(conn: Connection, found: Sequence[Line]) -> tuple[Row, ...]:
    titles = site().gateways.titles
    return tuple(
        Row(
            line=one,
            subject=words(one.subject),
            gateway=words(titles[one.gateway]) if one.gateway in titles else one.gateway,
            receiver=_receiver(conn, one.receiver),
            state=_state(one),
            when=formats.moment(one.sent_at or one.queued_at),
        )
        for one in found
    )


def _receiver(conn: Connection, receiver: str) -> str:
    kind, _colon, number = receiver.partition(":")
    if kind == "account":
        return accounts.name(conn, int(number))
    return _("评价人") if kind in ("person", "bound") else _(_RECEIVERS.get(receiver, receiver))


def _state(line: Line) -> Tag:
    if line.read_at is not None:
        return Tag(_("已读"), "good")
    text, tone = _STATES[line.state]
    return Tag(_(text), tone)


def _outcome(attempt: Attempt) -> Tag:
    text, tone = _OUTCOMES[attempt.outcome]
    return Tag(_(text), tone)


def _states(wanted: Wanted, counted: Mapping[str, int]) -> tuple[Filter, ...]:
    every = Filter(_("全部"), _href(wanted, state=""), wanted.state == "")
    named = []
    for state in log.STATES:
        count = f" {counted[state]}" if counted.get(state) else ""
        title = _(_STATES[state][0]) + count
        named.append(Filter(title, _href(wanted, state=state), wanted.state == state))
    return (every, *named)


def _gateways(wanted: Wanted) -> tuple[Filter, ...]:
    every = Filter(_("全部"), _href(wanted, gateway=""), wanted.gateway == "")
    named = sorted(site().gateways.titles.items())
    return (
        every,
        *(
            Filter(words(title), _href(wanted, gateway=name), wanted.gateway == name)
            for name, title in named
        ),
    )


def _href(wanted: Wanted, **changes: str) -> str:
    values = {"state": wanted.state, "gateway": wanted.gateway, "about": wanted.business_id}
    kept = {name: value for name, value in (values | changes).items() if value}
    return f"{HERE}?{urlencode(kept)}" if kept else HERE


def _more(wanted: Wanted, found: Sequence[Line]) -> str:
    return _href(wanted, before=str(found[-1].id)) if len(found) == log.SHOWN else ""


def _resting(health: breaker.Health, now: datetime) -> Resting:
    titles = site().gateways.titles
    title = words(titles[health.gateway]) if health.gateway in titles else health.gateway
    until = health.open_until
    return Resting(title, health.failures, formats.moment(until) if until and until > now else "")
