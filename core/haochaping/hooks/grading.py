"""Hooks and values of the grading family: how ratings become figures and consequences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from haochaping.hooks.kinds import Combine, contributes, decides, observes
from haochaping.hooks.values import Period, Subject, Words


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one subject in one period, effective ratings only.

    `grades[0]` is unused, `grades[1]` … `grades[5]` count first-round ratings by grade.
    """

    grades: tuple[int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0)
    active: int = 0
    """Of these, ratings by a citizen, hotline operator or paper clerk."""
    served: int = 0
    """Occurrences served."""
    bad_at_first: int = 0
    """Ratings that were bad when first given, whatever became of them."""

    @property
    def rated(self) -> int:
        """Number of effective first-round ratings."""
        return sum(self.grades)

    @property
    def bad(self) -> int:
        """Number of grades 1 and 2."""
        return self.grades[1] + self.grades[2]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Counts over the rectification cases of one subject in one period."""

    opened: int = 0
    due: int = 0
    """Cases whose reply was due in the period."""
    on_time: int = 0
    """Of these, replied by the first due moment plus approved extensions."""
    with_contact_due: int = 0
    """Cases of real-name raters."""
    contacted: int = 0
    """Of these, with a contact record."""
    open_overdue: int = 0
    """Open at the end of the period and past their due moment."""
    reopened: int = 0
    offered: int = 0
    """Services whose visitor was offered an evaluation, as the coverage ledger counts them."""
    to_offer: int = 0
    """Services that ought to have been offered one; 0 for kinds the ledger does not keep."""
    ended: int = 0
    """Of the cases opened, those that ended rectified, explained or void."""
    void: int = 0
    """Of those that ended, the ones whose rating was found void."""
    upheld: int = 0
    """Of those opened, cases whose verification found the complaint true, wholly or in part."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure with its inputs: exact, so that it can be recomputed and rounded once."""

    over: int
    under: int

    @property
    def value(self) -> Fraction | None:
        """The exact quotient, None when there is nothing to divide by."""
        return Fraction(self.over, self.under) if self.under else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stands among those of its kind that are ranked; ties share a rank."""

    rank: int
    of: int
    """Number of subjects ranked."""


@dataclass(frozen=True, slots=True)
class Measures:
    """All a plugin may judge a subject by."""

    tally: Tally
    cases: CaseFacts
    named: Mapping[str, Ratio | None]
    """Named formulas and measures, for example `bad_rate`, `satisfaction`, `zj.overdue`."""
    facts: Mapping[str, Ratio] = field(default_factory=dict)
    """Facts given for the period by name, for example `gd.speed_up`."""
    score: Fraction | None = None
    """The score, rounded; None where there is none."""
    standing: Standing | None = None
    """By score; None for too few ratings, too little coverage, or no score."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator a plugin adds: code in the plugin's own namespace, name of at most 12 signs."""

    code: str
    name: Words
    source: str
    """Name of the formula or measure that feeds it."""


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """A named measure, computed by the core's formula engine from two named counts.

    `over` and `under` are sums of count names joined by ` + `: `grade1` … `grade5`, `rated`,
    `active`, `served`, `bad`, `bad_at_first`, `cases_opened`, `cases_due`, `cases_on_time`,
    `cases_contacted`, `cases_open_overdue`, `cases_reopened`, `cases_ended`,
    `cases_void`, `cases_upheld`, `offered`, `to_offer`.
    """

    name: str
    label: Words
    over: str
    under: str


AWARD_KINDS = ("points", "honour", "penalty", "training", "exchange", "accountability")
"""Kinds of consequences: 加减分, 表彰, 处理, 培训, 交流轮岗, 问责移送."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that shows a consequence to be right: what it is, and where to see it.

    `link` is an address within the site (`/console/cases/…`) or an https address.
    """

    label: Words
    link: str


@dataclass(frozen=True, slots=True)
class Award:
    """A consequence for a subject in a period, with its reason and its evidence.

    kind: one of `AWARD_KINDS`. `points` are hundredths (scaled integer).
    """

    kind: str
    name: Words
    reason: Words
    points: int = 0
    level: int = 0
    """Number of stars of an honour; 0 when it has none."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodEvent:
    """A period was closed and its figures frozen."""

    idempotency_key: str
    period: Period
    at: datetime


class GradingHooks:
    """Specs of the grading family."""

    @contributes(Indicator)
    def grading_indicators(self) -> Iterable[Indicator]:  # type: ignore[empty-body]
        """Add indicators.

        Kind: contributes. Combination: all, codes must be unique.
        Failure: the deployment refuses to start and names the plugin.

        :returns: the indicators added.
        :since: 1
        """

    @contributes(MeasureSpec)
    def grading_measures(self) -> Iterable[MeasureSpec]:  # type: ignore[empty-body]
        """Add named measures over facts and tallies.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start and names the plugin.

        :returns: the measures added.
        :since: 1
        """

    @decides(Award, Combine.SUM)
    def grading_appraise(  # type: ignore[empty-body]
        self, subject: Subject, period: Period, measures: Measures
    ) -> Iterable[Award]:
        """Say what the figures of a subject lead to.

        Kind: decides. When: in the worker, after a month, quarter or year is closed, for
        organizations, halls, windows and staff members. Combination: sum; every award keeps
        its reason.
        Failure: no award from this plugin; shown to the supervisor; no score is invented.

        :param subject: the organization, hall, window or staff member.
        :param period: the closed period.
        :param measures: its figures in that period.
        :returns: points, honours, penalties, training, exchange, referrals.
        :since: 1
        """

    @observes()
    def grading_period_closed(self, event: PeriodEvent) -> None:
        """React to the closing of a period.

        Kind: observes. When: in the worker, once the figures are frozen.
        Failure: retried with back-off, then parked and shown.

        :param event: the period, with its idempotency key.
        :since: 1
        """
