"""Values that hooks are asked about in tests and checks, complete unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any, Final, get_type_hints

from haochaping.hooks.disclosure import BulletinView, HonourCount, PublishedEvent, ReviewView
from haochaping.hooks.evaluation import EvaluationEvent, EvaluationView, Submission
from haochaping.hooks.grading import CaseFacts, Measures, PeriodEvent, Ratio, Tally
from haochaping.hooks.rectification import CaseEvent, CaseState, CaseView, DeadlineEvent
from haochaping.hooks.specs import Spec
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Grade,
    Identity,
    Occurrence,
    OccurrenceKey,
    Period,
    Provenance,
    RaterRole,
    Subject,
    UnitRef,
    Words,
)

AT: Final = datetime(2026, 11, 16, 2, tzinfo=UTC)
"""Monday 10:00 in Shanghai."""

Passed = Mapping[str, Any]
"""The arguments of one call of a hook."""


def unit(number: int = 1, name: str = "区审批局") -> UnitRef:
    """Return a unit of the catalogue."""
    return UnitRef(number, f"U{number}", Words(name, f"Unit {number}"))


def occurrence(**changes: Any) -> Occurrence:
    """Return a service at a window, served an hour before `AT`."""
    whole = Occurrence(
        key=OccurrenceKey("110101", 202611, 1),
        case_no="C1",
        no=1,
        stage="conclusion",
        service_channel="hall",
        item=unit(7, "居住证办理"),
        organization=unit(),
        hall=unit(5, "区政务服务中心"),
        window=unit(6, "3号窗口"),
        staff=unit(8, "0007"),
        served_at=AT - timedelta(hours=1),
        staff_organization_id=1,
    )
    return replace(whole, **changes)


def submission(**changes: Any) -> Submission:
    """Return a satisfied rating that wants in."""
    whole = Submission(
        occurrence=occurrence(),
        round=1,
        grade=Grade.SATISFIED,
        options=(),
        text="",
        channel=Channel.WEB,
        provenance=Provenance.CITIZEN,
        identity=Identity.PRESUMED,
        rater_role=RaterRole.APPLICANT,
        person_index=None,
        at=AT,
    )
    return replace(whole, **changes)


def evaluation(**changes: Any) -> EvaluationView:
    """Return a stored satisfied rating."""
    whole = EvaluationView(
        key=OccurrenceKey("110101", 202611, 2),
        occurrence=occurrence(),
        round=1,
        grade=Grade.SATISFIED,
        options=(),
        has_text=False,
        channel=Channel.WEB,
        provenance=Provenance.CITIZEN,
        identity=Identity.PRESUMED,
        rater_role=RaterRole.APPLICANT,
        status=EvaluationStatus.EFFECTIVE,
        submitted_at=AT,
        received_at=AT,
    )
    return replace(whole, **changes)


def evaluation_event(kind: str = "recorded", **changes: Any) -> EvaluationEvent:
    """Return an event of a stored rating; `changes` are the rating's."""
    told: Passed = {"amended": {"previous_grade": 1}, "voided": {"reason": "duplicate"}}
    details: Passed = told.get(kind, {})
    return EvaluationEvent(kind, f"{kind}-1", evaluation(**changes), AT, details)


def case(**changes: Any) -> CaseView:
    """Return the case of a bad rating, opened at `AT` and due five days later."""
    whole = CaseView(
        key=OccurrenceKey("110101", 202611, 3),
        public_id="7K2M9QX4TZ",
        origin_kind="evaluation",
        grade=Grade.DISSATISFIED,
        options=(),
        identity=Identity.PRESUMED,
        occurrence=occurrence(),
        organization_id=1,
        state=CaseState.OPENED,
        complexity="simple",
        opened_at=AT,
        due_at=AT + timedelta(days=5),
        provisional=False,
        at=AT,
    )
    return replace(whole, **changes)


def case_event(kind: str = "opened", **changes: Any) -> CaseEvent:
    """Return an event of a case; `changes` are the case's."""
    details = {
        "moved": {"from": "opened", "to": "verifying"},
        "closed": {"outcome": "rectified"},
    }.get(kind, {})
    return CaseEvent(kind, f"{kind}-1", case(**changes), AT, details)


def deadline_event(level: int = 0, **changes: Any) -> DeadlineEvent:
    """Return a due moment (level 0) or a warning that was reached."""
    return DeadlineEvent(f"deadline-{level}", case(**changes), "reply", level, "handler", AT)


def review(text: str = "办得很快，谢谢。", **changes: Any) -> ReviewView:
    """Return a comment on its way to publication."""
    whole = ReviewView(occurrence(), Grade.SATISFIED, text, "", date(2026, 11, 16))
    return replace(whole, **changes)


