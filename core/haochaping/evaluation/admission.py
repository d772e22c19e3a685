"""Asking the plugins whether a rating is accepted, held or excluded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.values import EvaluationStatus, Words
from haochaping.plugins.answers import Decision
from haochaping.plugins.calls import Hooks

_LONGEST_REASON: Final = 100


@dataclass(frozen=True, slots=True)
class Ruling:
    """The status a rating gets, why (a stable word), and what its rater is told."""

    status: EvaluationStatus
    reason: str = ""
    notice: Words | None = None


ACCEPTED: Final = Ruling(EvaluationStatus.EFFECTIVE)
_STATUS: Final = {
    Verdict.ACCEPT: EvaluationStatus.EFFECTIVE,
    Verdict.EXCLUDE: EvaluationStatus.EXCLUDED,
    Verdict.HOLD: EvaluationStatus.HELD,
}
_CHECKING: Final = Words(
    "评价已收到，正在核对，核对后生效", "Your rating has been received and is being checked"
)


def ask(hooks: Hooks, submission: Submission) -> Ruling:
    """Return the strictest ruling; a plugin that fails holds the rating, never drops it."""
    decision = hooks.decide("evaluation_admit", submission=submission)
    if decision.failures:
        return _held_for(decision)
    admission: Admission | None = decision.combined
    if admission is None or admission.verdict is Verdict.ACCEPT:
        return ACCEPTED
    notice = admission.notice or (_CHECKING if admission.verdict is Verdict.HOLD else None)
    return Ruling(_STATUS[admission.verdict], admission.reason[:_LONGEST_REASON], notice)


def _held_for(decision: Decision) -> Ruling:
    plugins = ",".join(dict.fromkeys(failure.plugin for failure in decision.failures))
    reason = f"plugin_failed:{plugins}"[:_LONGEST_REASON]
    return Ruling(EvaluationStatus.HELD, reason, _CHECKING)
