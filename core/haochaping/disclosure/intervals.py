"""How sure a rate is: the Wilson interval of a proportion."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Final

Z95: Final = 1.959964
"""Normal quantile of a 95 % interval."""


def wilson(over: int | Fraction, under: int, z: float = Z95) -> tuple[Fraction, Fraction] | None:
    """Return lower and upper bound of a proportion `over / under`; None without a denominator.

    `over` may be a fraction where marks between nothing and all are added up. Wilson (1927):
    stays within 0 and 1 and is sound for small numbers and rates near 100 %.
    """
    if under <= 0 or not 0 <= over <= under:
        return None
    share, weight = float(over / under), z * z / under
    middle = (share + weight / 2) / (1 + weight)
    reach = z * sqrt(share * (1 - share) / under + weight / (4 * under)) / (1 + weight)
    low = 0.0 if over == 0 else max(0.0, middle - reach)
    high = 1.0 if over == under else min(1.0, middle + reach)
    return Fraction(low), Fraction(high)
