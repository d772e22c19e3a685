"""A case as staff see it: the unit little, the supervisor's side everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from haochaping.access import redaction
from haochaping.access.principals import Scope
from haochaping.catalog import subjects
from haochaping.catalog.tables import organization, region
from haochaping.containment import contained
from haochaping.hooks.values import Subject, Words
from haochaping.rectification import appeals, contacts, deadlines, replies, thread, visits
from haochaping.rectification.actors import Actor
from haochaping.rectification.contacts import Contact
from haochaping.rectification.context import Context
from haochaping.rectification.machine import Move
from haochaping.rectification.moves import available, may_see
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.problems import UnknownCase
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.replies import Reply
from haochaping.rectification.thread import Message
from haochaping.rectification.timeline import Entry, timeline
from haochaping.rectification.visits import VisitRow
from haochaping.worktime import Remaining


@dataclass(frozen=True, slots=True)
class UnitView:
    """What the rated unit sees: item, words and date; no window, no time, no person.

    `options` are the codes of the reasons chosen. `moves` are what this account may try.
    """

    public_id: str
    version: int
    state: str
    complexity: str
    outcome: str | None
    item: Words | None
    words: str
    options: tuple[str, ...]
    day: date
    due_day: date
    due_at: datetime
    provisional: bool
    remaining: Remaining | None
    why_due: tuple[Mapping[str, Any], ...]
    contactable: bool
    contacted: bool
    confirm: str | None
    reopened: int
    replies: tuple[Reply, ...]
    messages: tuple[Message, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """What the supervisor's side sees beside the unit's view."""

    case: Case
    unit: UnitView
    organization: Words
    rated_organization: Words
    hall: Words | None
    window: Words | None
    history: tuple[Entry, ...]
    contacts: tuple[Contact, ...]
    deadlines: tuple[Mapping[str, Any], ...]
    visits: tuple[VisitRow, ...]
    appeal_reason: str


def unit_view(
    context: Context, conn: Connection, public_id: str, actor: Actor, now: datetime
) -> UnitView:
    """Return the unit's view. Raises UnknownCase before its release and for the rated person."""
    case = by_public_id(conn, public_id)
    if not may_see(case, actor, now):
        raise UnknownCase
    return _unit_view(context, conn, case, (actor, now), exact=False)


def supervisor_view(
    context: Context, conn: Connection, public_id: str, actor: Actor, now: datetime
) -> SupervisorView:
    """Return everything about a case. Raises UnknownCase for the rated person."""
    case = by_public_id(conn, public_id)
    if not may_see(case, actor, now):
        raise UnknownCase
    return SupervisorView(
        case=case,
        unit=_unit_view(context, conn, case, (actor, now), exact=True),
        organization=_name(conn, "organization", case.organization_id) or Words(""),
        rated_organization=_name(conn, "organization", case.rated_organization_id) or Words(""),
        hall=_name(conn, "hall", case.hall_id),
        window=_name(conn, "window", case.window_id),
        history=timeline(conn, case),
        contacts=contacts.contacts_of(context, conn, case),
        deadlines=deadlines.rows_of(conn, case),
        visits=visits.visits_of(conn, case),
        appeal_reason=appeals.reason(context, conn, case),
    )


def scope_of(conn: Connection, case: Case) -> Scope:
    """Return where a case lies, for asking whether somebody's grants reach it."""
    unit = select(organization.c.path).where(organization.c.id == case.organization_id)
    place = select(region.c.path).where(region.c.code == case.region)
    return Scope(
        region_path=conn.execute(place).scalar() or "",
        organization_path=conn.execute(unit).scalar() or "",
        hall_id=case.hall_id,
        staff_id=case.staff_id,
    )


def rater_words(context: Context, conn: Connection, case: Case) -> str:
    """Return what the rater wrote with the rating as staff read it, empty without words."""
    return redaction.shielded(words_as_written(context, conn, case))


def words_as_written(context: Context, conn: Connection, case: Case) -> str:
    """Return what the rater wrote, for who may see the rater; empty without words."""
    if case.origin_kind != EVALUATION or case.evaluation_id is None:
        return ""
    return context.vault.words_of(conn, case.region, case.served_month, case.evaluation_id)


def _unit_view(
    context: Context, conn: Connection, case: Case, who: tuple[Actor, datetime], *, exact: bool
) -> UnitView:
    actor, now = who
    return UnitView(
        public_id=case.public_id,
        version=case.version,
        state=str(case.state),
        complexity=case.complexity,
        outcome=None if case.outcome is None else str(case.outcome),
        item=_name(conn, "item", case.item_id),
        words=rater_words(context, conn, case),
        options=tuple(case.options),
        day=case.opened_at.astimezone(context.zone).date(),
        due_day=case.due_day,
        due_at=case.due_at,
        provisional=case.provisional,
        remaining=_remaining(context, case, now),
        why_due=_why(conn, case),
        contactable=case.real_name,
        contacted=case.contacted_at is not None,
        confirm=case.confirm,
        reopened=case.reopened,
        replies=replies.replies_of(conn, case.id),
        messages=thread.messages(context, conn, case, exact=exact),
        moves=available(case, actor),
    )


def _why(conn: Connection, case: Case) -> tuple[Mapping[str, Any], ...]:
    """Return how the due moment of the reply came about, a line for each day."""
    for row in deadlines.rows_of(conn, case):
        if row["level"] == 0 and row["due_at"] == case.due_at:
            return tuple(row["lines"])
    return ()


def _remaining(context: Context, case: Case, now: datetime) -> Remaining | None:
    return contained("calendar", lambda: context.calendar.remaining(now, case.due_at)).value


def _name(conn: Connection, kind: str, subject_id: int | None) -> Words | None:
    if subject_id is None:
        return None
    found: Subject | None = subjects.names(conn, kind, {subject_id}).get(subject_id)
    return None if found is None else found.name
