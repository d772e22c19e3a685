"""What there is in a town: ratings, cases, messages, events, boards; nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from haochaping.bulletins.content import Part
from haochaping.bulletins.gathering import Wanted
from haochaping.bulletins.rules import Edition
from haochaping.channels import inspection_results
from haochaping.channels.inspections import Campaign, Found, Sample
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.disclosure.boards import Ask, Board
from haochaping.disclosure.sight import Audience
from haochaping.evaluation.tables import evaluation, opinion
from haochaping.grading import periods
from haochaping.grading.given_facts import Fact
from haochaping.grading.tables import grading_fact, tally_entry
from haochaping.hooks.values import Channel, EvaluationStatus, OccurrenceKey, Words
from haochaping.journal.tables import journal
from haochaping.rectification import deadlines, visits
from haochaping.rectification.progress import Progress, progress_for_rater
from haochaping.rectification.records import Case, by_public_id, from_row, selection
from haochaping.rectification.tables import rectification_case
from haochaping.rectification.timeline import timeline
from haochaping.rectification.visits import VisitRow


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating as it is stored; `key.id` is its own number."""

    key: OccurrenceKey
    receipt: str
    grade: int
    status: EvaluationStatus
    channel: Channel


@dataclass(frozen=True, slots=True)
class Opinion:
    """A rating without a service: an inspection, an event, a review of a hall."""

    id: int
    kind: str
    organization_id: int | None
    grade: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message in the outbox; `receiver` is whom it is for."""

    gateway: str
    receiver: str
    business_id: str
    subject: Words
    body: Words


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the journal."""

    kind: str
    subject: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Survey:
    """A sample that was drawn, its services in the order of the draw, results by unit."""

    campaign: Campaign
    drawn: tuple[Sample, ...]
    found: Mapping[int, Found]


