"""Other weights for an indicator tree: its levels, and the same tree weighed otherwise.

A place in the tree is written `core.speed.on_time` or, in a differential group,
`group.property.queue`; `share` is what the groups weigh together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.indicators import IndicatorNode, IndicatorTree

SHARE: Final = "share"
"""Place of the share that the differential groups have, together."""

CORE, GROUP = "core", "group"
ONE: Final = Decimal(1)
Stated = Mapping[str, Decimal]
"""Weights by place, of any sum: those of one level count in proportion to each other."""


@dataclass(frozen=True, slots=True)
class Weight:
    """An indicator of a level with what it weighs there, 0 to 1."""

    place: str
    name: Words
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """Indicators that share 1 between them; `above` are the names on the way there."""

    above: tuple[Words, ...]
    weights: tuple[Weight, ...]


class NothingWeighs(ValueError):
    """All weights of a level are 0; `place` is that of its first indicator."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def levels(tree: IndicatorTree) -> tuple[Level, ...]:
    """Return the levels with anything to weigh, the core first, each before what is below it."""
    found = list(_levels(tree.core, CORE, ()))
    for group in tree.differential:
        found += _levels(group.children, f"{GROUP}.{group.code}", (group.name,))
    return tuple(found)


def reweighed(tree: IndicatorTree, stated: Stated) -> IndicatorTree:
    """Return the tree with other weights; a level of which nothing is stated keeps its own.

    Raises NothingWeighs.
    """
    groups = (
        replace(group, children=_weighed(group.children, f"{GROUP}.{group.code}", stated))
        for group in tree.differential
    )
    return replace(
        tree,
        core=_weighed(tree.core, CORE, stated),
        differential=tuple(groups),
        differential_share=stated.get(SHARE, tree.differential_share),
    )


def _levels(
    nodes: Sequence[IndicatorNode], place: str, above: tuple[Words, ...]
) -> Iterator[Level]:
    if len(nodes) > 1:
        yield Level(above, tuple(_weight(node, place) for node in nodes))
    for node in nodes:
        yield from _levels(node.children, f"{place}.{node.code}", (*above, node.name))


def _weight(node: IndicatorNode, place: str) -> Weight:
    return Weight(f"{place}.{node.code}", node.name, node.weight)


def _weighed(
    nodes: Sequence[IndicatorNode], place: str, stated: Stated
) -> tuple[IndicatorNode, ...]:
    places = [f"{place}.{node.code}" for node in nodes]
    weights = [stated.get(each, node.weight) for each, node in zip(places, nodes, strict=True)]
    if any(each in stated for each in places):
        weights = _shares(weights, places[0])
    return tuple(
        replace(node, weight=weight, children=_weighed(node.children, each, stated))
        for node, each, weight in zip(nodes, places, weights, strict=True)
    )


def _shares(weights: Sequence[Decimal], place: str) -> list[Decimal]:
    """Return weights that sum to exactly 1: the last one takes what division leaves over."""
    whole = sum(weights, Decimal(0))
    if whole <= 0:
        raise NothingWeighs(place)
    shares = [each / whole for each in weights[:-1]]
    return [*shares, ONE - sum(shares, Decimal(0))]
