"""Indicators as data: the shape that forms, scores and pages read, and how it is built.

`Rules.indicators` is the core tree in force from the start, the same for all; what asks
raters builds its questions with `IndicatorTree.questions`, what scores walks the nodes.
This shape is stable: fields may be added, none is renamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.profile.judged import Judged, judged

SOURCES: Final = ("answers", "catalogue", "cases", "efficiency", "inspection", "engagement")
"""What can feed a leaf: raters' answers, facts of the catalogue, of cases, of efficiency,
inspection campaigns, engagement events."""

COMPUTED: Final = frozenset({"answers", "cases"})
"""Sources whose `measure` is a named formula; that of the others is the name of a fact."""

ZERO, ONE = Decimal(0), Decimal(1)
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IndicatorNode:
    """An indicator; the weights of `children` sum to 1. `question` is what the rater reads.

    `hint` stands below the question in plain words. `fed_by` is one of `SOURCES`, and
    `measure` the formula or fact whose value is marked: nothing at `zero_at` or beyond,
    everything at `full_at` (which may be the smaller one), linear between the two.
    `judged` tells how the children's weights were found, None when they are stated.
    """

    code: str
    name: Words
    weight: Decimal
    question: Words | None
    measure: str
    children: tuple[IndicatorNode, ...]
    hint: Words | None = None
    fed_by: str = "answers"
    zero_at: Decimal = ZERO
    full_at: Decimal = ONE
    judged: Judged | None = None

    def leaves(self) -> Iterator[IndicatorNode]:
        """Yield the indicators without children, itself when it has none."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class DifferentialGroup:
    """Indicators that only some halls or items have; empty codes mean no restriction by that."""

    code: str
    name: Words
    halls: tuple[str, ...]
    items: tuple[str, ...]
    children: tuple[IndicatorNode, ...]
    judged: Judged | None = None

    def applies(self, hall: str = "", item: str = "") -> bool:
        """Say whether a service in a hall about an item has these indicators."""
        return (not self.halls or hall in self.halls) and (not self.items or item in self.items)


@dataclass(frozen=True, slots=True)
class BonusIndicator:
    """Adds up to `points` to a score, by the value of its measure."""

    code: str
    name: Words
    measure: str
    points: Decimal
    fed_by: str = "cases"
    zero_at: Decimal = ZERO
    full_at: Decimal = ONE


@dataclass(frozen=True, slots=True)
class IndicatorTree:
    """One edition of the indicators, in force from `effective_from` (None: ever).

    `core` alone compares across jurisdictions. `differential_share` is what the groups that
    apply weigh in a score, together. `missing`: redistribute | zero | withhold.
    """

    version: int
    effective_from: date | None
    core: tuple[IndicatorNode, ...]
    judged: Judged | None = None
    differential: tuple[DifferentialGroup, ...] = ()
    differential_share: Decimal = ZERO
    bonus: tuple[BonusIndicator, ...] = ()
    bonus_cap: Decimal = ZERO
    missing: str = "redistribute"
    rounding: str = "half_up"
    places: int = 2

    def groups(self, hall: str = "", item: str = "") -> tuple[DifferentialGroup, ...]:
        """Return the differential groups of a service, by the codes of hall and item."""
        return tuple(group for group in self.differential if group.applies(hall, item))

    def questions(self, hall: str = "", item: str = "") -> tuple[IndicatorNode, ...]:
        """Return the leaves that raters answer, the core first, then what hall and item add."""
        tops = [*self.core, *(child for each in self.groups(hall, item) for child in each.children)]
        leaves = (leaf for top in tops for leaf in top.leaves())
        return tuple(leaf for leaf in leaves if leaf.fed_by == "answers" and leaf.question)


def trees(data: Data) -> tuple[IndicatorTree, ...]:
    """Return all editions of checked `indicators` data, in the order they come into force."""
    first = _tree(data, int(data.get("version", 1)))
    others = data.get("editions", {})
    rest = {key: value for key, value in data.items() if key not in ("tree", "judgements")}
    found = [first, *(_tree({**rest, **others[key]}, int(key)) for key in others)]
    return tuple(sorted(found, key=lambda each: (each.effective_from or date.min, each.version)))


def in_force(editions: tuple[IndicatorTree, ...], day: date) -> IndicatorTree:
    """Return the edition in force on a day, the earliest one for days before all."""
    started = [each for each in editions if (each.effective_from or date.min) <= day]
    return started[-1] if started else editions[0]


def _tree(data: Data, version: int) -> IndicatorTree:
    start = data.get("effective_from")
    return IndicatorTree(
        version=version,
        effective_from=date.fromisoformat(start) if start else None,
        core=_level(data["tree"], data.get("judgements")),
        judged=judged(data.get("judgements")),
        differential=tuple(
            _group(code, each) for code, each in data.get("differential", {}).items()
        ),
        differential_share=Decimal(str(data.get("differential_share", 0))),
        bonus=tuple(_bonus(code, each) for code, each in data.get("bonus", {}).items()),
        bonus_cap=Decimal(str(data.get("bonus_cap", 0))),
        missing=data.get("missing", "redistribute"),
        rounding=data.get("rounding", "half_up"),
        places=data.get("places", 2),
    )


def _level(nodes: Data, judgements: Data | None) -> tuple[IndicatorNode, ...]:
    """Return the nodes of a level; where there are judgements, these give the weights."""
    found = judged(judgements)
    return tuple(
        _node(code, each, found.weights[code] if found else Decimal(str(each["weight"])))
        for code, each in nodes.items()
    )


def _node(code: str, data: Data, weight: Decimal) -> IndicatorNode:
    return IndicatorNode(
        code=code,
        name=_words(data["name"]),
        weight=weight,
        question=_words(data["question"]) if "question" in data else None,
        measure=data.get("measure", ""),
        children=_level(data.get("children", {}), data.get("judgements")),
        hint=_words(data["hint"]) if "hint" in data else None,
        fed_by=data.get("fed_by", "answers"),
        zero_at=Decimal(str(data.get("zero_at", 0))),
        full_at=Decimal(str(data.get("full_at", 1))),
        judged=judged(data.get("judgements")),
    )


def _group(code: str, data: Data) -> DifferentialGroup:
    return DifferentialGroup(
        code=code,
        name=_words(data["name"]),
        halls=tuple(data.get("halls", ())),
        items=tuple(data.get("items", ())),
        children=_level(data["children"], data.get("judgements")),
        judged=judged(data.get("judgements")),
    )


def _bonus(code: str, data: Data) -> BonusIndicator:
    return BonusIndicator(
        code=code,
        name=_words(data["name"]),
        measure=data["measure"],
        points=Decimal(str(data["points"])),
        fed_by=data.get("fed_by", "cases"),
        zero_at=Decimal(str(data.get("zero_at", 0))),
        full_at=Decimal(str(data.get("full_at", 1))),
    )


def _words(value: str | Data) -> Words:
    return Words(value) if isinstance(value, str) else Words(value["zh"], value.get("en", ""))
