"""Ranking: ties stay ties, and too few ratings are listed but not ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entrant(Generic[T]):
    """Something to be ranked: by `value` when it has one, listed by `weight` otherwise."""

    what: T
    id: int
    value: Fraction | None
    weight: int


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A place: `rank` is None for what is not ranked; tied ranks are shared."""

    what: T
    rank: int | None
    tied: bool


def ranked(entrants: Sequence[Entrant[T]], *, descending: bool) -> list[Placed[T]]:
    """Return all entrants in order: 1, 2, 2, 4 …, then the unranked, the largest first."""
    valued = [(each.value, each) for each in entrants if each.value is not None]
    valued.sort(key=lambda pair: (-pair[0] if descending else pair[0], -pair[1].weight, pair[1].id))
    counts: dict[Fraction, int] = {}
    first: dict[Fraction, int] = {}
    for place, (value, _) in enumerate(valued, 1):
        counts[value] = counts.get(value, 0) + 1
        first.setdefault(value, place)
    placed = [Placed(each.what, first[value], counts[value] > 1) for value, each in valued]
    rest = sorted(
        (each for each in entrants if each.value is None), key=lambda each: (-each.weight, each.id)
    )
    return placed + [Placed(each.what, None, False) for each in rest]
