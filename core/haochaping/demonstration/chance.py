"""Chance that is the same in every run, so that two people see the same demonstration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")
_BYTES: Final = 7


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws that depend on the seed and on what they are drawn for, on nothing else."""

    seed: str

    def share(self, *what: object) -> float:
        """Return a number from 0 up to 1, always the same for the same words."""
        text = "\n".join(map(str, (self.seed, *what)))
        drawn = hashlib.blake2b(text.encode(), digest_size=_BYTES).digest()
        return int.from_bytes(drawn, "big") / (1 << 8 * _BYTES)

    def between(self, low: int, high: int, *what: object) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.share(*what) * (high - low + 1))

    def pick(self, options: Sequence[T], *what: object) -> T:
        """Return one of the options, each as likely as any other."""
        return options[int(self.share(*what) * len(options))]

    def weighted(self, options: Sequence[tuple[T, float]], *what: object) -> T:
        """Return one of the options by their weights."""
        left = self.share(*what) * sum(weight for _, weight in options)
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return options[-1][0]
