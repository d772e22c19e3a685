"""Hooks and values of the disclosure family: what the public sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from haochaping.hooks.grading import Ratio
from haochaping.hooks.kinds import Combine, contributes, decides, observes
from haochaping.hooks.values import Grade, Occurrence, Period, Words


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """A board (榜单): subjects of one kind, ordered by one measure.

    `measure` is a named formula or measure; `descending` puts the largest first.
    `columns` are further measures shown beside it. `audience`: public | console.
    """

    name: str
    title: Words
    subject_kind: str
    measure: str
    descending: bool = False
    columns: tuple[str, ...] = ()
    audience: str = "public"
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A comment on its way to publication: no rater, date only."""

    occurrence: Occurrence | None
    grade: Grade
    text: str
    reply: str
    day: date


@dataclass(frozen=True, slots=True)
class Redaction:
    """A part of a comment's text to be masked: half-open range of characters, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a bulletin: heading, paragraphs and an optional table.

    With `subjects` (`organization`, `hall`, `window` or `item`) each row begins with the id of
    one: the core writes its name there, and leaves out the rows of those it does not know.
    """

    heading: Words
    paragraphs: tuple[Words, ...] = ()
    columns: tuple[Words, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    order: int = 100
    subjects: str = ""


@dataclass(frozen=True, slots=True)
class HonourCount:
    """How many subjects of a kind were given an honour of a level (stars; 0 for none)."""

    subject_kind: str
    name: Words
    level: int
    count: int


@dataclass(frozen=True, slots=True)
class BulletinView:
    """A bulletin (通报) being written: its period and its figures by name.

    `edition`: internal | public. `figures` are the jurisdiction's as shown: counts (`rated`,
    `grade1` … `grade5`, `cases_opened` …), formulas by name as texts, those of the period
    before as `previous.<name>`; None where a figure is withheld. `since` and `until` are the
    moments at which the period begins and is over by the local clock.
    """

    period: Period
    edition: str
    figures: Mapping[str, Any]
    since: datetime | None = None
    until: datetime | None = None
    facts: Mapping[str, Ratio] = field(default_factory=dict)
    """Facts that were given of organizations in the period's months, added up by name."""
    honours: tuple[HonourCount, ...] = ()
    """Honours of the period that stand, once its results are published; empty before."""


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """Something was published: a review batch, a frozen period, a bulletin."""

    kind: str
    idempotency_key: str
    public_id: str
    at: datetime


class DisclosureHooks:
    """Specs of the disclosure family."""

    @contributes(BoardSpec)
    def disclosure_boards(self) -> Iterable[BoardSpec]:  # type: ignore[empty-body]
        """Add boards.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start and names the plugin.

        :returns: the boards added.
        :since: 1
        """

    @decides(Redaction, Combine.ALL)
    def disclosure_redact(self, review: ReviewView) -> Iterable[Redaction]:  # type: ignore[empty-body]
        """Mask parts of a comment before people review it for publication.

        Kind: decides. When: as the comment enters the publication queue. Combination: all.
        Failure: the comment stays unpublished and the failure is shown to the publisher.

        :param review: the comment.
        :returns: ranges to be masked.
        :since: 1
        """

    @decides(Section, Combine.ALL)
    def disclosure_sections(self, bulletin: BulletinView) -> Iterable[Section]:  # type: ignore[empty-body]
        """Add sections to a bulletin.

        The public edition is read by everybody: its sections hold what is public anyway.

        Kind: decides. When: as the bulletin is drafted. Combination: all, sorted by `order`.
        Failure: the draft says which section is missing and why.

        :param bulletin: period, edition and figures.
        :returns: sections.
        :since: 1
        """

    @observes()
    def disclosure_published(self, event: PublishedEvent) -> None:
        """React to a publication.

        Kind: observes. When: in the worker, after commit.
        Failure: retried with back-off, then parked and shown.

        :param event: what was published.
        :since: 1
        """
