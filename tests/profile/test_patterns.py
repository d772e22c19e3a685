"""Patterns that may be slow are refused, those that people write are not."""

from __future__ import annotations

import pytest

from haochaping.profile.patterns import slow

QUICK = [
    "",
    "^[0-9]{11}$",
    "(?:ZJ|GD)[0-9]{6}(?:-[0-9]+)?",
    r"(?P<year>20\d{2})-[A-Z(+*]+\(\d+\)",
    "(?:[0-9]{2}){3}",
    "[)(+]+x*?",
]
NESTED = ["(a+)+$", "(?:a*)*", "((a+)b)*", "(a|a)*", "(a+){2,9}", "(?:(?:a?){3})+", r"(\w+\s?)*"]
MANY = ["a*a*a*a*a*b", "a?" * 30 + "a" * 30, "(a|a)" * 13]


@pytest.mark.parametrize("pattern", QUICK)
def test_usual_patterns_are_quick(pattern: str) -> None:
    assert slow(pattern) is None


@pytest.mark.parametrize("pattern", NESTED)
def test_repetitions_of_what_varies_are_slow(pattern: str) -> None:
    found = slow(pattern)
    assert found is not None
    assert "(a+)+" in found.en


@pytest.mark.parametrize("pattern", MANY)
def test_too_many_repetitions_or_choices_are_slow(pattern: str) -> None:
    found = slow(pattern)
    assert found is not None
    assert "more than" in found.en
