"""Consequences that the profile states: conditions over figures, and what follows when all hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from haochaping.grading.formulas import COUNT_LABELS, Formulas, counts_of, label_of
from haochaping.grading.rounding import shown
from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.values import Words

SOURCE: Final = "profile"
"""Where awards of these rules come from, in place of a plugin's name."""

SCORE, RANK, RANK_SHARE = "score", "rank", "rank_share"
OWN: Final[Mapping[str, Words]] = {
    SCORE: Words("得分", "score"),
    RANK: Words("名次", "rank"),
    RANK_SHARE: Words("名次占比", "share of those ranked"),
}
"""Values beside formulas, counts and facts that a condition may ask about."""

_TESTS: Final[Mapping[str, Words]] = {
    "at_least": Words("不低于", "at least"),
    "at_most": Words("不高于", "at most"),
    "above": Words("高于", "above"),
    "below": Words("低于", "below"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One bound on one value: `test` is `at_least`, `at_most`, `above` or `below`."""

    value: str
    test: str
    bound: Decimal

    def holds(self, found: Fraction) -> bool:
        """Say whether a value keeps the bound, exactly."""
        bound = Fraction(self.bound)
        return {
            "at_least": found >= bound,
            "at_most": found <= bound,
            "above": found > bound,
            "below": found < bound,
        }[self.test]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows for subjects of some kinds in some kinds of periods when all conditions hold."""

    kind: str
    name: Words
    subjects: frozenset[str]
    periods: frozenset[str]
    when: tuple[Condition, ...]
    points: int = 0
    level: int = 0


def parse(rules: Sequence[Mapping[str, Any]]) -> tuple[Consequence, ...]:
    """Return the consequences of a profile's `appraisal.rules`, in their order."""
    return tuple(_consequence(rule) for rule in rules)


def awards(
    rules: Sequence[Consequence], asked: tuple[str, str], measures: Measures, known: Formulas
) -> Iterator[Award]:
    """Yield what the rules say of a subject; a value that is not there keeps no bound.

    :param asked: kind of subject, kind of period.
    """
    values: Mapping[str, Fraction | None] | None = None
    for rule in rules:
        if asked[0] not in rule.subjects or asked[1] not in rule.periods:
            continue
        values = values or values_of(measures)
        found = [(each, values.get(each.value)) for each in rule.when]
        if all(value is not None and each.holds(value) for each, value in found):
            reason = _joined([_said(each, value, known) for each, value in found])
            yield Award(rule.kind, rule.name, reason, rule.points, rule.level)


def values_of(measures: Measures) -> dict[str, Fraction | None]:
    """Return everything that a condition may ask about by name; None where there are no data."""
    counts = counts_of(measures.tally, measures.cases)
    found: dict[str, Fraction | None] = {name: Fraction(each) for name, each in counts.items()}
    found |= {name: each.value if each else None for name, each in measures.named.items()}
    found |= {name: each.value for name, each in measures.facts.items()}
    found[SCORE] = measures.score
    standing = measures.standing
    if standing is not None:
        found[RANK] = Fraction(standing.rank)
        found[RANK_SHARE] = Fraction(standing.rank, standing.of)
    return found


def _consequence(rule: Mapping[str, Any]) -> Consequence:
    name = rule["name"]
    words = Words(name) if isinstance(name, str) else Words(name["zh"], name.get("en", ""))
    return Consequence(
        kind=str(rule["kind"]),
        name=words,
        subjects=frozenset(rule["subjects"]),
        periods=frozenset(rule.get("periods", ("month",))),
        when=tuple(_conditions(rule["when"])),
        points=int(Decimal(str(rule.get("points", 0))) * 100),
        level=int(rule.get("level", 0)),
    )


def _conditions(entries: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    for entry in entries:
        for test in _TESTS:
            if test in entry:
                yield Condition(str(entry["value"]), test, Decimal(str(entry[test])))


def _said(each: Condition, value: Fraction | None, known: Formulas) -> Words:
    """Return a condition with what was found: 差评率 5.2%（不低于 5%）."""
    percent = _is_share(each.value, known)
    label, test = _label(each.value, known), _TESTS[each.test]
    found = _number(value or Fraction(0), percent)
    bound = _number(Fraction(each.bound), percent)
    return Words(
        f"{label.zh} {found}（{test.zh} {bound}）", f"{label.en} {found} ({test.en} {bound})"
    )


def _label(name: str, known: Formulas) -> Words:
    if name in OWN:
        return OWN[name]
    if name in COUNT_LABELS:
        return COUNT_LABELS[name]
    return known[name].label if name in known else label_of(name)


def _is_share(name: str, known: Formulas) -> bool:
    """Say whether a value is shown in percent: quotients and facts are, counts are not."""
    if name in known:
        return known[name].is_ratio
    return name == RANK_SHARE or (name not in OWN and name not in COUNT_LABELS)


def _number(value: Fraction, percent: bool) -> str:
    if percent:
        return shown(value * 100, "half_up", 2) + "%"
    return shown(value, "half_up", 0 if value.denominator == 1 else 2)


def _joined(parts: Sequence[Words]) -> Words:
    return Words("；".join(each.zh for each in parts), "; ".join(each.en for each in parts))
