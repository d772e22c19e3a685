"""The random index: how inconsistent judgements are that nobody thought about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

SOURCE: Final = "T. L. Saaty, The Analytic Hierarchy Process, McGraw-Hill, 1980"
"""Where the table is from; other authors print slightly different values for large matrices."""

RANDOM_INDEX: Final[Mapping[int, Decimal]] = MappingProxyType(
    {
        size: Decimal(value)
        for size, value in enumerate(
            (
                *("0", "0", "0.58", "0.90", "1.12", "1.24", "1.32", "1.41"),
                *("1.45", "1.49", "1.51", "1.48", "1.56", "1.57", "1.59"),
            ),
            start=1,
        )
    }
)
"""Mean consistency index of random reciprocal matrices by their size, 1 to 15."""
