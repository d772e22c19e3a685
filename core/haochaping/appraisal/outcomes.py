"""What a period came to for each subject: score, what stands, what was struck, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection

from haochaping.appraisal import measures, objections
from haochaping.appraisal.measures import Measure
from haochaping.appraisal.objections import UPHELD, Objection
from haochaping.grading import appraisal as awarding
from haochaping.grading import closing, figures, scoring
from haochaping.grading.appraisal import JUDGED, Awarded
from haochaping.grading.scoring import Kept
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period

HONOUR: Final = "honour"
"""Kind of the awards that the public sees; points and penalties are the unit's matter."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One subject's period: its score with all inputs, and everything that follows from it.

    `now` are the figures as they are today where they differ from the frozen ones: changes
    after the freezing are told, and change nothing.
    """

    subject_kind: str
    subject_id: int
    score: Kept | None
    awards: tuple[Awarded, ...]
    measures: tuple[Measure, ...]
    objections: tuple[Objection, ...]
    then: Tally
    now: Tally | None = None

    def struck(self, matter: str) -> bool:
        """Say whether an objection to a matter was upheld: it no longer stands."""
        return any(each.matter == matter and each.state == UPHELD for each in self.objections)

    @property
    def standing_awards(self) -> tuple[Awarded, ...]:
        """The awards that stand."""
        return tuple(each for each in self.awards if not self.struck(f"award:{each.no}"))

    @property
    def standing_measures(self) -> tuple[Measure, ...]:
        """The measures that stand."""
        return tuple(
            each
            for each in self.measures
            if not each.withdrawn and not self.struck(f"measure:{each.id}")
        )

    @property
    def points(self) -> int:
        """All points that stand, in hundredths: awards, measures, upheld objections."""
        return (
            sum(each.award.points for each in self.standing_awards)
            + sum(each.points for each in self.standing_measures)
            + sum(each.points for each in self.objections if each.state == UPHELD)
        )

    @property
    def exact_score(self) -> Fraction | None:
        """The score as it was rounded, None where there is none."""
        if self.score is None or self.score.total is None:
            return None
        return Fraction(self.score.total, 10**self.score.places)


def of(
    conn: Connection, period: Period, kind: str, ids: Sequence[int] | None = None
) -> tuple[Outcome, ...]:
    """Return the outcomes of subjects of one kind in a closed period, the best score first.

    Raises ValueError for a kind that is not judged.
    """
    if kind not in JUDGED:
        raise ValueError(f"subjects of the kind {kind} are not judged")
    then = closing.frozen(conn, kind, period, ids)
    scores = {each.subject_id: each for each in scoring.kept(conn, period, kind, ids)}
    awards: dict[int, list[Awarded]] = {}
    for each in awarding.awards_of(conn, period, kind, ids):
        awards.setdefault(each.subject_id, []).append(each)
    taken, objected = measures.of(conn, period, kind, ids), objections.of(conn, period, kind, ids)
    today = figures.of(conn, kind, ids, period)
    found = [
        Outcome(
            subject_kind=kind,
            subject_id=subject,
            score=scores.get(subject),
            awards=tuple(awards.get(subject, ())),
            measures=tuple(taken.get(subject, ())),
            objections=tuple(objected.get(subject, ())),
            then=frozen.tally,
            now=_changed(frozen.tally, today.get(subject, figures.NOTHING)),
        )
        for subject, frozen in then.items()
    ]
    return tuple(sorted(found, key=_order))


def one(conn: Connection, period: Period, kind: str, subject: int) -> Outcome | None:
    """Return one subject's outcome, None when it has no frozen figures."""
    found = of(conn, period, kind, [subject])
    return found[0] if found else None


def standing_honours(conn: Connection, period: Period, kind: str) -> list[Awarded]:
    """Return the honours of a period that stand: those struck by an objection are gone."""
    awards = awarding.awards_of(conn, period, kind)
    honoured = sorted({each.subject_id for each in awards if each.award.kind == HONOUR})
    return [
        each
        for found in of(conn, period, kind, honoured)
        for each in found.standing_awards
        if each.award.kind == HONOUR
    ]


def _changed(then: Tally, now: Tally) -> Tally | None:
    return None if then == now else now


def _order(each: Outcome) -> tuple[bool, Fraction, int]:
    value = each.exact_score
    return value is None, -(value or Fraction(0)), each.subject_id
