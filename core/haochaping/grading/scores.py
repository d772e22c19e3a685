"""Scores: an indicator tree over named values, exact until it is rounded once.

A leaf's mark is linear between `zero_at` (0) and `full_at` (100), never beyond. A level is
the weighted mean of its parts. What has no data follows the tree's `missing` rule. Bonus
points are added up to their cap; the core alone is what compares across jurisdictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from haochaping.grading.rounding import rounded
from haochaping.profile.indicators import BonusIndicator, IndicatorNode, IndicatorTree

FULL: Final = Fraction(100)
ASKED: Final = "local"
"""Begin of the names of what raters answered to questions of a group (see `answered`)."""
Values = Mapping[str, Fraction | None]
"""The value of each measure by name; None where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf or bonus indicator of a score: its value, its mark, what it added.

    `weight` is its share of the whole as stated, `points` what it contributed after the rule
    for missing data; bonus indicators have a weight of 0.
    """

    code: str
    measure: str
    weight: Fraction
    value: Fraction | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Scored:
    """A score with all it is made of; None where the data do not allow one.

    `total` includes differential and bonus indicators, `core` is the common tree alone.
    """

    total: Fraction | None
    core: Fraction | None
    bonus: Fraction
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    code: str
    measure: str
    node: IndicatorNode
    weight: Fraction
    value: Fraction | None


def score(tree: IndicatorTree, values: Values, hall: str = "", item: str = "") -> Scored:
    """Return the score of a subject from its values; `hall` and `item` are its codes, if any."""
    core = list(_leaves(tree.core, "", Fraction(1), values))
    groups = tree.groups(hall, item)
    share = Fraction(tree.differential_share) if groups else Fraction(0)
    own = [
        leaf
        for group in groups
        for leaf in _leaves(
            group.children, group.code, Fraction(1, len(groups)), values, f"{ASKED}.{group.code}."
        )
    ]
    core_score, own_score = _mean(core, tree.missing), _mean(own, tree.missing)
    bonus = [_bonus(each, values) for each in tree.bonus]
    added = sum((part.points for part in bonus if part.points is not None), Fraction(0))
    capped = min(added, Fraction(tree.bonus_cap))
    base = _together(core_score, own_score, share, tree.missing)
    scale = _scales(core, own, share, tree.missing)
    return Scored(
        total=None if base is None else base + capped,
        core=core_score,
        bonus=capped,
        parts=(*_parts(core, 1 - share, scale[0]), *_parts(own, share, scale[1]), *bonus),
    )


def scaled(value: Fraction | None, tree: IndicatorTree) -> int | None:
    """Return a score as a scaled integer, rounded once by the tree's rule."""
    if value is None:
        return None
    return int(rounded(value, tree.rounding, tree.places) * 10**tree.places)


def mark(value: Fraction, zero_at: Decimal, full_at: Decimal) -> Fraction:
    """Return the mark of a value, 0 to 100."""
    zero, full = Fraction(zero_at), Fraction(full_at)
    return min(Fraction(1), max(Fraction(0), (value - zero) / (full - zero))) * FULL


def as_json(scored: Scored) -> dict[str, Any]:
    """Return a score with its parts as exact text, the same on every machine."""
    return {
        "total": _text(scored.total),
        "core": _text(scored.core),
        "bonus": _text(scored.bonus),
        "parts": [
            [each.code, each.measure, _text(each.weight), _text(each.value), _text(each.points)]
            for each in scored.parts
        ],
    }


def _leaves(
    nodes: Sequence[IndicatorNode], above: str, weight: Fraction, values: Values, asked: str = ""
) -> Iterator[_Leaf]:
    """Yield the leaves; in a group, `asked` begins the names of answers to its questions."""
    for node in nodes:
        code = f"{above}.{node.code}" if above else node.code
        own = weight * Fraction(node.weight)
        if node.children:
            yield from _leaves(node.children, code, own, values, asked)
        else:
            measure = node.measure or _answers(node, values, asked)
            yield _Leaf(code, measure, node, own, values.get(measure) if measure else None)


def _answers(node: IndicatorNode, values: Values, asked: str) -> str:
    """Return the name under which the answers to an indicator's own question are known."""
    name = f"{asked}{node.code}"
    return name if asked and node.fed_by == "answers" and name in values else ""


def _mean(leaves: Sequence[_Leaf], missing: str) -> Fraction | None:
    """Return the weighted mean of the marks, None where there are no data or too few."""
    scale = _scale(leaves, missing)
    if scale is None:
        return None
    return sum((_mark(leaf) * leaf.weight for leaf in leaves), Fraction(0)) * scale


def _scale(leaves: Sequence[_Leaf], missing: str) -> Fraction | None:
    """Return what the weights of leaves with data are multiplied by; None for no score."""
    known = sum((leaf.weight for leaf in leaves if leaf.value is not None), Fraction(0))
    if not known or (missing == "withhold" and any(leaf.value is None for leaf in leaves)):
        return None
    return 1 / known if missing == "redistribute" else Fraction(1)


def _scales(
    core: Sequence[_Leaf], own: Sequence[_Leaf], share: Fraction, missing: str
) -> tuple[Fraction | None, Fraction | None]:
    """Return the factors of the two parts' points, as `_together` lays them together."""
    first, second = _scale(core, missing), _scale(own, missing)
    if share and missing == "redistribute":
        if second is None and first is not None:
            first = first / (1 - share) if share < 1 else None
        elif first is None and second is not None:
            second = second / share
    return first, second


def _together(
    core: Fraction | None, own: Fraction | None, share: Fraction, missing: str
) -> Fraction | None:
    """Return core and differential score by share; the missing rule holds between them too."""
    if not share:
        return core
    if core is None and own is None:
        return None
    if core is None or own is None:
        if missing == "withhold":
            return None
        if missing == "redistribute":
            return own if core is None else core
    return (core or Fraction(0)) * (1 - share) + (own or Fraction(0)) * share


def _mark(leaf: _Leaf) -> Fraction:
    if leaf.value is None:
        return Fraction(0)
    return mark(leaf.value, leaf.node.zero_at, leaf.node.full_at)


def _parts(leaves: Sequence[_Leaf], share: Fraction, scale: Fraction | None) -> Iterator[Part]:
    for leaf in leaves:
        known = leaf.value is not None and scale is not None
        points = _mark(leaf) * leaf.weight * share * (scale or 0) if known else None
        yield Part(leaf.code, leaf.measure, leaf.weight * share, leaf.value, points)


def _bonus(each: BonusIndicator, values: Values) -> Part:
    value = values.get(each.measure)
    points = (
        None
        if value is None
        else mark(value, each.zero_at, each.full_at) / FULL * Fraction(each.points)
    )
    return Part(each.code, each.measure, Fraction(0), value, points)


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
