"""Appraisal: what the frozen figures of a period lead to, as profile and plugins judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from haochaping.grading import consequences, formulas, periods, standings
from haochaping.grading.closing import Frozen, frozen
from haochaping.grading.consequences import Consequence
from haochaping.grading.facts import Names, Questions
from haochaping.grading.formulas import Formulas
from haochaping.grading.scoring import facts_of
from haochaping.grading.standings import RankRules
from haochaping.grading.tables import award, period_closing
from haochaping.hooks.grading import Award, Evidence, Measures, Ratio
from haochaping.hooks.values import Period, Subject, Words
from haochaping.store import Store

JUDGED: Final = ("organization", "hall", "window", "staff")
"""Kinds of subjects that are judged."""

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Awarded:
    """An award as it is kept: whom, when, by which plugin; `no` is its number in the period."""

    subject_kind: str
    subject_id: int
    plugin: str
    award: Award
    no: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What one appraisal found: awards, and the plugins that failed, each once with its words."""

    awards: tuple[Awarded, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appraiser:
    """Asks profile and plugins about every judged subject of a closed period."""

    hooks: Questions
    formulas: Formulas
    names: Names
    rules: Sequence[Consequence] = ()
    ranking: RankRules = field(default_factory=RankRules)

    def appraise(self, store: Store, period: Period) -> Appraisal:
        """Ask outside any transaction, then store all awards of the period in one.

        Running it again replaces what it stored and gives the same result.
        """
        found = self.judge(store, period)
        with store.write() as conn:
            keep(conn, period, found)
        return found

    def judge(self, store: Store, period: Period) -> Appraisal:
        """Ask the plugins about every judged subject of a closed period; store nothing."""
        awards: list[Awarded] = []
        failures: set[str] = set()
        for kind in JUDGED:
            for subject, measures in self._subjects(store, kind, period):
                awards += self._by_profile(subject, measures, period)
                decision = self.hooks.decide(
                    "grading_appraise", subject=subject, period=period, measures=measures
                )
                awards += _awarded(subject, decision.answers)
                failures |= {f"{each.plugin}: {each.message}" for each in decision.failures}
        return Appraisal(tuple(awards), tuple(sorted(failures)))

    def _subjects(
        self, store: Store, kind: str, period: Period
    ) -> Iterator[tuple[Subject, Measures]]:
        with store.read() as conn:
            found = frozen(conn, kind, period)
            ids = sorted(found)
            names: dict[int, Subject] = {}
            facts: dict[int, dict[str, tuple[int, int]]] = {}
            for start in range(0, len(ids), _CHUNK):
                names.update(self.names(conn, kind, ids[start : start + _CHUNK]))
                facts.update(facts_of(conn, period, kind, ids[start : start + _CHUNK]))
            scored = standings.scored(conn, period, kind)
        places = standings.standings(scored, found, self.ranking)
        for each in ids:
            if each in names:
                given = {name: Ratio(*pair) for name, pair in facts.get(each, {}).items()}
                own = self._measures(found[each], given)
                score, place = scored.get(each), places.get(each)
                yield names[each], replace(own, score=score, standing=place)

    def _measures(self, found: Frozen, facts: Mapping[str, Ratio]) -> Measures:
        results = formulas.compute(self.formulas, found.tally, found.cases)
        named = {name: each for name, each in results.items() if isinstance(each, Ratio)}
        return Measures(found.tally, found.cases, named, facts)

    def _by_profile(
        self, subject: Subject, measures: Measures, period: Period
    ) -> Iterator[Awarded]:
        asked = (subject.kind, periods.kind(period))
        for each in consequences.awards(self.rules, asked, measures, self.formulas):
            yield Awarded(subject.kind, subject.id, consequences.SOURCE, each)


def keep(conn: Connection, period: Period, found: Appraisal) -> None:
    """Replace the awards of a period."""
    conn.execute(delete(award).where(award.c.period == period.name))
    rows = [_row(period, no, each) for no, each in enumerate(found.awards)]
    if rows:
        conn.execute(insert(award), rows)
    conn.execute(
        update(period_closing)
        .where(period_closing.c.period == period.name)
        .values(appraised=True, failures=list(found.failures))
    )


def is_due(conn: Connection, period: Period) -> bool:
    """Say whether a period is closed and was not appraised yet."""
    rows = period_closing.c
    statement = select(rows.appraised).where(rows.period == period.name)
    return conn.execute(statement).scalar_one_or_none() is False


def awards_of(
    conn: Connection, period: Period, kind: str, ids: Sequence[int] | None = None
) -> tuple[Awarded, ...]:
    """Return the awards of a period for subjects of one kind."""
    statement = (
        select(award)
        .where(award.c.period == period.name, award.c.subject_kind == kind)
        .order_by(award.c.no)
    )
    if ids is not None:
        statement = statement.where(award.c.subject_id.in_(ids))
    return tuple(_read(row) for row in conn.execute(statement))


def failures_of(conn: Connection, period: Period) -> tuple[str, ...]:
    """Return which plugins gave no answer when the period was appraised."""
    statement = select(period_closing.c.failures).where(period_closing.c.period == period.name)
    return tuple(conn.execute(statement).scalar_one_or_none() or ())


def _awarded(subject: Subject, answers: Iterable[Any]) -> list[Awarded]:
    return [
        Awarded(subject.kind, subject.id, answer.plugin, each)
        for answer in answers
        for each in answer.value
    ]


def _row(period: Period, no: int, each: Awarded) -> dict[str, Any]:
    found = each.award
    return {
        "period": period.name,
        "subject_kind": each.subject_kind,
        "subject_id": each.subject_id,
        "plugin": each.plugin,
        "no": no,
        "kind": found.kind,
        "name": [found.name.zh, found.name.en],
        "reason": [found.reason.zh, found.reason.en],
        "points": found.points,
        "level": found.level,
        "evidence": [[each.label.zh, each.label.en, each.link] for each in found.evidence],
    }


def _read(row: Any) -> Awarded:
    evidence = tuple(Evidence(Words(zh, en), link) for zh, en, link in row.evidence)
    name, reason = Words(*row.name), Words(*row.reason)
    found = Award(row.kind, name, reason, row.points, row.level, evidence)
    return Awarded(row.subject_kind, row.subject_id, row.plugin, found, row.no)
