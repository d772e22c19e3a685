"""The formula engine: named quotients of named counts, and mean scores, exact until shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from haochaping.grading.rounding import shown
from haochaping.hooks.grading import CaseFacts, MeasureSpec, Ratio, Tally
from haochaping.hooks.values import Words
from haochaping.profile.rules import COUNTS, FormulaRules, RatioFormula, ScoreFormula

DIGITS: Final = 4
"""Decimal places of a percentage that a plugin's measure is shown with."""

STAFF_DIGITS: Final = 1
"""Decimal places of a percentage on staff's screens, where the counts stand beside it."""

COUNT_LABELS: Final[Mapping[str, Words]] = {
    "grade1": Words("非常不满意", "very dissatisfied"),
    "grade2": Words("不满意", "dissatisfied"),
    "grade3": Words("基本满意", "basically satisfied"),
    "grade4": Words("满意", "satisfied"),
    "grade5": Words("非常满意", "very satisfied"),
    "rated": Words("有效评价", "effective ratings"),
    "active": Words("主动评价", "active ratings"),
    "served": Words("服务次数", "services received"),
    "bad": Words("差评", "bad reviews"),
    "bad_at_first": Words("初次差评", "bad at first rating"),
    "cases_opened": Words("整改立案", "rectification cases opened"),
    "cases_due": Words("应答复整改", "rectification cases due"),
    "cases_on_time": Words("按期答复", "cases answered on time"),
    "cases_real_name": Words("实名差评", "real-name cases"),
    "cases_contacted": Words("已联系评价人", "cases with contact made"),
    "cases_open_overdue": Words("逾期未结", "open and overdue cases"),
    "cases_reopened": Words("重新整改", "cases reopened"),
    "cases_ended": Words("已办结工单", "cases that ended"),
    "cases_void": Words("评价作废", "ratings found void"),
    "cases_upheld": Words("查实差评", "complaints found true"),
    "offered": Words("已邀评服务", "services offered an evaluation"),
    "to_offer": Words("应邀评服务", "services to be offered one"),
}
"""What each count is called."""

LABELS: Final[Mapping[str, Words]] = {
    "bad_rate": Words("差评率", "Bad review rate"),
    "satisfaction": Words("满意率", "Satisfaction"),
    "strict_satisfaction": Words("非常满意率", "Strict satisfaction"),
    "active_rate": Words("主动评价率", "Active evaluation rate"),
    "on_time_rate": Words("按期整改率", "On-time rectification"),
    "callback_rate": Words("差评回访率", "Call-back rate"),
    "void_rate": Words("评价作废率", "Share of bad reviews found void"),
    "mean_score": Words("平均得分", "Mean score"),
    "coverage_rate": Words("邀评覆盖率", "Coverage"),
}
"""What the base profile's formulas are called; another is called by its own name."""


@dataclass(frozen=True, slots=True)
class Score:
    """A mean score with its inputs: weighted sum of the ratings, and their number."""

    over: Fraction
    under: int

    @property
    def value(self) -> Fraction | None:
        """The exact mean, None when nothing was rated."""
        return self.over / self.under if self.under else None


Result = Ratio | Score


@dataclass(frozen=True, slots=True)
class Formula:
    """One named formula or measure, ready to be computed and shown."""

    name: str
    label: Words
    rule: RatioFormula | ScoreFormula

    @property
    def is_ratio(self) -> bool:
        """True for a quotient, shown as a percentage."""
        return isinstance(self.rule, RatioFormula)

    def compute(self, counts: Mapping[str, int]) -> Result:
        """Return the exact result over named counts."""
        rule = self.rule
        if isinstance(rule, RatioFormula):
            return Ratio(sum_of(rule.over, counts), sum_of(rule.under, counts))
        weighted = sum(
            (Fraction(weight) * counts[f"grade{grade}"] for grade, weight in rule.weights.items()),
            Fraction(0),
        )
        return Score(weighted, counts["rated"])

    def show(self, value: Fraction | None, n: int | None = None) -> str:
        """Return the value rounded once, by the formula's own rule; empty when there is none.

        Ratios are shown in percent, and their places are those of the percentage. With `n`, what
        the ratio is over, it has no more of them than one rating more would move.
        """
        if value is None:
            return ""
        if not self.is_ratio:
            return shown(value, self.rule.rounding, self.rule.places)
        places = self.rule.places if n is None else min(self.rule.places, borne_by(n))
        return self._percentage(value, places)

    def brief(self, value: Fraction | None) -> str:
        """Return the value as staff's screens show it: a percentage with one decimal."""
        if value is None or not self.is_ratio:
            return self.show(value)
        return self._percentage(value, STAFF_DIGITS)

    def _percentage(self, ratio: Fraction, places: int) -> str:
        return shown(ratio * 100, self.rule.rounding, places) + "%"

    @property
    def definition(self) -> Words:
        """What the figure is, in words: 差评 ÷ 有效评价."""
        rule = self.rule
        if isinstance(rule, RatioFormula):
            over, under = _in_words(rule.over), _in_words(rule.under)
            return Words(f"{over.zh} ÷ {under.zh}", f"{over.en} ÷ {under.en}")
        weights = "/".join(str(weight) for _, weight in sorted(rule.weights.items(), reverse=True))
        return Words(
            f"五档按 {weights} 计分的平均值", f"mean of the five grades, weighted {weights}"
        )


