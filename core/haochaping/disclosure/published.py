"""What a published period says beside its boards: rates by the formulas of then, honours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.appraisal import outcomes, stages
from haochaping.appraisal.outcomes import HONOUR
from haochaping.appraisal.stages import Stage
from haochaping.disclosure.method import ROUNDING
from haochaping.grading import basis, scoring
from haochaping.grading.formulas import Formula, Formulas, compute
from haochaping.hooks.grading import Award, CaseFacts, Tally
from haochaping.hooks.values import Period, Words


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One rate or score: as printed, the exact numerator, what it stands on, how it was rounded."""

    name: str
    label: Words
    value: str
    over: str
    n: int
    rounding: Words


def rates(
    conn: Connection, period: Period, names: Iterable[str], tally: Tally, cases: CaseFacts
) -> tuple[PublishedRate, ...]:
    """Return rates of counts by the formulas that the regions' scores of a period were made by.

    Names that those formulas lack are left out; without scores of the period there are none.
    """
    known = _formulas(conn, period)
    results = compute(known, tally, cases)
    return tuple(
        PublishedRate(
            name=name,
            label=known[name].label,
            value=known[name].show(results[name].value),
            over=str(results[name].over),
            n=results[name].under,
            rounding=_rounding(known[name]),
        )
        for name in names
        if name in known
    )


def honours(conn: Connection, period: Period, kind: str, number: int) -> tuple[Award, ...]:
    """Return a subject's honours that stand, none before the period is published."""
    if stages.state(conn, period).stage is not Stage.PUBLISHED:
        return ()
    found = outcomes.one(conn, period, kind, number)
    standing = () if found is None else found.standing_awards
    return tuple(each.award for each in standing if each.award.kind == HONOUR)


def _formulas(conn: Connection, period: Period) -> Formulas:
    for each in scoring.kept(conn, period, "region"):
        rules = basis.kept(conn, each.basis)
        if rules is not None:
            return rules.formulas
    return {}


def _rounding(formula: Formula) -> Words:
    words, places = ROUNDING[formula.rule.rounding], formula.rule.places
    return Words(f"{words.zh}，{places} 位小数", f"{words.en}, {places} decimals")
