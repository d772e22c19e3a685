"""What bears a place, and by which value it is ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from haochaping.disclosure.bands import shrunk
from haochaping.disclosure.ranking import Entrant
from haochaping.grading.formulas import Result
from haochaping.hooks.grading import CaseFacts, Ratio

T = TypeVar("T")


def covered(cases: CaseFacts, floor: Decimal) -> bool:
    """Say whether enough services were offered an evaluation to be ranked.

    Kinds that the coverage ledger does not keep have nothing to fall below.
    """
    return not cases.to_offer or Fraction(cases.offered, cases.to_offer) >= Fraction(floor)


def drawn(
    entrants: Sequence[Entrant[T]], results: Mapping[int, Result], weight: int
) -> list[Entrant[T]]:
    """Return the entrants with shares drawn towards their mean, for order only.

    Every share is reckoned as if `weight` further ratings had the mean of all that are ranked;
    0 draws nothing. Mean scores are left as they are.
    """
    shares = [
        (results[each.id].over, results[each.id].under)
        for each in entrants
        if each.value is not None and isinstance(results[each.id], Ratio)
    ]
    under = sum(pair[1] for pair in shares)
    if not weight or not under:
        return list(entrants)
    mean = Fraction(sum((Fraction(pair[0]) for pair in shares), Fraction(0)), under)
    return [_drawn(each, results[each.id], (mean, weight)) for each in entrants]


def _drawn(each: Entrant[T], found: Result, prior: tuple[Fraction, int]) -> Entrant[T]:
    if each.value is None or not isinstance(found, Ratio):
        return each
    return replace(each, value=shrunk(found.over, found.under, *prior))
