"""Plans as they are kept with a case: durations and warning rungs, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from haochaping.hooks.rectification import Plan, PlanStep, Rung
from haochaping.hooks.values import Duration, Unit, Words
from haochaping.profile.rules import RectificationRules

REPLY = "reply"
CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What a case runs by: its deadlines and its warning ladder, both as durations."""

    steps: tuple[PlanStep, ...]
    rungs: tuple[Rung, ...]

    def steps_from(self, start: str) -> tuple[PlanStep, ...]:
        """Return the steps that count from `start` (`opened` or `replied`)."""
        return tuple(step for step in self.steps if step.start == start)

    def rungs_of(self, kind: str) -> tuple[Rung, ...]:
        """Return the rungs of the deadline `kind`."""
        return tuple(rung for rung in self.rungs if rung.deadline == kind)


def own_plan(rules: RectificationRules, complexity: str) -> CasePlan:
    """Return the profile's own plan for simple or complex cases."""
    return CasePlan(rules.plan(complexity).steps, rules.warnings)


def with_plan(current: CasePlan, plan: Plan | None) -> CasePlan:
    """Return `current` with the steps of `plan`, unchanged when there is none."""
    return current if plan is None else CasePlan(plan.steps, current.rungs)


def with_rungs(current: CasePlan, rungs: Iterable[Rung]) -> CasePlan:
    """Return `current` with `rungs` put in; they replace those of the same deadline and level."""
    ladder = {(rung.deadline, rung.level): rung for rung in current.rungs}
    ladder.update({(rung.deadline, rung.level): rung for rung in rungs})
    return CasePlan(current.steps, tuple(ladder[key] for key in sorted(ladder)))


def to_json(plan: CasePlan) -> dict[str, Any]:
    """Return the plan as JSON."""
    return {
        "steps": [step_json(step) for step in plan.steps],
        "rungs": [rung_json(rung) for rung in plan.rungs],
    }


def from_json(data: Mapping[str, Any]) -> CasePlan:
    """Return the plan that `to_json` wrote."""
    return CasePlan(
        tuple(map(_step, data.get("steps", ()))), tuple(map(_rung, data.get("rungs", ())))
    )


def step_json(step: PlanStep) -> dict[str, Any]:
    """Return a step as JSON."""
    return {
        "kind": step.kind,
        "count": step.duration.count,
        "unit": str(step.duration.unit),
        "start": step.start,
        "cut_off": step.cut_off,
        "holiday_end": step.holiday_end,
        "source": step.source,
    }


def rung_json(rung: Rung) -> dict[str, Any]:
    """Return a rung as JSON."""
    return {
        "level": rung.level,
        "deadline": rung.deadline,
        "count": rung.offset.count,
        "unit": str(rung.offset.unit),
        "before": rung.before,
        "to": rung.to,
        "gateways": list(rung.gateways),
        "text": None if rung.text is None else [rung.text.zh, rung.text.en],
    }


def _step(data: Mapping[str, Any]) -> PlanStep:
    rest = {name: data[name] for name in ("kind", "start", "cut_off", "holiday_end", "source")}
    return PlanStep(duration=_duration(data), **rest)


def _rung(data: Mapping[str, Any]) -> Rung:
    return Rung(
        level=data["level"],
        deadline=data["deadline"],
        offset=_duration(data),
        before=data["before"],
        to=data["to"],
        gateways=tuple(data["gateways"]),
        text=None if data["text"] is None else Words(*data["text"]),
    )


def _duration(data: Mapping[str, Any]) -> Duration:
    return Duration(data["count"], Unit(data["unit"]))
