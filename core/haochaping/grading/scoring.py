"""Scoring a closed period: every subject with figures, from what was frozen and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Select, insert, select

from haochaping import __version__
from haochaping.catalog.tables import hall, item, window
from haochaping.grading import answered, closing, figures, formulas, inspected, periods, scores
from haochaping.grading import basis as bases
from haochaping.grading.basis import Basis
from haochaping.grading.closing import Frozen
from haochaping.grading.scores import Scored
from haochaping.grading.tables import KINDS, grading_fact, score
from haochaping.hooks.grading import CaseFacts, Tally
from haochaping.hooks.values import Period

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that went into one score: counts, facts (over, under), codes of hall and item."""

    tally: Tally
    cases: CaseFacts
    facts: Mapping[str, tuple[int, int]]
    hall: str = ""
    item: str = ""

    def document(self) -> dict[str, Any]:
        """Return the inputs as plain data."""
        tally = self.tally
        return {
            "tally": [*tally.grades[1:], tally.served, tally.bad_at_first, tally.active],
            "cases": asdict(self.cases),
            "facts": {name: list(pair) for name, pair in sorted(self.facts.items())},
            "hall": self.hall,
            "item": self.item,
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Inputs:
        """Return inputs from what `document` wrote."""
        facts = {name: (int(over), int(under)) for name, (over, under) in data["facts"].items()}
        tally = figures.tally_of(data["tally"])
        return cls(tally, CaseFacts(**data["cases"]), facts, data["hall"], data["item"])


@dataclass(frozen=True, slots=True)
class Kept:
    """One stored score with all it takes to reckon it again."""

    subject_kind: str
    subject_id: int
    basis: str
    profile_digest: str
    code_version: str
    places: int
    total: int | None
    core: int | None
    inputs: Inputs
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores periods by the rules of a profile; `digest` is the profile's version."""

    basis: Basis
    digest: str

    def score(self, conn: Connection, period: Period) -> int:
        """Store the scores of a period that was just closed; return how many."""
        bases.keep(conn, self.basis)
        stored = 0
        for kind in KINDS:
            found = closing.frozen(conn, kind, period)
            ids = sorted(found)
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start : start + _CHUNK]
                rows = list(self._rows(conn, period, kind, {each: found[each] for each in chunk}))
                conn.execute(insert(score), rows)
                stored += len(rows)
        return stored

    def _rows(
        self, conn: Connection, period: Period, kind: str, found: Mapping[int, Frozen]
    ) -> Iterator[dict[str, Any]]:
        tree, known = self.basis.tree(period.first), self.basis.formulas
        for subject, inputs in inputs_of(conn, period, kind, found).items():
            scored = scores.score(tree, values(known, inputs), inputs.hall, inputs.item)
            yield {
                "period": period.name,
                "subject_kind": kind,
                "subject_id": subject,
                "basis": self.basis.digest,
                "profile_digest": self.digest,
                "code_version": __version__,
                "places": tree.places,
                "total": scores.scaled(scored.total, tree),
                "core": scores.scaled(scored.core, tree),
                "inputs": inputs.document(),
                "detail": scores.as_json(scored),
            }


def again(basis: Basis, period: Period, inputs: Inputs) -> tuple[Scored, int | None, int | None]:
    """Return a score reckoned from its inputs: exact, and total and core scaled."""
    tree = basis.tree(period.first)
    scored = scores.score(tree, values(basis.formulas, inputs), inputs.hall, inputs.item)
    return scored, scores.scaled(scored.total, tree), scores.scaled(scored.core, tree)


def values(known: formulas.Formulas, inputs: Inputs) -> dict[str, Fraction | None]:
    """Return the value of every formula and fact by name; a fact of 0 in 0 has none."""
    results = formulas.compute(known, inputs.tally, inputs.cases)
    found = {name: result.value for name, result in results.items()}
    facts = {
        name: Fraction(over, under) if under else None
        for name, (over, under) in inputs.facts.items()
    }
    return {**found, **facts}


def inputs_of(
    conn: Connection, period: Period, kind: str, found: Mapping[int, Frozen]
) -> dict[int, Inputs]:
    """Return what goes into the scores of subjects with frozen figures."""
    facts = facts_of(conn, period, kind, list(found))
    places = _places(conn, kind, list(found))
    return {
        each: Inputs(kept.tally, kept.cases, facts.get(each, {}), *places.get(each, ("", "")))
        for each, kept in found.items()
    }


