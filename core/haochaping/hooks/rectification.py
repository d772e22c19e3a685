"""Hooks and values of the rectification family: how a bad review is put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from haochaping.hooks.evaluation import NOTHING
from haochaping.hooks.kinds import Combine, decides, observes
from haochaping.hooks.values import Duration, Grade, Identity, Occurrence, OccurrenceKey, Words


class CaseState(StrEnum):
    """States of a rectification case (差评工单)."""

    OPENED = "opened"
    VERIFYING = "verifying"
    RECTIFYING = "rectifying"
    EXPLAINING = "explaining"
    APPEALING = "appealing"
    REPLIED = "replied"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    RECTIFIED = "rectified"
    EXPLAINED = "explained"
    VOID = "void"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as plugins see it."""

    key: OccurrenceKey
    public_id: str
    origin_kind: str
    """evaluation | opinion"""
    grade: Grade
    options: tuple[str, ...]
    identity: Identity
    occurrence: Occurrence | None
    organization_id: int
    """The organization that leads."""
    state: CaseState
    complexity: str
    """simple | complex, as triaged; `simple` until somebody says otherwise."""
    opened_at: datetime
    due_at: datetime | None
    """When the reply is due, an exclusive bound."""
    provisional: bool
    at: datetime
    """The moment at which the question is asked."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One deadline of a case.

    kind: `contact`, `reply`, or a plugin's own word. `start`: `opened` or `replied`.
    `cut_off`: `24:00` or `hall_closing`. `holiday_end`: `next_workday` or `stays`.
    `source` names the rule this comes from.
    """

    kind: str
    duration: Duration
    start: str = "opened"
    cut_off: str = "24:00"
    holiday_end: str = "next_workday"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The deadlines of a case, as durations; the core computes the due moments."""

    steps: tuple[PlanStep, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Who handles a case: a lead organization and, if needed, joint ones, by id."""

    lead_organization_id: int
    joint_organization_ids: tuple[int, ...] = ()
    queue: str = "unit"
    """unit | hotline: through which queue the case travels."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the warning ladder of a case.

    `offset` counts from the due moment of the step `deadline`: before it when `before`
    is true. `to`: `handler`, `unit_head`, `supervisor`, `managing_department`.
    `gateways` are names contributed by `message_gateways`; `inbox` is always there.
    """

    level: int
    deadline: str
    offset: Duration
    before: bool
    to: str
    gateways: tuple[str, ...] = ("inbox",)
    text: Words | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A follow-up visit (回访) that is to be made after a case is closed.

    `by`: phone, sms, wechat, in_person. `within` counts from the reply.
    """

    by: str
    within: Duration
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case; `details` names the states left and entered."""

    kind: str
    idempotency_key: str
    case: CaseView
    at: datetime
    details: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class DeadlineEvent:
    """A warning or due moment of a case was reached."""

    idempotency_key: str
    case: CaseView
    deadline: str
    level: int
    """0 is the due moment itself, other levels are rungs of the warning ladder."""
    to: str
    at: datetime


class RectificationHooks:
    """Specs of the rectification family."""

    @decides(Plan, Combine.FIRST)
    def rectification_plan(self, case: CaseView) -> Plan | None:
        """Set the deadlines of a case.

        Kind: decides. When: in the worker, after the case was opened or triaged.
        Combination: first. Failure: the profile's own plan stays; shown to the supervisor.

        :param case: the case.
        :returns: None or a plan that replaces the profile's.
        :since: 1
        """

    @decides(Route, Combine.FIRST)
    def rectification_route(self, case: CaseView) -> Route | None:
        """Say who handles a case.

        Kind: decides. When: in the worker, after the case was opened. Combination: first.
        Failure: the rated organization leads; shown to the supervisor.

        :param case: the case.
        :returns: None or the lead and joint organizations.
        :since: 1
        """

    @decides(Rung, Combine.ALL)
    def rectification_warnings(self, case: CaseView) -> Iterable[Rung]:  # type: ignore[empty-body]
        """Set the warning ladder of a case.

        Kind: decides. When: in the worker, whenever due moments were set. Combination: all;
        an answer replaces the profile's own ladder for the same deadline and level.
        Failure: the profile's ladder stays; shown to the supervisor.

        :param case: the case, with its due moment.
        :returns: rungs before and after the due moment.
        :since: 1
        """

    @decides(Visit, Combine.ALL)
    def rectification_visits(self, case: CaseView) -> Iterable[Visit]:  # type: ignore[empty-body]
        """Say which follow-up visits a case gets.

        Kind: decides. When: in the worker, after the case was closed. Combination: all.
        Failure: the profile's own visits stay; shown to the supervisor.

        :param case: the closed case.
        :returns: the visits to be made.
        :since: 1
        """

    @observes()
    def case_opened(self, event: CaseEvent) -> None:
        """React to a new case.

        Kind: observes. When: in the worker, after commit, in order per case.
        Failure: retried with back-off, then parked and shown.

        :param event: the case, with the idempotency key.
        :since: 1
        """

    @observes()
    def case_moved(self, event: CaseEvent) -> None:
        """React to a case that changed its state.

        Kind: observes. When: in the worker, after commit, in order per case.
        Failure: retried with back-off, then parked and shown.

        :param event: the case; `details["from"]` and `details["to"]` are states.
        :since: 1
        """

    @observes()
    def case_closed(self, event: CaseEvent) -> None:
        """React to the end of a case.

        Kind: observes. When: in the worker, after commit, in order per case.
        Failure: retried with back-off, then parked and shown.

        :param event: the case; `details["outcome"]` says how it ended.
        :since: 1
        """

    @observes()
    def deadline_reached(self, event: DeadlineEvent) -> None:
        """React to a warning or due moment.

        Kind: observes. When: in the worker, once per case, deadline and level.
        Failure: retried with back-off, then parked and shown.

        :param event: the case, the deadline and the level.
        :since: 1
        """
