"""Weights of a level of indicators from the judgements in pairs that a profile states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from haochaping.hooks.values import Words
from haochaping.weighing import random_index
from haochaping.weighing.judgements import matrix_of, together
from haochaping.weighing.weights import rounded, weigh


@dataclass(frozen=True, slots=True)
class Judged:
    """What a group's judgements came to: weights by code (they sum to 1), and how consistent.

    `lambda_max` and `ratio` (the consistency ratio) are those of the group's common matrix.
    """

    weights: Mapping[str, Decimal]
    experts: tuple[str, ...]
    lambda_max: Decimal
    ratio: Decimal

    @property
    def words(self) -> Words:
        """Where the weights came from, in a sentence."""
        many = len(self.experts) > 1
        who = "、".join(self.experts)
        figures = f"λmax = {self.lambda_max:.4f}，CR = {self.ratio:.4f}"
        zh = f"{who}{'的判断取几何平均，' if many else '的判断，'}{figures}（小于 0.1）"
        of = f"geometric mean of {len(self.experts)} experts" if many else "one expert"
        return Words(
            f"层次分析法，{zh}，随机一致性指标取自 {random_index.SOURCE}",
            f"analytic hierarchy process, {of} ({', '.join(self.experts)}),"
            f" λmax = {self.lambda_max:.4f}, CR = {self.ratio:.4f} (below 0.1),"
            f" random index from {random_index.SOURCE}",
        )


def judged(judgements: Mapping[str, Any] | None) -> Judged | None:
    """Return what checked judgements come to; None without any. Raises Unfit."""
    if not judgements:
        return None
    order = [str(code) for code in judgements["order"]]
    experts = judgements["experts"]
    group = together([matrix_of(each["matrix"], len(order)) for each in experts])
    found = weigh(group)
    return Judged(
        weights=dict(zip(order, rounded(found.weights), strict=True)),
        experts=tuple(str(each["name"]) for each in experts),
        lambda_max=found.lambda_max,
        ratio=found.ratio,
    )
