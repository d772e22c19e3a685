"""Answers with fifty megabytes."""

from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.rectification import Plan, PlanStep
from haochaping.hooks.values import Duration, Unit


def harm(asked, services):
    words = "差" * (50 * 1024 * 1024 // 3)
    if hasattr(asked, "person_index"):
        return Admission(Verdict.HOLD, words)
    return Plan((PlanStep("reply", Duration(5, Unit.WORKDAY), source=words),))