@dataclass(frozen=True, slots=True)
class Seen:
    """Questions about one deployment; wherever a case is asked for, the newest unless told."""

    deployment: Deployment

    def ratings(self) -> tuple[Rating, ...]:
        """Return all ratings in the order in which they came."""
        columns = evaluation.c
        wanted = select(columns.region, columns.served_month, columns.id, columns.receipt)
        wanted = wanted.add_columns(columns.grade, columns.status, columns.channel)
        with self.deployment.store.read() as conn:
            rows = conn.execute(wanted.order_by(columns.received_at, columns.id)).all()
        return tuple(
            Rating(
                OccurrenceKey(row.region, row.served_month, row.id),
                *(row.receipt, row.grade, EvaluationStatus(row.status), Channel(row.channel)),
            )
            for row in rows
        )

    def rating(self, receipt: str) -> Rating:
        """Return the rating with that receipt code. Raises KeyError."""
        for one in self.ratings():
            if one.receipt == receipt:
                return one
        raise KeyError(receipt)

    def opinions(self) -> tuple[Opinion, ...]:
        """Return all opinions in the order of their numbers."""
        row = opinion.c
        wanted = select(row.id, row.kind, row.organization_id, row.grade).order_by(row.id)
        with self.deployment.store.read() as conn:
            return tuple(Opinion(*each) for each in conn.execute(wanted))

    def counted(self) -> int:
        """Return how many lines the ledger of the tallies has: 0 when nothing was counted."""
        with self.deployment.store.read() as conn:
            return int(conn.execute(select(func.count()).select_from(tally_entry)).scalar_one())

    def facts(self) -> tuple[Fact, ...]:
        """Return what was given from elsewhere to feed indicators, by period, subject and name."""
        row = grading_fact.c
        names = (row.period, row.subject_kind, row.subject_id, row.name, row.over, row.under)
        with self.deployment.store.read() as conn:
            found = conn.execute(select(*names).order_by(*names[:4]))
            return tuple(Fact(*each) for each in found)

    def cases(self) -> tuple[Case, ...]:
        """Return all cases, those opened first come first."""
        row = rectification_case.c
        with self.deployment.store.read() as conn:
            found = conn.execute(selection().order_by(row.opened_at, row.id)).mappings()
            return tuple(from_row(each) for each in found)

    def case(self, public_id: str = "") -> Case:
        """Return a case. Raises UnknownCase, and LookupError when there is none at all."""
        if not public_id:
            return self.cases()[-1]
        with self.deployment.store.read() as conn:
            return by_public_id(conn, public_id)

    def due_days(self, public_id: str = "") -> dict[str, date]:
        """Return the last local day of every deadline of a case, by the deadline's name."""
        zone, last = self.deployment.zone, timedelta(microseconds=1)
        with self.deployment.store.read() as conn:
            rows = deadlines.rows_of(conn, self.case(public_id))
        due = {row["kind"]: row["due_at"] for row in rows if row["level"] == 0}
        return {kind: (at - last).astimezone(zone).date() for kind, at in due.items()}

    def history(self, public_id: str = "") -> tuple[str, ...]:
        """Return the kinds of what happened with a case, in order."""
        with self.deployment.store.read() as conn:
            return tuple(entry.kind for entry in timeline(conn, self.case(public_id)))

    def progress(self, public_id: str = "") -> Progress | None:
        """Return what the rater sees of a case; None when there is nothing to see."""
        found, now = self.case(public_id), self.deployment.clock.now()
        with self.deployment.store.read() as conn:
            return progress_for_rater(self.deployment.rectification, conn, found.origin_id, now)

    def visits(self, public_id: str = "") -> tuple[VisitRow, ...]:
        """Return the visits that a case's rater gets."""
        with self.deployment.store.read() as conn:
            return visits.visits_of(conn, self.case(public_id))

    def surveys(self) -> tuple[Survey, ...]:
        """Return the samples that the daily lot drew, the newest first."""
        with self.deployment.store.read() as conn:
            return tuple(
                Survey(
                    each,
                    inspection_results.samples(conn, each.id),
                    inspection_results.by_organization(conn, each.id),
                )
                for each in inspection_results.by_lot(conn)
            )

    def messages(self, gateway: str = "") -> tuple[Sent, ...]:
        """Return the messages of a gateway, of all unless told, in the order they were written."""
        row = message.c
        wanted = select(message).order_by(row.id)
        if gateway:
            wanted = wanted.where(row.gateway == gateway)
        with self.deployment.store.read() as conn:
            found = conn.execute(wanted).all()
        return tuple(
            Sent(
                *(each.gateway, each.receiver, each.business_id),
                Words(each.subject_zh, each.subject_en),
                Words(each.body_zh, each.body_en),
            )
            for each in found
        )

    def events(self, start: str = "") -> tuple[Happened, ...]:
        """Return the events of the journal whose kind begins with `start`, in order."""
        wanted = select(journal.c.kind, journal.c.subject, journal.c.payload)
        wanted = wanted.where(journal.c.kind.startswith(start, autoescape=True))
        with self.deployment.store.read() as conn:
            rows = conn.execute(wanted.order_by(journal.c.seq)).all()
        return tuple(Happened(row.kind, row.subject, json.loads(row.payload)) for row in rows)

    def board(self, name: str, period: str) -> Board:
        """Return a board as a supervisor sees it. Raises UnknownBoard and UnknownPeriod."""
        ask = Ask(name, periods.parse(period), audience=Audience.SUPERVISOR)
        with self.deployment.store.read() as conn:
            boards = self.deployment.disclosing.boards
            return boards.board(conn, ask, self.deployment.clock.now())

    def bulletin(self, period: str, edition: str = "internal") -> Mapping[str, Part]:
        """Return the parts of a bulletin by their headings, with the plugins' sections.

        Raises AssertionError when a plugin failed to add its section, PeriodRuns while the
        period is not over.
        """
        wanted = Wanted(periods.parse(period), Edition(edition))
        gatherer, at = self.deployment.bulletins.gatherer, self.deployment.clock.now()
        found = gatherer.gather(self.deployment.store, wanted, at)
        assert found.missing == ()
        return {one.heading.zh: one for one in found.parts}
