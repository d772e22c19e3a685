"""What rose too much to be luck: one rule, robust where numbers are small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import exp, lgamma

from haochaping.analysis.reading import Rate
from haochaping.analysis.rules import AnomalyRules


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that is compared with itself: its ratings now and in the months before."""

    kind: str
    id: int
    now: Rate
    before: Rate


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A rise that is no luck. `times` is None where there were no bad ratings before.

    `reason` is the code of what at least half of the bad ratings name, empty without one.
    """

    watched: Watched
    chance: float
    times: Fraction | None
    reason: str = ""
    reason_count: int = 0


def find(watched: list[Watched], rules: AnomalyRules) -> list[Anomaly]:
    """Return what rose too much, the least likely first."""
    compared = [one for one in watched if min(one.now.rated, one.before.rated) >= rules.min_n]
    found = []
    for one in compared:
        if one.now.bad < rules.min_bad or not _rose(one, rules):
            continue
        chance = chance_of(one.now, one.before)
        if chance < rules.chance and chance * len(compared) < rules.chance_all:
            found.append(Anomaly(one, chance, _times(one)))
    return sorted(found, key=lambda each: (each.chance, each.watched.kind, each.watched.id))


def chance_of(now: Rate, before: Rate) -> float:
    """Return how likely as many bad ratings as now are when nothing has changed.

    Fisher's exact test, one-sided: of all bad ratings of both times, at least as many fall
    on the present by luck. Exact at any number; no normal approximation.
    """
    all_bad, every = now.bad + before.bad, now.rated + before.rated
    most = min(all_bad, now.rated)
    whole = _choose(every, all_bad)
    return min(
        1.0,
        sum(
            exp(_choose(now.rated, bad) + _choose(before.rated, all_bad - bad) - whole)
            for bad in range(now.bad, most + 1)
            if all_bad - bad <= before.rated
        ),
    )


def main_reason(reasons: Mapping[str, int], bad: int, least: int) -> tuple[str, int]:
    """Return the reason that at least half of the bad ratings name, and how many do."""
    named = {code: count for code, count in reasons.items() if code and count >= least}
    if not named:
        return "", 0
    code = max(sorted(named), key=lambda each: named[each])
    return (code, named[code]) if 2 * named[code] >= bad else ("", 0)


def _rose(one: Watched, rules: AnomalyRules) -> bool:
    ratio = Fraction(rules.ratio)
    return one.now.bad * one.before.rated >= ratio * one.before.bad * one.now.rated


def _times(one: Watched) -> Fraction | None:
    if not one.before.bad:
        return None
    return Fraction(one.now.bad * one.before.rated, one.now.rated * one.before.bad)


def _choose(n: int, k: int) -> float:
    """Return the logarithm of the number of ways to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
