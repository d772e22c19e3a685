"""Carrying out what a case page asks for: from a posted form to the room's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import organizations
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification import (
    appeals,
    cases,
    contacts,
    reopening,
    replies,
    thread,
    visits,
)
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.context import Context
from haochaping.rectification.problems import UnknownOrganization, UnknownVisit
from haochaping.rectification.records import Case
from haochaping.web.console.case_forms import ANSWER, MESSAGE, VISITED
from haochaping.web.site import site

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
    satisfied = asked.fields["satisfied"] == "yes"
    return visits.done(site().rectification, conn, asked.order(), int(number), satisfied=satisfied)


_How = Callable[[Connection, Case, Asked], Case]
_HOW: Final[Mapping[str, _How]] = MappingProxyType(
    {
        "take_up": _plain(cases.take_up),
        "rectify": _plain(cases.rectify),
        "explain": _plain(cases.explain),
        "confirm": _plain(cases.confirm),
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
        ANSWER: _answer,
        MESSAGE: _message,
    }
)
