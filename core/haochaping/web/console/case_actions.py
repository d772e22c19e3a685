"""Carrying out what a case page asks for: from a posted form to the room's functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import organizations
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words
from haochaping.rectification import (
    appeals,
    audits,
    cases,
    contacts,
    extensions,
    findings,
    joint,
    reopening,
    replies,
    thread,
    visit_results,
    visits,
)
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.context import Context
from haochaping.rectification.findings import Finding, Share
from haochaping.rectification.problems import (
    NeedMissing,
    UnknownOrganization,
    UnknownVisit,
)
from haochaping.rectification.records import Case
from haochaping.rectification.visit_results import Meeting
from haochaping.web.console.case_forms import ANSWER, ARRANGED, AUDIT, MESSAGE, VISITED
from haochaping.web.site import site

_MOMENT: Final = Words(
    "请按“2026-11-20 09:30”写日期和时间", "Write date and time as 2026-11-20 09:30"
)
_MOST_DAYS: Final = 365
_DAYS: Final = Words("请填写天数，例如 3", "Write a number of days, for example 3")
_PERCENT: Final = Words(
    "单位代码后面只写份额，例如 60", "Behind a code stands its share only, such as 60"
)
_DIGITS: Final = 3
_START: Final = MappingProxyType({Outcome.RECTIFIED: "rectify", Outcome.EXPLAINED: "explain"})
_AT: Final = MappingProxyType(
    {Outcome.RECTIFIED: CaseState.RECTIFYING, Outcome.EXPLAINED: CaseState.EXPLAINING}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An action as it was posted: who asks, about which version, with which fields."""

    action: str
    public_id: str
    version: int
    actor: Actor
    fields: Mapping[str, str]
    key: str

    def order(self) -> Order:
        """Return the order that the room carries out."""
        return Order(
            self.public_id,
            self.version,
            self.actor,
            site().clock.now(),
            note=self.fields.get("note", ""),
            public_note=self.fields.get("public_note", ""),
            text=self.fields.get("text", ""),
        )


def carry_out(conn: Connection, case: Case, asked: Asked) -> Case:
    """Do what was asked and return the case as it is then. Raises what the room raises."""
    return _HOW[asked.action](conn, case, asked)


def _plain(call: Callable[[Context, Connection, Order], Case]) -> _How:
    def run(conn: Connection, case: Case, asked: Asked) -> Case:
        return call(site().rectification, conn, asked.order())

    return run


def _answer(conn: Connection, case: Case, asked: Asked) -> Case:
    """Reply with an outcome: the steps that the state still lacks come first."""
    order, outcome = asked.order(), Outcome(asked.fields["outcome"])
    for action in _way(case.state, outcome):
        case = cases.move(site().rectification, conn, action, order)
        order = replace(order, version=case.version)
    return replies.reply(site().rectification, conn, order)


def _way(state: CaseState, outcome: Outcome) -> tuple[str, ...]:
    if state is _AT[outcome]:
        return ()
    start = _START[outcome]
    return ("take_up", start) if state is CaseState.OPENED else (start,)


def _triage(conn: Connection, case: Case, asked: Asked) -> Case:
    order, complexity = asked.order(), asked.fields["complexity"]
    return cases.triage(site().rectification, conn, order, complexity)


def _transfer(conn: Connection, case: Case, asked: Asked) -> Case:
    unit = organizations.find(conn, asked.fields["organization"].strip())
    if unit is None:
        raise UnknownOrganization
    return cases.transfer(site().rectification, conn, asked.order(), unit.id)


def _contact(conn: Connection, case: Case, asked: Asked) -> Case:
    by, reached = asked.fields["by"], asked.fields["reached"] == "yes"
    return contacts.contact(site().rectification, conn, asked.order(), by=by, reached=reached)


def _message(conn: Connection, case: Case, asked: Asked) -> Case:
    key = f"unit:{case.id}:{asked.key}"
    return thread.from_unit(site().rectification, conn, asked.order(), key)


def _appeal(conn: Connection, case: Case, asked: Asked) -> Case:
    return appeals.file(site().rectification, conn, asked.order(), asked.fields["kind"])


def _visited(conn: Connection, case: Case, asked: Asked) -> Case:
    number = asked.fields["visit"]
    if number not in {str(one.id) for one in visits.visits_of(conn, case)}:
        raise UnknownVisit
    context, order = site().rectification, asked.order()
    if asked.fields["satisfied"] == "none":
        return visit_results.attempt(context, conn, order, int(number))
    satisfied = asked.fields["satisfied"] == "yes"
    return visit_results.done(context, conn, order, int(number), satisfied=satisfied)


