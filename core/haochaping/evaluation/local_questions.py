"""Questions that only some halls or items ask: the differential indicators of the profile.

The common core is rated by grade and national options and is the same everywhere; what a hall
or an item asks besides has codes of its own, `local.<group>.<indicator>`, which no national
option has, and is never needed to rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.evaluation import Question
from haochaping.hooks.values import Occurrence, UnitRef, Words
from haochaping.profile.indicators import DifferentialGroup, in_force

NAMESPACE: Final = "local"
ANSWERS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "good": Words("满意", "Satisfied"),
        "fair": Words("一般", "So-so"),
        "poor": Words("不满意", "Not satisfied"),
    }
)
"""What can be answered to each of them."""


def local_questions(rules: IntakeRules, occurrence: Occurrence) -> tuple[Question, ...]:
    """Return what the hall or the item of a service asks, by the edition of its day."""
    if not rules.editions or occurrence.served_at is None:
        return ()
    tree = in_force(rules.editions, rules.local_day(occurrence.served_at))
    groups = tree.groups(_code(occurrence.hall), _code(occurrence.item))
    return tuple(question for group in groups for question in _questions(group))


def all_questions(rules: IntakeRules) -> tuple[Question, ...]:
    """Return every local question that any edition asks, the newest wording of each."""
    groups = (group for tree in rules.editions for group in tree.differential)
    found = {each.code: each for group in groups for each in _questions(group)}
    return tuple(found.values())


def answer_label(code: str) -> Words:
    """Return the wording of an answer to a local question, by its code."""
    answer = code.rpartition(".")[2]
    return ANSWERS.get(answer, Words(f"旧版选项 {answer}", f"Option {answer} of an older list"))


def label(rules: IntakeRules, code: str) -> Words:
    """Return the wording of a stored option: a national one, or an answer to a local question.

    An answer to a question that no edition asks any more is read back as one of an older list.
    """
    if rules.options.find(code) is not None or not code.startswith(f"{NAMESPACE}."):
        return rules.options.label(code)
    groups = (group for tree in rules.editions for group in tree.differential)
    for question in (each for group in groups for each in _questions(group)):
        if code in question.options:
            asked, answer = question.text, question.options[code]
            return Words(f"{asked.zh} {answer.zh}", f"{asked.en or asked.zh} {answer.en}")
    return Words(f"旧版选项 {code}", f"Option {code} of an older list")


def _questions(group: DifferentialGroup) -> Iterator[Question]:
    for top in group.children:
        for leaf in top.leaves():
            if leaf.fed_by == "answers" and leaf.question is not None:
                code = f"{NAMESPACE}.{group.code}.{leaf.code}"
                options = {f"{code}.{answer}": label for answer, label in ANSWERS.items()}
                yield Question(code, leaf.question, options)


def _code(unit: UnitRef | None) -> str:
    return "" if unit is None else unit.code
