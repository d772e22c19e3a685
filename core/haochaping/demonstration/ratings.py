"""What raters say about a service: grade, reasons, words, by which way and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from haochaping.demonstration import comments
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.services import Service
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Grade, Identity, Provenance
from haochaping.indicators.options import OptionList

RATED: Final = 0.72
"""Share of services that are rated."""

GRADES: Final = ((5, 76.0), (4, 14.5), (3, 5.5), (2, 2.4), (1, 1.6))
CHANNELS: Final = (
    (Channel.WINDOW_DEVICE, 38.0),
    (Channel.QR, 34.0),
    (Channel.SMS, 12.0),
    (Channel.MOBILE, 7.0),
    (Channel.WEB, 4.0),
    (Channel.HOTLINE, 3.0),
    (Channel.PAPER, 2.0),
)
_BROUGHT: Final = {
    Channel.HOTLINE: Provenance.HOTLINE_OPERATOR,
    Channel.PAPER: Provenance.PAPER_CLERK,
}
_AT_ONCE: Final = 3
_WITH_WORDS: Final = {Grade.VERY_SATISFIED: 0.06, Grade.SATISFIED: 0.08, 3: 0.1, 2: 0.8, 1: 0.85}


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater says, and how long after the push."""

    grade: int
    options: tuple[str, ...]
    text: str
    channel: Channel
    after: timedelta


@dataclass(frozen=True, slots=True)
class Raters:
    """Draws what raters say."""

    chance: Chance
    options: OptionList
    reasons_shown: int

    def rating(self, service: Service) -> Rating | None:
        """Return the rating of a service; None when nobody rates it.

        A service with a fate is rated badly, by the holder of its link.
        """
        key = service.case_no
        if service.fate:
            grade = self.chance.pick((1, 2), "bad", key)
            return self._rating(grade, Channel.QR, timedelta(minutes=20), key)
        if self.chance.share("rated", key) > RATED:
            return None
        channel = self.chance.weighted(CHANNELS, "channel", key)
        return self._rating(self._grade(service), channel, self._after(channel, key), key)

    def of_grade(self, service: Service, grade: int) -> Rating:
        """Return a rating with a given grade, without words."""
        key = service.case_no
        channel = self.chance.weighted(CHANNELS, "channel", key)
        return Rating(grade, self._options(grade, key), "", channel, timedelta())

    def _rating(self, grade: int, channel: Channel, after: timedelta, key: str) -> Rating:
        return Rating(grade, self._options(grade, key), self._text(grade, key), channel, after)

    def _grade(self, service: Service) -> int:
        """Draw a grade; the busiest counters are a little worse than the others."""
        worse = 1.6 if service.counter.window.endswith("1") else 0.8
        weights = [(grade, share * (worse if grade < 3 else 1.0)) for grade, share in GRADES]
        return self.chance.weighted(weights, "grade", service.case_no)

    def _options(self, grade: int, key: str) -> tuple[str, ...]:
        offered = self.options.reasons(Grade(grade), self.reasons_shown)
        count = self.chance.between(1 if grade < 3 else 0, 2, "options", key)
        drawn = (self.chance.pick(offered, "option", key, n).code for n in range(count))
        return tuple(dict.fromkeys(drawn))

    def _text(self, grade: int, key: str) -> str:
        if self.chance.share("words", key) > _WITH_WORDS[grade]:
            return ""
        return self.chance.pick(comments.BAD if grade < 3 else comments.GOOD, "text", key)

    def _after(self, channel: Channel, key: str) -> timedelta:
        if channel is Channel.WINDOW_DEVICE:
            return timedelta(minutes=self.chance.between(1, _AT_ONCE, "after", key))
        return timedelta(minutes=self.chance.between(2, 240, "after", key))


def draft(rating: Rating, code: str, key: str) -> Draft:
    """Return the rating as it comes in through a link; `key` makes it come in once."""
    return Draft(
        occurrence=code,
        grade=rating.grade,
        options=rating.options,
        text=rating.text,
        channel=rating.channel,
        provenance=_BROUGHT.get(rating.channel, Provenance.CITIZEN),
        identity=Identity.PRESUMED,
        idempotency_key=key,
        client="demonstration",
    )
