"""Published figures of a month, and the same shape at another scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import yaml

from haochaping.grading import periods
from haochaping.hooks.values import Period, Words
from haochaping.problems import Problem

LEAST: Final = 3
"""Ratings kept of every grade that occurs, so that a small copy still shows all grades."""

FILE: Final = "figures.yaml"
_LARGEST: Final = 65_536


class FiguresUnreadable(Problem):
    """A folder of published figures could not be used."""

    code = "HCP-FIGURES-UNREADABLE"
    status = 400
    title = Words("无法读取公布数据", "The published figures cannot be read")


@dataclass(frozen=True, slots=True)
class Figures:
    """Published figures of one jurisdiction and period, or a copy of their shape."""

    period: Period
    jurisdiction: str
    name: Words
    grades: Mapping[int, int]
    without_grade: int
    tickets: int
    scale: Fraction = Fraction(1)

    @property
    def rated(self) -> int:
        """Ratings with a grade."""
        return sum(self.grades.values())

    @property
    def bad(self) -> int:
        """Ratings of grades 1 and 2."""
        return self.grades.get(1, 0) + self.grades.get(2, 0)

    @property
    def note(self) -> Words | None:
        """What must be said where a scaled copy is shown; None for the figures themselves."""
        if self.scale == 1:
            return None
        share = float(self.scale)
        return Words(
            f"演示数据：按{self.name.zh}{self.period.name}公布的分布以 {share:g} 的比例生成"
            f"（最大余额法，每个出现过的档次至少 {LEAST} 条），比率与公布值不同",
            f"Demonstration data: the distribution published for {self.name.into('en')}"
            f" {self.period.name} at scale {share:g} (largest remainder, at least {LEAST} of every"
            " grade that occurs); its rates differ from the published ones",
        )


def load(folder: Path) -> Figures:
    """Read `figures.yaml` of a folder. Raises FiguresUnreadable saying what is wrong."""
    data = _read(folder / FILE)
    try:
        return _figures(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(folder / FILE, f"{type(error).__name__}: {error}") from error


def scaled(figures: Figures, scale: Fraction | float | str) -> Figures:
    """Return figures of the same shape, `scale` times as large (0 < scale ≤ 1).

    Largest remainder: the total is right and every grade within one of its share, save
    that a grade that occurs keeps at least three. Raises ValueError for another scale.
    """
    share = Fraction(str(scale))
    if not 0 < share <= 1:
        raise ValueError(f"the scale must be above 0 and at most 1, not {scale}")
    grades = largest_remainder(figures.grades, share)
    kept = {grade: max(grades[grade], min(count, LEAST)) for grade, count in figures.grades.items()}
    return replace(
        figures,
        grades=kept,
        without_grade=round(figures.without_grade * share),
        tickets=min(round(figures.tickets * share) or 1, kept.get(1, 0) + kept.get(2, 0)),
        scale=figures.scale * share,
    )


def largest_remainder(counts: Mapping[int, int], share: Fraction) -> dict[int, int]:
    """Return whole counts that sum to the rounded share of the total."""
    exact = {key: count * share for key, count in counts.items()}
    whole = {key: int(value) for key, value in exact.items()}
    missing = round(sum(counts.values()) * share) - sum(whole.values())
    by_remainder = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in by_remainder[:missing]:
        whole[key] += 1
    return whole


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return yaml.safe_load(file.read(_LARGEST))
    except (OSError, yaml.YAMLError) as error:
        raise _unreadable(path, str(error)) from error


def _figures(data: Any) -> Figures:
    grades = {int(grade): int(count) for grade, count in data["grades"].items()}
    if set(grades) - {1, 2, 3, 4, 5} or min(grades.values()) < 0:
        raise ValueError("grades must be 1 to 5 with counts of 0 or more")
    if sum(grades.values()) != int(data["rated"]):
        raise ValueError("the grades do not add up to rated")
    place = data["jurisdiction"]
    return Figures(
        period=periods.parse(str(data["period"])),
        jurisdiction=str(place["code"]),
        name=Words(str(place["name"]["zh"]), str(place["name"]["en"])),
        grades=dict(sorted(grades.items())),
        without_grade=int(data["without_grade"]),
        tickets=int(data["tickets"]),
    )


def _unreadable(path: Path, why: str) -> FiguresUnreadable:
    return FiguresUnreadable(
        Words(
            f"{path}：{why}。请提供含 {FILE} 的目录（参见 examples/guangdong-2023-07）",
            f"{path}: {why}. Give a folder with {FILE} (see examples/guangdong-2023-07)",
        ),
        file=str(path),
    )
