"""What grading needs to know of rectification cases, filled by the deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final, Protocol

from sqlalchemy import Connection

from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Period, Subject

NO_CASES: Final = CaseFacts()


class CaseCounts(Protocol):
    """Counts over rectification cases (`rectification.facts` fills it)."""

    def __call__(
        self, conn: Connection, kind: str, ids: Sequence[int], period: Period
    ) -> Mapping[int, CaseFacts]:
        """Return the counts of subjects of one kind in a period; missing ones are all 0.

        A period that is not over is counted up to now. Cases that have not yet reached
        their unit are left out: boards of windows would give them away.
        """
        ...


class Names(Protocol):
    """What subjects are called (`catalog.subjects.names`)."""

    def __call__(self, conn: Connection, kind: str, ids: Sequence[int]) -> Mapping[int, Subject]:
        """Return the subjects by id."""
        ...


class Questions(Protocol):
    """Asks the plugins (`plugins.Hooks`)."""

    def decide(self, name: str, /, **question: Any) -> Any:
        """Return `answers` (plugin, value) and `failures` (plugin, hook, message)."""
        ...


def no_cases(
    conn: Connection, kind: str, ids: Sequence[int], period: Period
) -> Mapping[int, CaseFacts]:
    """Count nothing, where there is no rectification."""
    return {}


def add_up(facts: Iterable[CaseFacts]) -> CaseFacts:
    """Return the sum of case counts."""
    return CaseFacts(*(sum(column) for column in zip(*map(astuple, facts), strict=True)))
