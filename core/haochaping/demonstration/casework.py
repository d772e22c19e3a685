"""Following a bad review: what handler, rater, reviewers and supervisor do about its case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, literal, select

from haochaping.access.principals import Principal
from haochaping.catalog.tables import organization
from haochaping.demonstration import comments
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.fates import DUE, FATES, Step
from haochaping.demonstration.services import moment
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.evaluation import revisions
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity
from haochaping.rectification import (
    appeals,
    cases,
    contacts,
    findings,
    joint,
    reopening,
    replies,
    visit_results,
    visits,
)
from haochaping.rectification.actors import Actor, Order, actor_for
from haochaping.rectification.case_view import scope_of
from haochaping.rectification.findings import Finding
from haochaping.rectification.machine import EXPLAINING, PARTNER
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.records import Case, by_origin
from haochaping.store.types import Flag


@dataclass(frozen=True, slots=True)
class Matter:
    """One bad review that is followed: its receipt, and a name to draw texts by."""

    receipt: Receipt
    tag: str


@dataclass(frozen=True, slots=True)
class Casework:
    """The people who work on cases; each step goes through the same functions as the pages."""

    deployment: Deployment
    cast: Mapping[str, Principal]
    chance: Chance
    timeline: Timeline

    def follow(self, matter: Matter, fate: str) -> None:
        """Have a story's steps happen, each at its moment."""
        with self.deployment.store.read() as conn:
            case = self._case(conn, matter)
        for at, action in self.moments(case, fate):
            self.timeline.at(at, partial(self._do, matter, action))

    def moments(self, case: Case, fate: str) -> Iterator[tuple[datetime, str]]:
        """Yield the actions of a story, each with its moment, in their order."""
        before = case.opened_at
        for step in FATES[fate]:
            before = self._moment(case, step, before)
            yield before, step.action

    def _do(self, matter: Matter, action: str) -> None:
        if action in _BY_RECEIPT:
            _BY_RECEIPT[action](self, matter)
            return
        with self.deployment.store.write() as conn:
            _IN_CASE[action](self, conn, self._case(conn, matter), matter)

    def _case(self, conn: Connection, matter: Matter) -> Case:
        case = by_origin(conn, EVALUATION, matter.receipt.evaluation.id)
        if case is None:
            raise LookupError(f"the bad review {matter.receipt.evaluation} has no case")
        return case

    def _moment(self, case: Case, step: Step, before: datetime) -> datetime:
        """Return when a step happens: never before the one that it follows.

        A case that is due the same day is late before people have done what comes first.
        """
        calendar = self.deployment.calendar
        start = case.due_at if step.after == DUE else case.opened_at
        day = calendar.local_day(start)
        if step.days:
            day = calendar.add_workdays(day, step.days)
        found = moment(day, step.at, calendar.zone)
        if found > before:
            return found
        return moment(calendar.add_workdays(calendar.local_day(before), 1), step.at, calendar.zone)

    def order(
        self, conn: Connection, case: Case, login: str, note: str = "", text: str = ""
    ) -> Order:
        """Return an order of somebody for the case as it is now."""
        actor = actor_for(conn, self.cast[login], scope_of(conn, case))
        at = self.deployment.clock.now()
        return Order(case.public_id, case.version, actor, at, note=note, text=text)


