"""Which way a rater is visited: the profile's rules, read from the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from haochaping.hooks.rectification import CaseView, Visit
from haochaping.hooks.values import Duration, Unit

_CONDITIONS: Final = ("complexity", "identity", "grade")


def visit_for(settings: Mapping[str, Any], case: CaseView) -> Visit | None:
    """Return the visit of the first rule that fits the case, None when none does."""
    rules = settings.get("visits", ())
    fitting = next((rule for rule in rules if _fits(rule, case)), None)
    return None if fitting is None else _visit(fitting)


def _fits(rule: Mapping[str, Any], case: CaseView) -> bool:
    """Say whether all conditions that a rule names hold; one without any fits every case."""
    known = {
        "complexity": case.complexity,
        "identity": str(case.identity),
        "grade": int(case.grade),
    }
    return all(known[name] in rule[name] for name in _CONDITIONS if name in rule)


def _visit(rule: Mapping[str, Any]) -> Visit:
    within = rule["within"]
    duration = Duration(int(within["count"]), Unit(within["unit"]))
    return Visit(str(rule["by"]), duration, str(rule.get("reason", "")))