def _arranged(conn: Connection, case: Case, asked: Asked) -> Case:
    number = asked.fields["visit"]
    if number not in {str(one.id) for one in visits.visits_of(conn, case)}:
        raise UnknownVisit
    meeting = Meeting(asked.fields["place"], _local_moment(asked.fields["meet_at"]))
    context = site().rectification
    return visit_results.arrange(context, conn, asked.order(), int(number), meeting)


def _local_moment(text: str) -> datetime:
    """Return a local date and time. Raises NeedMissing when it is none."""
    try:
        naive = datetime.fromisoformat(text.strip().replace("/", "-")[:16])
    except ValueError:
        raise NeedMissing(_MOMENT, need="meet_at") from None
    return naive.replace(tzinfo=site().rectification.zone).astimezone(UTC)


def _find(conn: Connection, case: Case, asked: Asked) -> Case:
    fields = asked.fields
    finding = Finding(
        truth=fields["truth"],
        reasonable=fields["reasonable"] == "yes",
        malicious=fields["malicious"] == "yes",
        handling=fields["handling"],
        responsible=fields["responsible"],
        cause=fields["cause"],
        improvement=fields["text"],
        process=fields["process"],
        units=tuple(_bearers(conn, fields["organization"])),
    )
    return findings.find(site().rectification, conn, asked.order(), finding)


def _bearers(conn: Connection, text: str) -> Iterator[Share]:
    """Yield the back offices of a text: a line each, its code and its share where there is one.

    Raises UnknownOrganization, or NeedMissing for a share that is no number.
    """
    for line in re.split(r"[\n,，;；、]", unicodedata.normalize("NFKC", text)):
        code, *rest = line.split() or [""]
        if not code:
            continue
        unit = organizations.find(conn, code)
        if unit is None:
            raise UnknownOrganization(_unknown(code), code=code)
        yield Share(unit.id, _percent(" ".join(rest)) if rest else None)


def _unknown(code: str) -> Words:
    return Words(
        f"没有代码为 {code} 的单位，请核对后每行写一个单位代码",
        f"There is no organization {code}: check the code, one a line",
    )


def _percent(text: str) -> int:
    number = text.removesuffix("%").strip()
    if not number.isascii() or not number.isdecimal() or len(number) > _DIGITS:
        raise NeedMissing(_PERCENT, need="organization")
    return int(number)


def _audit(conn: Connection, case: Case, asked: Asked) -> Case:
    return audits.audit(site().rectification, conn, asked.order(), asked.fields["outcome"])


def _join(conn: Connection, case: Case, asked: Asked) -> Case:
    unit, days = _partner(conn, asked), _days(asked)
    return joint.ask(site().rectification, conn, asked.order(), unit, days)


def _drop_partner(conn: Connection, case: Case, asked: Asked) -> Case:
    return joint.drop(site().rectification, conn, asked.order(), _partner(conn, asked))


def _partner(conn: Connection, asked: Asked) -> int:
    unit = organizations.find(conn, asked.fields["organization"].strip())
    if unit is None:
        raise UnknownOrganization
    return unit.id


def _ask_extension(conn: Connection, case: Case, asked: Asked) -> Case:
    return extensions.ask(site().rectification, conn, asked.order(), _days(asked))


def _days(asked: Asked) -> int:
    text = asked.fields["count"].strip()
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:4]) <= _MOST_DAYS:
        raise NeedMissing(_DAYS, need="count")
    return int(text[:4])


_How = Callable[[Connection, Case, Asked], Case]
_HOW: Final[Mapping[str, _How]] = MappingProxyType(
    {
        "take_up": _plain(cases.take_up),
        "rectify": _plain(cases.rectify),
        "explain": _plain(cases.explain),
        "confirm": _plain(cases.confirm),
        "find": _find,
        "join": _join,
        "drop_partner": _drop_partner,
        "partner_done": _plain(joint.done),
        "ask_extension": _ask_extension,
        "grant_extension": _plain(extensions.grant),
        "refuse_extension": _plain(extensions.refuse),
        "direct": _plain(findings.direct),
        "confirm_withdrawal": _plain(
            lambda context, conn, order: cases.move(context, conn, "confirm_withdrawal", order)
        ),
        "send_back": _plain(replies.send_back),
        "reopen": _plain(reopening.reopen),
        "endorse": _plain(appeals.endorse),
        "uphold": _plain(appeals.uphold),
        "reject": _plain(appeals.reject),
        "appeal": _appeal,
        "triage": _triage,
        "transfer": _transfer,
        "contact": _contact,
        VISITED: _visited,
        ARRANGED: _arranged,
        ANSWER: _answer,
        AUDIT: _audit,
        MESSAGE: _message,
    }
)
