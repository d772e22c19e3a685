"""What the core offers to plugins that keep ratings out of the figures: `services.exclusion`.

A rating that `evaluation_admit` excludes is kept; it only counts nowhere. What is here finds
reasons for people to look into, tells raters, reports what was excluded, and opens the case
of an excluded rating whose substance a supervisor found to be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from haochaping.hooks.services import VerifiedRater
from haochaping.hooks.values import OccurrenceKey, Words


@dataclass(frozen=True, slots=True)
class RaterPattern:
    """What one verified rater's bad ratings of a span add up to; for people to judge.

    `case_no` and `occurrence_no` name the service of the newest one, `organization_id` its
    unit. `malicious` ones ended void after an upheld appeal; `flags` counts integrity flags
    about them that are open or substantiated, by signal.
    """

    person_index: str = field(repr=False)
    case_no: str
    occurrence_no: int
    organization_id: int
    newest_at: datetime
    bad: int
    units: int
    malicious: int
    flags: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ExcludedRating:
    """An excluded rating: its service, its unit, when it came in and the day it would count on.

    `words` are shielded as staff read them, empty where they were not asked for; `case` is the
    public id of the case that a supervisor opened for it, empty without one.
    """

    key: OccurrenceKey
    case_no: str
    occurrence_no: int
    organization_id: int
    grade: int
    received_at: datetime
    counted_on: date
    case: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ExclusionCount:
    """Ratings of an organization that are excluded now, by the month they would count in."""

    organization_id: int
    month: str
    excluded: int
    bad: int


class Exclusion(Protocol):
    """Ratings kept out of the figures: reasons, effect, and the ways back."""

    def patterns(self, since: datetime, least: int) -> Sequence[RaterPattern]:
        """Return verified raters with at least `least` bad ratings since a moment."""
        ...

    def ratings(self, reason: str, organization_ids: Sequence[int]) -> Sequence[ExcludedRating]:
        """Return ratings of units excluded for `reason`, the newest first, 200 at most."""
        ...

    def rating(self, key: OccurrenceKey) -> ExcludedRating | None:
        """Return one excluded rating with its shielded words, None when it is not excluded."""
        ...

    def of_person(self, person_index: str, reason: str) -> Sequence[ExcludedRating]:
        """Return a person's ratings excluded for `reason`, in the order they came in."""
        ...

    def counts(self, reason: str) -> Sequence[ExclusionCount]:
        """Return how many ratings are excluded for `reason`, by organization and month."""
        ...

    def open_case(self, key: OccurrenceKey, *, account_id: int, reason: str) -> str:
        """Open the unit's case for an excluded rating and return its public id.

        For a person who found its substance to be true: the rating stays out of the figures.
        Deadlines count from now. The same rating again returns the same case. Raises
        `HCP-CASE-ORIGIN` when the rating is not excluded.
        """
        ...

    def tell(
        self, case_no: str, occurrence_no: int, business_id: str, words: tuple[Words, Words]
    ) -> str:
        """Tell the verified rater of a service something: subject and text.

        `{site}` in the text stands for the public address of this deployment.
        Returns `sms` when the message is on its way to the number they left, else `letter`:
        nobody was told, a person has to hand the text over. The same business id goes out once.
        """
        ...

    def of_receipt(self, receipt: str) -> VerifiedRater | None:
        """Return the verified rater whose receipt this is; only they hold it. It is not stored."""
        ...
