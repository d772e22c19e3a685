"""What if other weights had counted: both scores of a closed period side by side, none stored.

Places are given among the subjects compared, to those with enough ratings and coverage; ties
share one. Places that the numbers of ratings cannot tell apart share a band: a score is a mean
of marks from 0 to 100, so the Wilson interval of `score / 100` over its ratings is at least as
wide as its own (no value between two bounds spreads more than one that is always at a bound).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection

from haochaping.disclosure.bands import Interval, bands
from haochaping.disclosure.intervals import wilson
from haochaping.grading import scores, scoring
from haochaping.grading.closing import Frozen
from haochaping.grading.formulas import Formulas
from haochaping.grading.scoring import Kept
from haochaping.grading.standings import RankRules, standings
from haochaping.hooks.grading import Standing
from haochaping.hooks.values import Period
from haochaping.profile.indicators import IndicatorTree

FULL: Final = Fraction(100)


@dataclass(frozen=True, slots=True)
class Stand:
    """A score with its place and band; None for no score, and for too little to be ranked."""

    score: Fraction | None
    place: int | None
    band: int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """One subject under the weights that counted, and under the other ones."""

    subject_id: int
    rated: int
    before: Stand
    after: Stand

    @property
    def difference(self) -> Fraction | None:
        """The other score less the one that counted; None where there is one of them only."""
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score


@dataclass(frozen=True, slots=True)
class Rules:
    """By what is scored: the other tree, the formulas of the time, who is ranked."""

    tree: IndicatorTree
    formulas: Formulas
    ranks: RankRules


def beside(
    conn: Connection, period: Period, kind: str, ids: Sequence[int], rules: Rules
) -> tuple[Beside, ...]:
    """Return subjects with both scores, the best under the other weights first."""
    found = {each.subject_id: each for each in scoring.kept(conn, period, kind, ids)}
    was = {each: _rounded(kept.total, kept.places) for each, kept in found.items()}
    now = {each: _again(kept, rules) for each, kept in found.items()}
    before, after = (_stands(each, found, rules.ranks) for each in (was, now))
    lines = (
        Beside(each, kept.inputs.tally.rated, before[each], after[each])
        for each, kept in found.items()
    )
    return tuple(sorted(lines, key=_order))


def _again(kept: Kept, rules: Rules) -> Fraction | None:
    values = scoring.values(rules.formulas, kept.inputs)
    scored = scores.score(rules.tree, values, kept.inputs.hall, kept.inputs.item)
    return _rounded(scores.scaled(scored.total, rules.tree), rules.tree.places)


def _rounded(scaled: int | None, places: int) -> Fraction | None:
    return None if scaled is None else Fraction(scaled, 10**places)


def _stands(
    found: Mapping[int, Fraction | None], kept: Mapping[int, Kept], ranks: RankRules
) -> dict[int, Stand]:
    """Return the stand of every subject by its score."""
    frozen = {each: Frozen(one.inputs.tally, one.inputs.cases) for each, one in kept.items()}
    known = {each: score for each, score in found.items() if score is not None}
    placed = standings(known, frozen, ranks)
    ordered = sorted(placed, key=lambda each: (placed[each].rank, each))
    intervals = [_interval(known[each], kept[each].inputs.tally.rated) for each in ordered]
    banded = dict(zip(ordered, bands(intervals), strict=True))
    return {
        each: Stand(score, _place(placed.get(each)), banded.get(each))
        for each, score in found.items()
    }


def _place(standing: Standing | None) -> int | None:
    return None if standing is None else standing.rank


def _interval(score: Fraction, rated: int) -> Interval | None:
    share = min(Fraction(1), max(Fraction(0), score / FULL))
    return wilson(share * rated, rated)


def _order(line: Beside) -> tuple[bool, Fraction, int]:
    score = line.after.score
    return score is None, -(score or Fraction(0)), line.subject_id
