"""Replaying a period: figures counted anew from the ledger, scores reckoned anew, bit by bit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from haochaping.grading import basis as bases
from haochaping.grading import closing, figures, periods, scores, scoring
from haochaping.grading.basis import Basis
from haochaping.grading.rollup import counted, subject_of
from haochaping.grading.scoring import Kept
from haochaping.grading.tables import COUNTS, KINDS, period_closing, tally_entry
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import ACTIVE_PROVENANCES, Period, Words
from haochaping.problems import Problem


class PeriodOpen(Problem):
    """A period that was never closed has nothing to be compared with."""

    code = "HCP-PERIOD-OPEN"
    status = 409
    title = Words(
        "这个时期还没有封账，没有可重现的结果", "This period is not closed: nothing to replay"
    )


@dataclass(frozen=True, slots=True)
class Differs:
    """Something that did not come out as it was stored."""

    what: str
    subject_kind: str
    subject_id: int
    stored: str
    again: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `digest` (SHA-256) is over everything that was reckoned anew.

    `corrected` counts the subjects whose figures have changed since the closing: late voids
    and amendments, which are shown as corrections and are no differences.
    """

    period: Period
    figures: int
    scores: int
    digest: str
    differences: tuple[Differs, ...]
    corrected: int


@dataclass(frozen=True, slots=True)
class Beside:
    """One subject's score under the rules it was published by, and under others."""

    subject_kind: str
    subject_id: int
    before: int | None
    after: int | None
    places_before: int
    places_after: int


def replay(conn: Connection, period: Period) -> Replay:
    """Reckon a closed period again and compare. Raises PeriodOpen."""
    closed_at = _closed_at(conn, period)
    digest, differences, number, corrected = hashlib.sha256(), [], 0, 0
    for kind in KINDS:
        then = {each: kept.tally for each, kept in closing.frozen(conn, kind, period).items()}
        anew = _counted(conn, kind, period, closed_at)
        _add(digest, {str(each): _plain(anew[each]) for each in sorted(anew)})
        differences += list(_different_figures(kind, then, anew))
        number += len(then)
        corrected += len(
            closing.corrected(conn, kind, period, figures.of(conn, kind, None, period))
        )
    known: dict[str, Basis | None] = {}
    count = 0
    for each in scoring.kept(conn, period):
        basis = known.setdefault(each.basis, bases.kept(conn, each.basis))
        detail = _score_again(basis, period, each)
        _add(digest, detail)
        differences += _different_score(each, detail)
        count += 1
    return Replay(period, number, count, digest.hexdigest(), tuple(differences), corrected)


def beside(conn: Connection, period: Period, other: Basis) -> Iterator[Beside]:
    """Yield every score of a closed period beside what other rules would have made of it.

    Nothing is stored. Raises PeriodOpen.
    """
    _closed_at(conn, period)
    places = other.tree(period.first).places
    for each in scoring.kept(conn, period):
        _, total, _ = scoring.again(other, period, each.inputs)
        yield Beside(each.subject_kind, each.subject_id, each.total, total, each.places, places)


def _closed_at(conn: Connection, period: Period) -> datetime:
    statement = select(period_closing.c.closed_at).where(period_closing.c.period == period.name)
    found: datetime | None = conn.execute(statement).scalar_one_or_none()
    if found is None:
        raise PeriodOpen(period=period.name)
    return found


def _counted(conn: Connection, kind: str, period: Period, until: datetime) -> dict[int, Tally]:
    """Return the figures as of a moment, summed from the ledger alone."""
    rows, span, subject = tally_entry.c, periods.span(period), subject_of(kind)
    provenances = [str(each) for each in ACTIVE_PROVENANCES]
    statement = (
        select(subject, rows.provenance, *(func.sum(each) for each in counted()))
        .where(
            rows.day.between(span.first, span.last),
            rows.at <= until,
            rows.round == 1,
            subject.is_not(None),
        )
        .group_by(subject, rows.provenance)
    )
    sums: dict[int, list[int]] = {}
    for row in conn.execute(statement):
        counts = [int(each) for each in row[2:]]
        active = sum(counts[:5]) if row[1] in provenances else 0
        before = sums.setdefault(row[0], [0] * (len(COUNTS) + 1))
        sums[row[0]] = [a + b for a, b in zip(before, [*counts, active], strict=True)]
    return {each: figures.tally_of(counts) for each, counts in sums.items()}


def _different_figures(
    kind: str, then: Mapping[int, Tally], anew: Mapping[int, Tally]
) -> Iterator[Differs]:
    for each in sorted(then.keys() | anew.keys()):
        a, b = then.get(each, figures.NOTHING), anew.get(each, figures.NOTHING)
        if a != b:
            yield Differs("figures", kind, each, str(_plain(a)), str(_plain(b)))


def _score_again(basis: Basis | None, period: Period, each: Kept) -> dict[str, Any]:
    """Return total, core and detail reckoned anew; empty when the rules are lost."""
    if basis is None:
        return {}
    scored, total, core = scoring.again(basis, period, each.inputs)
    return {"total": total, "core": core, "detail": scores.as_json(scored)}


def _different_score(each: Kept, anew: Mapping[str, Any]) -> list[Differs]:
    stored = {"total": each.total, "core": each.core, "detail": each.detail}
    if _text(stored) == _text(anew):
        return []
    names = [name for name in stored if _text(stored[name]) != _text(anew.get(name))]
    return [
        Differs(
            f"score.{name}",
            each.subject_kind,
            each.subject_id,
            _text(stored[name]),
            _text(anew.get(name)),
        )
        for name in names
    ]


def _plain(tally: Tally) -> list[int]:
    return [*tally.grades[1:], tally.served, tally.bad_at_first, tally.active]


def _add(digest: Any, data: Any) -> None:
    digest.update(_text(data).encode())


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