def _plain(login: str, action: str, note: str = "") -> Act:
    def act(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
        order = work.order(conn, case, login, note)
        cases.move(work.deployment.rectification, conn, action, order)

    return act


def _contact(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    text = work.chance.pick(comments.CONTACTS, "contact", matter.tag)
    order = work.order(conn, case, "handler", text=text)
    contacts.contact(work.deployment.rectification, conn, order, by=contacts.PHONE, reached=True)


def _reply(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    explained = case.state is EXPLAINING
    texts = comments.EXPLANATIONS if explained else comments.REPLIES
    text = work.chance.pick(texts, "reply", matter.tag, case.round)
    order = work.order(conn, case, "handler", text=text)
    replies.reply(work.deployment.rectification, conn, order)


def _confirm(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    cases.confirm(work.deployment.rectification, conn, work.order(conn, case, "supervisor"))
    _publish(conn, case)


def _accept(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    at = work.deployment.clock.now()
    cases.accept_as_rater(work.deployment.rectification, conn, case.id, at)
    _publish(conn, case)


def _publish(conn: Connection, case: Case) -> None:
    for one in replies.replies_of(conn, case.id):
        replies.publish(conn, one.id)


def _contest(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    context, at = work.deployment.rectification, work.deployment.clock.now()
    reopening.contest(context, conn, case.id, text=comments.CONTEST, at=at)


def _appeal(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    order = work.order(conn, case, "handler", text=comments.APPEAL)
    appeals.file(work.deployment.rectification, conn, order, "mistaken")


def _reviewed(
    login: str, note: str, decide: Callable[..., Case]
) -> Callable[[Casework, Connection, Case, Matter], None]:
    def act(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
        decide(work.deployment.rectification, conn, work.order(conn, case, login, note))

    return act


def _withdraw(work: Casework, matter: Matter) -> None:
    revisions.withdraw(work.deployment.desk, matter.receipt.code)


def _amend(work: Casework, matter: Matter) -> None:
    better = Draft(
        occurrence="",
        grade=4,
        channel=Channel.QR,
        identity=Identity.PRESUMED,
        idempotency_key=f"amend-{matter.tag}",
        client="demonstration",
    )
    revisions.amend(work.deployment.desk, matter.receipt.code, better)


def _find(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    finding = Finding("true", True, False, "explain", "rule", "materials", "建议简并材料清单")
    findings.find(work.deployment.rectification, conn, work.order(conn, case, "handler"), finding)


def _direct(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    order = work.order(conn, case, "supervisor", comments.DIRECTED)
    findings.direct(work.deployment.rectification, conn, order)


def _join(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    """Ask another unit of the catalogue for help; none where there is only one."""
    partner = _partner(conn, case)
    if partner is not None:
        order = work.order(conn, case, "handler", text=comments.TASK)
        joint.ask(work.deployment.rectification, conn, order, partner[0], 1)


def _partner_done(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    partner = _partner(conn, case)
    if partner is not None:
        order = work.order(conn, case, "handler", text=comments.TASK_DONE)
        actor = Actor(
            order.actor.account_id,
            permissions=frozenset({PARTNER}),
            organization_paths=(partner[1],),
        )
        joint.done(work.deployment.rectification, conn, replace(order, actor=actor))


def _partner(conn: Connection, case: Case) -> tuple[int, str] | None:
    """Return the first unit beside the case's own: its id and path."""
    rows = organization.c
    active = rows.active == literal(True, Flag())
    statement = select(rows.id, rows.path).where(active, rows.id != case.organization_id)
    row = conn.execute(statement.order_by(rows.code).limit(1)).one_or_none()
    return None if row is None else (row.id, row.path)


def _visit(work: Casework, conn: Connection, case: Case, matter: Matter) -> None:
    """Make the visits that are due, where the jurisdiction plans any."""
    for visit in visits.visits_of(conn, case):
        if visit.state == visits.DUE and visit.kind != visits.SECOND:
            order = work.order(conn, case, "supervisor", text=comments.VISITED)
            context = work.deployment.rectification
            visit_results.done(context, conn, order, visit.id, satisfied=True)


Act = Callable[[Casework, Connection, Case, Matter], None]

_IN_CASE: Final[Mapping[str, Act]] = {
    "take_up": _plain("handler", "take_up"),
    "rectify": _plain("handler", "rectify"),
    "explain": _plain("handler", "explain", "诉求没有法定依据，向办事人说明"),
    "contact": _contact,
    "reply": _reply,
    "confirm": _confirm,
    "accept": _accept,
    "contest": _contest,
    "confirm_withdrawal": _plain("supervisor", "confirm_withdrawal", "已核实系自愿修改"),
    "find": _find,
    "direct": _direct,
    "join": _join,
    "partner_done": _partner_done,
    "visit": _visit,
    "appeal": _appeal,
    "endorse": _reviewed("reviewer1", comments.ENDORSED, appeals.endorse),
    "uphold": _reviewed("reviewer2", comments.UPHELD, appeals.uphold),
    "reject": _reviewed("reviewer1", comments.REJECTED, appeals.reject),
}
_BY_RECEIPT: Final[Mapping[str, Callable[[Casework, Matter], None]]] = {
    "withdraw": _withdraw,
    "amend": _amend,
}