def period(year: int = 2026, month: int = 10) -> Period:
    """Return a month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(f"{year}-{month:02}", first, following - timedelta(days=1))


def subject(kind: str = "organization", number: int = 1, **changes: Any) -> Subject:
    """Return something that figures are kept of."""
    whole = Subject(kind, number, Words("区审批局", "Unit 1"), "110101", f"U{number}")
    return replace(whole, **changes)


def measures(grades: tuple[int, ...] = (0, 2, 1, 3, 10, 84), **named: Ratio | None) -> Measures:
    """Return the figures of a subject; `named` adds measures or replaces them."""
    counts = (grades[0], grades[1], grades[2], grades[3], grades[4], grades[5])
    rated, bad = sum(counts), counts[1] + counts[2]
    tally = Tally(counts, active=rated, served=rated + 20, bad_at_first=bad)
    cases = CaseFacts(opened=bad, due=bad, on_time=bad, with_contact_due=bad, contacted=bad)
    formulas = {
        "bad_rate": Ratio(bad, rated),
        "satisfaction": Ratio(rated - bad, rated),
        "strict_satisfaction": Ratio(counts[5], rated),
        "active_rate": Ratio(rated, rated + 20),
        "on_time_rate": Ratio(bad, bad),
        "callback_rate": Ratio(bad, bad),
        "mean_score": Ratio(9400, 1000),
    }
    return Measures(tally, cases, MappingProxyType({**formulas, **named}))


def period_event() -> PeriodEvent:
    """Return the closing of a month."""
    return PeriodEvent("period-1", period(), AT)


def bulletin(edition: str = "internal", **figures: Any) -> BulletinView:
    """Return a bulletin that is being written."""
    month = period()
    since, until = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)
    return BulletinView(
        month,
        edition,
        MappingProxyType({"rated": 100, "bad": 3, **figures}),
        since,
        until,
        MappingProxyType({"sample.saved": Ratio(30, 100)}),
        (HonourCount("window", Words("服务之星", "Star"), 5, 2),),
    )


def published_event(kind: str = "review.published") -> PublishedEvent:
    """Return a publication."""
    return PublishedEvent(kind, "published-1", "review:1", AT)


def passed(spec: Spec) -> Passed:
    """Return the arguments with which a hook is asked. Raises KeyError for an unknown type."""
    hints = get_type_hints(spec.function)
    made = {name: _BUILDERS[hints[name]]() for name in spec.parameters}
    return {**made, **_OF_HOOK.get(spec.name, {})}


def golden() -> tuple[Submission, ...]:
    """Return the golden evaluations: every grade, channel and identity, agents, second rounds."""
    kinds = list(product(Grade, Channel, Identity))
    return tuple(_golden(number, *kind) for number, kind in enumerate(kinds, start=1))


def _golden(number: int, grade: Grade, channel: Channel, identity: Identity) -> Submission:
    paper, phone = channel is Channel.PAPER, channel is Channel.HOTLINE
    by = Provenance.PAPER_CLERK if paper else Provenance.HOTLINE_OPERATOR
    key = OccurrenceKey("110101", 202611, number)
    known = identity is not Identity.ANONYMOUS
    return submission(
        occurrence=occurrence(key=key, case_no=f"C{number}", item_sensitive=number % 7 == 0),
        grade=grade,
        channel=channel,
        identity=identity,
        text="等了很久，没有人理。" if grade <= Grade.DISSATISFIED else "",
        provenance=by if paper or phone else Provenance.CITIZEN,
        rater_role=RaterRole.AGENT if number % 5 == 0 else RaterRole.APPLICANT,
        round=2 if number % 11 == 0 else 1,
        person_index=f"{number:064x}" if known else None,
        at=AT + timedelta(minutes=number),
    )


def every(spec: Spec) -> Iterator[Passed]:
    """Yield the arguments of a hook in many plain variations: each golden evaluation's."""
    base = passed(spec)
    for one in golden():
        yield {name: _like(value, one) for name, value in base.items()}


def _like(value: Any, golden_one: Submission) -> Any:
    """Return `value` as it would be for a golden evaluation."""
    same: dict[str, Any] = {"grade": golden_one.grade, "identity": golden_one.identity}
    if isinstance(value, Submission):
        return golden_one
    if isinstance(value, Occurrence):
        return golden_one.occurrence
    if isinstance(value, Channel):
        return golden_one.channel
    if isinstance(value, EvaluationView):
        more: dict[str, Any] = {"channel": golden_one.channel, "round": golden_one.round}
        return replace(value, occurrence=golden_one.occurrence, **same, **more)
    if isinstance(value, CaseView):
        complexity = "complex" if golden_one.occurrence.key.id % 2 else "simple"
        return replace(value, occurrence=golden_one.occurrence, complexity=complexity, **same)
    if isinstance(value, ReviewView):
        return replace(value, grade=golden_one.grade, text=golden_one.text)
    return value


_OF_HOOK: Final[Mapping[str, Passed]] = MappingProxyType(
    {
        "evaluation_amended": {"event": evaluation_event("amended")},
        "evaluation_voided": {"event": evaluation_event("voided")},
        "case_moved": {"event": case_event("moved", state=CaseState.VERIFYING)},
        "case_closed": {"event": case_event("closed", state=CaseState.CLOSED)},
        "rectification_visits": {"case": case(state=CaseState.CLOSED)},
    }
)

_BUILDERS: Final[Mapping[type, Callable[[], Any]]] = MappingProxyType(
    {
        Occurrence: occurrence,
        Channel: lambda: Channel.WEB,
        Submission: submission,
        EvaluationView: evaluation,
        EvaluationEvent: evaluation_event,
        CaseView: case,
        CaseEvent: case_event,
        DeadlineEvent: deadline_event,
        ReviewView: review,
        BulletinView: bulletin,
        PublishedEvent: published_event,
        Subject: subject,
        Period: period,
        Measures: measures,
        PeriodEvent: period_event,
    }
)
