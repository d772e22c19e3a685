"""Local questions with their answers, as a unit or its supervisor may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from haochaping.disclosure.suppression import Cell as Count
from haochaping.disclosure.suppression import suppress
from haochaping.evaluation import local_questions
from haochaping.evaluation.rules import IntakeRules
from haochaping.grading import formulas
from haochaping.hooks.evaluation import Question
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Answer:
    """How often one answer was given, and its share of the question's answers in percent."""

    label: Words
    count: Count
    share: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answers; fewer than the smallest number shown have no answers.

    `current` is false for a question that no edition asks any more.
    """

    code: str
    text: Words
    n: Count
    answers: tuple[Answer, ...]
    current: bool = True


def tables(
    rules: IntakeRules, counts: Mapping[str, int], below: int, *, unasked: bool = False
) -> tuple[Answered, ...]:
    """Return a table a question; those nobody answered are left out unless `unasked`.

    `counts` are answers by code. Numbers under `below` are withheld, with a second one where
    the total would tell them; 0 withholds none.
    """
    known = {question.code: question for question in local_questions.all_questions(rules)}
    found = [
        _table(question, {code: counts.get(code, 0) for code in question.options}, below)
        for question in known.values()
    ]
    found += [_table(one, numbers, below, current=False) for one, numbers in _older(known, counts)]
    return tuple(one for one in found if unasked or one.n.text != "0")


def _older(
    known: Mapping[str, Question], counts: Mapping[str, int]
) -> Iterator[tuple[Question, Mapping[str, int]]]:
    """Yield questions of older editions, out of the codes of their answers."""
    codes: dict[str, list[str]] = {}
    for code in sorted(counts):
        asked = code.rpartition(".")[0]
        if asked not in known:
            codes.setdefault(asked, []).append(code)
    for asked, answers in codes.items():
        text = Words(f"旧版问题 {asked}", f"Question {asked} of an older list")
        options = {code: local_questions.answer_label(code) for code in answers}
        yield Question(asked, text, options), {code: counts[code] for code in answers}


def _table(
    question: Question, numbers: Mapping[str, int], below: int, *, current: bool = True
) -> Answered:
    total = sum(numbers.values())
    few = 0 < total < below
    cells = {} if few else suppress(numbers, below)
    return Answered(
        question.code,
        question.text,
        Count(None, below) if few else Count(total),
        tuple(
            Answer(question.options[code], cell, _share(cell, total))
            for code, cell in cells.items()
        ),
        current,
    )


def _share(cell: Count, total: int) -> str:
    return "" if cell.count is None or not total else formulas.percent(cell.count, total, 1)
