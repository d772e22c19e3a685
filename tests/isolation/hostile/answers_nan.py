"""Answers with numbers that are none."""

from haochaping.hooks.evaluation import Admission
from haochaping.hooks.rectification import Plan, PlanStep
from haochaping.hooks.values import Duration, Unit


def harm(asked, services):
    if hasattr(asked, "person_index"):
        return Admission(float("nan"))
    return Plan((PlanStep("reply", Duration(float("inf"), Unit.WORKDAY)),))