Formulas = Mapping[str, Formula]


def compile_formulas(rules: FormulaRules, measures: Iterable[MeasureSpec] = ()) -> Formulas:
    """Return the profile's formulas and the plugins' measures by name.

    Raises ValueError naming the measure when a count is unknown or a name is taken.
    """
    own: list[RatioFormula | ScoreFormula] = [*rules.ratios.values(), *rules.scores.values()]
    found = {rule.name: Formula(rule.name, label_of(rule.name), rule) for rule in own}
    for measure in measures:
        if measure.name in found:
            raise ValueError(f"the measure {measure.name} exists already")
        found[measure.name] = _of_measure(measure)
    return found


def compute(formulas: Formulas, tally: Tally, cases: CaseFacts) -> dict[str, Result]:
    """Return every formula's exact result for one subject."""
    counts = counts_of(tally, cases)
    return {name: formula.compute(counts) for name, formula in formulas.items()}


def counts_of(tally: Tally, cases: CaseFacts) -> dict[str, int]:
    """Return all counts by the names that formulas use."""
    grades = {f"grade{grade}": tally.grades[grade] for grade in range(1, 6)}
    return {
        **grades,
        "rated": tally.rated,
        "active": tally.active,
        "served": tally.served,
        "bad": tally.bad,
        "bad_at_first": tally.bad_at_first,
        "cases_opened": cases.opened,
        "cases_due": cases.due,
        "cases_on_time": cases.on_time,
        "cases_real_name": cases.with_contact_due,
        "cases_contacted": cases.contacted,
        "cases_open_overdue": cases.open_overdue,
        "cases_reopened": cases.reopened,
        "cases_ended": cases.ended,
        "cases_void": cases.void,
        "cases_upheld": cases.upheld,
        "offered": cases.offered,
        "to_offer": cases.to_offer,
    }


def parse_sum(text: str) -> tuple[str, ...]:
    """Return the count names of `grade5 + grade4`. Raises ValueError naming an unknown one."""
    names = tuple(part.strip() for part in text.split("+"))
    unknown = [name for name in names if name not in COUNTS]
    if unknown:
        raise ValueError(f"unknown count {unknown[0]!r}; known are {', '.join(COUNTS)}")
    return names


def sum_of(names: Iterable[str], counts: Mapping[str, int]) -> int:
    """Return the sum of named counts."""
    return sum(counts[name] for name in names)


def label_of(name: str) -> Words:
    """Return what a formula is called."""
    return LABELS.get(name, Words(name, name))


def _of_measure(measure: MeasureSpec) -> Formula:
    over, under = parse_sum(measure.over), parse_sum(measure.under)
    rule = RatioFormula(measure.name, over, under, "half_up", DIGITS)
    return Formula(measure.name, measure.label, rule)


def _in_words(names: tuple[str, ...]) -> Words:
    labels = [COUNT_LABELS[name] for name in names]
    zh, en = " + ".join(each.zh for each in labels), " + ".join(each.en for each in labels)
    return Words(f"（{zh}）", f"({en})") if len(labels) > 1 else Words(zh, en)


def as_json(formula: Formula, result: Result) -> dict[str, Any]:
    """Return a figure for machines: what is shown, and the exact inputs."""
    return {
        "value": formula.show(result.value) or None,
        "over": str(result.over),
        "n": result.under,
    }


def borne_by(n: int) -> int:
    """Return how many decimals a percentage over `n` bears: 1 below 10,000, 5 at ten million."""
    return max(1, len(str(n)) - 3)


def share(over: int, under: int) -> str:
    """Return a share as staff's screens show every share; empty over nothing."""
    return percent(over, under, STAFF_DIGITS) if under else ""


def percent(over: int, under: int, places: int) -> str:
    """Return a plain share as a percentage, rounded half up."""
    return shown(Fraction(over * 100, under), "half_up", places) + "%"
