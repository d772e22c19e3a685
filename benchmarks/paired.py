"""Measuring two ways of doing the same thing in turn (A B A B …), and printing their ratio."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from haochaping.clock import stopwatch

SPREAD = 0.25
"""A baseline that spreads by more than this allows no verdict."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its name, the work, and how many operations one call of it does."""

    name: str
    work: Callable[[], object]
    operations: int = 1

    def seconds(self) -> float:
        """Return the seconds of one operation."""
        started = stopwatch()
        self.work()
        return (stopwatch() - started) / self.operations


def compare(title: str, baseline: Way, ours: Way, *, most: float, pairs: int = 5) -> None:
    """Measure and print both ways and ours / baseline, which may be `most` at most."""
    baseline.work()
    ours.work()
    times = [(baseline.seconds(), ours.seconds()) for _ in range(pairs)]
    base, own = (statistics.median(column) for column in zip(*times, strict=True))
    spread = (max(one for one, _ in times) - min(one for one, _ in times)) / base
    print(f"{title}\n  {baseline.name:<36}{_shown(base):>12}  ±{spread:.0%}")
    print(f"  {ours.name:<36}{_shown(own):>12}")
    met = "met" if own / base <= most else "MISSED"
    verdict = met if spread <= SPREAD else f"no verdict, the baseline spreads by {spread:.0%}"
    print(f"  ratio {_ratio(own / base)} (at most {_ratio(most)}): {verdict}")


def _ratio(share: float) -> str:
    return f"1/{1 / share:.1f}" if share < 1 else f"{share:.1f}"


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} µs" if seconds < 0.001 else f"{seconds * 1000:.1f} ms"