def facts_of(
    conn: Connection, period: Period, kind: str, ids: Sequence[int]
) -> dict[int, dict[str, tuple[int, int]]]:
    """Return the facts of subjects in a period by name.

    A fact of a quarter or year is the sum of its months', unless one was given for it as such.
    What inspections found (`inspected`) and raters answered (`answered`) stands where nothing
    was given.
    """
    found = inspected.facts(conn, kind, ids, period)
    for subject, told in answered.facts(conn, kind, ids, period).items():
        found[subject] = {**found.get(subject, {}), **told}
    row = grading_fact.c
    names = [period.name, *(month.name for month in periods.months_of(period))]
    statement = select(row.period, row.subject_id, row.name, row.over, row.under).where(
        row.period.in_(names), row.subject_kind == kind, row.subject_id.in_(ids)
    )
    own: dict[int, dict[str, tuple[int, int]]] = {}
    sums: dict[int, dict[str, tuple[int, int]]] = {}
    for each in conn.execute(statement):
        if each.period == period.name:
            own.setdefault(each.subject_id, {})[each.name] = (each.over, each.under)
            continue
        over, under = sums.setdefault(each.subject_id, {}).get(each.name, (0, 0))
        sums[each.subject_id][each.name] = (over + each.over, under + each.under)
    return {
        each: {**found.get(each, {}), **sums.get(each, {}), **own.get(each, {})}
        for each in {*own, *sums, *found}
    }


def kept(
    conn: Connection, period: Period, kind: str = "", ids: Sequence[int] | None = None
) -> Iterator[Kept]:
    """Yield the stored scores of a period, of one kind or of all, in a fixed order."""
    row = score.c
    statement = select(score).where(row.period == period.name)
    if kind:
        statement = statement.where(row.subject_kind == kind)
    if ids is not None:
        statement = statement.where(row.subject_id.in_(ids))
    for each in conn.execute(statement.order_by(row.subject_kind, row.subject_id)):
        yield Kept(
            subject_kind=each.subject_kind,
            subject_id=each.subject_id,
            basis=each.basis,
            profile_digest=each.profile_digest,
            code_version=each.code_version,
            places=each.places,
            total=each.total,
            core=each.core,
            inputs=Inputs.read(each.inputs),
            detail=each.detail,
        )


def best(
    conn: Connection, period: Period, kind: str, within: Select[Any] | None, limit: int
) -> tuple[int, ...]:
    """Return the subjects that `within` selects (None: all), the best scores first.

    Those without a score come last.
    """
    row = score.c
    statement = (
        select(row.subject_id)
        .where(row.period == period.name, row.subject_kind == kind)
        .order_by(row.total.is_(None), row.total.desc(), row.subject_id)
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(row.subject_id.in_(within))
    return tuple(conn.execute(statement).scalars())


def basis_of(conn: Connection, period: Period, kind: str) -> Basis | None:
    """Return the rules that a kind was scored by in a period, None where there are no scores."""
    row = score.c
    statement = select(row.basis).where(row.period == period.name, row.subject_kind == kind)
    digest = conn.execute(statement.limit(1)).scalar_one_or_none()
    return None if digest is None else bases.kept(conn, digest)


def one(conn: Connection, period: Period, kind: str, subject: int) -> Kept | None:
    """Return the stored score of one subject, None where there is none."""
    return next(kept(conn, period, kind, [subject]), None)


def _places(conn: Connection, kind: str, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return the codes of hall and item by which differential indicators apply."""
    if kind == "hall":
        rows = conn.execute(select(hall.c.id, hall.c.code).where(hall.c.id.in_(ids)))
        return {row.id: (row.code, "") for row in rows}
    if kind == "item":
        rows = conn.execute(select(item.c.id, item.c.code).where(item.c.id.in_(ids)))
        return {row.id: ("", row.code) for row in rows}
    if kind == "window":
        joined = select(window.c.id, hall.c.code).join(hall, hall.c.id == window.c.hall_id)
        rows = conn.execute(joined.where(window.c.id.in_(ids)))
        return {row.id: (row.code, "") for row in rows}
    return {}
