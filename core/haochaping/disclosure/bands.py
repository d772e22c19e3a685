"""Bands: places that the figures cannot tell apart share one.

With rates near 100 % a place says little: who stands 3rd and who 17th may differ by one
rating. A band begins with the first whose 95 % interval (Wilson) no longer meets that of
the one its band began with; within a band nobody is shown to be better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

Interval = tuple[Fraction, Fraction]


def bands(intervals: Sequence[Interval | None]) -> Iterator[int | None]:
    """Yield the band of each place, from 1, in the order of the ranking; None without an interval.

    The same for both directions of an order: what counts is whether intervals meet.
    """
    number, leader = 0, None
    for each in intervals:
        if each is None:
            yield None
            continue
        if leader is None or not _meet(leader, each):
            number, leader = number + 1, each
        yield number


def shrunk(over: int, under: int, mean: Fraction, weight: int) -> Fraction:
    """Return a share drawn towards the mean of all as if `weight` further ratings had it.

    Few ratings move little away from the mean, many hardly feel it (a Beta prior with
    `weight` pseudo-ratings). Used for order only; what is shown stays exact.
    """
    return (over + mean * weight) / (under + weight) if under + weight else mean


def _meet(one: Interval, other: Interval) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
