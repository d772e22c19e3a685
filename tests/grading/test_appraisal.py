"""Plugins judge closed periods; every award keeps its reason, a failure invents none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from tests.grading.ledger import AT, rating

from haochaping.grading import appraisal, closing, entries, formulas, periods
from haochaping.grading.facts import no_cases
from haochaping.hooks.grading import Award, Ratio
from haochaping.hooks.values import Subject, Words
from haochaping.profile.rules import FormulaRules, RatioFormula

NOVEMBER = periods.parse("2026-11")
STAR = Award("honour", Words("窗口服务之星", "Window star"), Words("满意率 100%"), level=5)
RULES = FormulaRules({"bad_rate": RatioFormula("bad_rate", ("bad",), ("rated",), "half_up", 4)}, {})


@dataclass
class Decision:
    answers: Iterable[Any]
    failures: Iterable[Any] = ()


@dataclass
class Answer:
    plugin: str
    value: tuple[Award, ...]


@dataclass
class Failure:
    plugin: str
    message: str


@dataclass
class Hooks:
    """Gives every window a star, and remembers what it was asked."""

    asked: list[Any] = field(default_factory=list)
    failures: tuple[Failure, ...] = ()

    def decide(self, name, /, **question):
        assert name == "grading_appraise"
        self.asked.append(question)
        stars = (STAR,) if question["subject"].kind == "window" else ()
        return Decision((Answer("guangdong", stars),), self.failures)


def names(conn, kind, ids):
    return {each: Subject(kind, each, Words(f"{kind} {each}")) for each in ids}


@pytest.fixture
def closed(store, emit):
    with store.write() as conn:
        entries.record(conn, [rating(5), rating(1), rating(5, window_id=112)])
        closing.Closer(no_cases, "abc", emit).close(conn, NOVEMBER, date(2026, 12, 1), AT)
    return store


def appraise(store, hooks):
    appraiser = appraisal.Appraiser(hooks, formulas.compile_formulas(RULES), names)
    return appraiser.appraise(store, NOVEMBER)


def stored(store, ids=None):
    with store.read() as conn:
        return appraisal.awards_of(conn, NOVEMBER, "window", ids)


def test_units_halls_windows_and_staff_are_judged(closed):
    hooks = Hooks()
    appraise(closed, hooks)
    asked = [(each["subject"].kind, each["subject"].id) for each in hooks.asked]
    assert asked == [
        ("organization", 1),
        ("hall", 11),
        ("window", 111),
        ("window", 112),
        ("staff", 1111),
    ]


def test_a_plugin_sees_the_frozen_figures(closed):
    hooks = Hooks()
    with closed.write() as conn:
        entries.record(conn, [rating(1)])
    appraise(closed, hooks)
    measures = next(e["measures"] for e in hooks.asked if e["subject"].id == 111)
    assert measures.named == {"bad_rate": Ratio(1, 2)}
    assert measures.tally.rated == 2


def test_awards_are_kept_with_plugin_and_reason(closed):
    appraise(closed, Hooks())
    assert stored(closed, [112]) == (appraisal.Awarded("window", 112, "guangdong", STAR),)


def test_appraising_again_gives_the_same(closed):
    appraise(closed, Hooks())
    once = stored(closed)
    appraise(closed, Hooks())
    assert stored(closed) == once
    assert len(once) == 2


def test_a_failing_plugin_is_named_once_and_gives_no_award(closed):
    found = appraise(closed, Hooks(failures=(Failure("zhejiang", "KeyError"),)))
    assert found.failures == ("zhejiang: KeyError",)
    with closed.read() as conn:
        assert appraisal.failures_of(conn, NOVEMBER) == ("zhejiang: KeyError",)
        assert appraisal.failures_of(conn, periods.parse("2026-10")) == ()


def test_a_closed_period_is_due_until_it_is_appraised(closed):
    with closed.read() as conn:
        assert appraisal.is_due(conn, NOVEMBER)
        assert not appraisal.is_due(conn, periods.parse("2026-10"))
    appraise(closed, Hooks())
    with closed.read() as conn:
        assert not appraisal.is_due(conn, NOVEMBER)
