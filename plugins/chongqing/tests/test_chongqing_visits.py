"""The rules of the profile choose how a rater is visited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from haochaping.hooks.rectification import CaseState, CaseView, Visit
from haochaping.hooks.values import Duration, Grade, Identity, OccurrenceKey, Unit
from haochaping.testing.profiles import load
from haochaping_chongqing.plugin import Chongqing

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
CASE = CaseView(
    key=OccurrenceKey("500155", 202611, 1),
    public_id="7K2M9QX4TZ",
    origin_kind="evaluation",
    grade=Grade.DISSATISFIED,
    options=("214",),
    identity=Identity.VERIFIED,
    occurrence=None,
    organization_id=1,
    state=CaseState.CLOSED,
    complexity="simple",
    opened_at=AT,
    due_at=AT,
    provisional=False,
    at=AT,
)


def chosen(**changes: Any) -> list[Visit]:
    """The visits that the shipped profile gives a case."""
    settings = load("chongqing").plugins["chongqing"]
    plugin = Chongqing(settings, SimpleNamespace())
    return list(plugin.rectification_visits(case=replace(CASE, **changes)))


@pytest.mark.parametrize(
    ("case", "by"),
    [
        ({"complexity": "complex", "grade": Grade.VERY_DISSATISFIED}, "in_person"),
        ({"complexity": "complex"}, "phone"),
        ({"identity": Identity.PRESUMED}, "wechat"),
        ({}, "sms"),
    ],
)
def test_the_first_rule_that_fits_chooses_one_of_the_four_ways(
    case: dict[str, Any], by: str
) -> None:
    assert [visit.by for visit in chosen(**case)] == [by]


def test_an_anonymous_rater_of_a_simple_case_is_not_visited() -> None:
    assert chosen(identity=Identity.ANONYMOUS) == []


def test_the_visit_has_the_rules_time_and_reason() -> None:
    settings = {"visits": [{"by": "phone", "within": {"count": 2, "unit": "workday"}}]}
    plugin = Chongqing(settings, SimpleNamespace())
    expected = Visit("phone", Duration(2, Unit.WORKDAY), "")
    assert plugin.rectification_visits(case=CASE) == [expected]


def test_without_rules_nobody_is_visited() -> None:
    assert Chongqing({}, SimpleNamespace()).rectification_visits(case=CASE) == []
