"""Standings: who stands where by score, as far as the figures can bear it; ties share a rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Connection, select

from haochaping.grading.closing import Frozen
from haochaping.grading.tables import score
from haochaping.hooks.grading import Standing
from haochaping.hooks.values import Period


@dataclass(frozen=True, slots=True)
class RankRules:
    """Who is ranked: at least `min_n` ratings, and offered to at least `coverage_floor` of all.

    Without a coverage ledger for a kind the floor does not bind it.
    """

    min_n: int = 30
    coverage_floor: Decimal = Decimal(0)

    def admits(self, found: Frozen) -> bool:
        """Say whether the figures of a subject bear a rank."""
        wanted = found.cases.to_offer
        covered = not wanted or Fraction(found.cases.offered, wanted) >= self.coverage_floor
        return found.tally.rated >= self.min_n and covered


def scored(conn: Connection, period: Period, kind: str) -> dict[int, Fraction]:
    """Return the scores of a closed period as they were rounded; those without one are left out."""
    row = score.c
    statement = select(row.subject_id, row.total, row.places).where(
        row.period == period.name, row.subject_kind == kind, row.total.is_not(None)
    )
    return {
        each.subject_id: Fraction(each.total, 10**each.places) for each in conn.execute(statement)
    }


def standings(
    scores: Mapping[int, Fraction], figures: Mapping[int, Frozen], rules: RankRules
) -> dict[int, Standing]:
    """Return the standing of every subject that is ranked, the highest score first."""
    ranked = {
        each: value
        for each, value in scores.items()
        if each in figures and rules.admits(figures[each])
    }
    ordered = sorted(ranked.values(), reverse=True)
    first = {value: place for place, value in reversed(list(enumerate(ordered, 1)))}
    return {each: Standing(first[value], len(ranked)) for each, value in ranked.items()}
