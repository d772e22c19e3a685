"""What a board shows in one cell: the figure, its n, how sure it is; and what a column means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from haochaping.disclosure.intervals import wilson
from haochaping.grading.formulas import Formula, Result
from haochaping.hooks.grading import Ratio
from haochaping.hooks.values import Words
from haochaping.profile.rules import RatioFormula


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a board and its definition in words."""

    name: str
    label: Words
    definition: Words

    def as_json(self, language: str) -> dict[str, Any]:
        """Return the column for machines."""
        return {
            "name": self.name,
            "label": self.label.into(language),
            "definition": self.definition.into(language),
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: text as shown (empty: none), inputs, and its 95 % interval as texts.

    A withheld cell has its text (`<5`) and no inputs. `brief` and `brief_interval` are the same
    for people, with no more decimals than n bears; a cell made without them shows the text.
    """

    text: str
    over: str = ""
    n: int = 0
    interval: tuple[str, str] | None = None
    withheld: bool = False
    brief: str = ""
    brief_interval: tuple[str, str] | None = None

    @property
    def told(self) -> str:
        """The text for people."""
        return self.brief or self.text

    def as_json(self) -> dict[str, Any]:
        """Return the cell for machines."""
        return {
            "value": None if self.withheld else self.text or None,
            "over": self.over or None,
            "n": None if self.withheld else self.n,
            "interval": list(self.interval) if self.interval else None,
            "withheld": self.withheld,
        }


def column_of(formula: Formula) -> Column:
    """Return the column of a formula."""
    return Column(formula.name, formula.label, formula.definition)


HIDDEN: Final = Cell("…", withheld=True)
"""A figure withheld because it would give a withheld count away."""


def cell_of(formula: Formula, result: Result, below: int, *, few_cases: bool = True) -> Cell:
    """Return the cell of a result; figures over fewer than `below` ratings are withheld.

    `few_cases` says that figures over few cases may be shown: not where a case leads to
    one customer at one window.
    """
    if 0 < result.under < below and not (few_cases and counts_cases(formula)):
        return Cell(f"<{below}", withheld=True)
    bounds = wilson(result.over, result.under) if isinstance(result, Ratio) else None
    n = result.under
    return Cell(
        formula.show(result.value),
        str(result.over),
        n,
        (formula.show(bounds[0]), formula.show(bounds[1])) if bounds else None,
        brief=formula.show(result.value, n),
        brief_interval=(formula.show(bounds[0], n), formula.show(bounds[1], n)) if bounds else None,
    )


def enough(formula: Formula, result: Result, min_n: int, min_cases: int = 1) -> bool:
    """Say whether a result may be ranked: enough ratings, or enough cases where those count."""
    return result.under >= max(min_cases if counts_cases(formula) else min_n, 1)


def counts_cases(formula: Formula) -> bool:
    """Say whether a figure is over rectification cases rather than ratings."""
    rule = formula.rule
    return isinstance(rule, RatioFormula) and all(name.startswith("cases_") for name in rule.under)


def about_raters(formula: Formula) -> bool:
    """Say whether a figure is over ratings or the cases made of them, not over services offered."""
    rule = formula.rule
    return not (isinstance(rule, RatioFormula) and set(rule.under) <= {"to_offer"})
