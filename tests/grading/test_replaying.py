"""A closed period comes out the same again, and what does not is named."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from tests.grading.ledger import AT, rating, served

from haochaping.grading import basis, closing, entries, periods, replaying, scoring
from haochaping.grading.facts import no_cases
from haochaping.grading.tables import frozen_figure, grading_fact, score, score_basis
from haochaping.profile import load

NOVEMBER = periods.parse("2026-11")
NODE = {"name": "满意", "measure": "satisfaction", "weight": "0.5", "zero_at": "0.5"}
FACT = {"name": "提速", "fed_by": "efficiency", "measure": "early", "weight": Decimal("0.5")}


@pytest.fixture(scope="module")
def rules() -> basis.Basis:
    data = {**load("base").data, "indicators": {"tree": {"good": NODE, "early": FACT}}}
    return basis.Basis.of(data)


@pytest.fixture
def closed(store, emit, rules):
    """A month with ratings and a fact, closed and scored."""
    with store.write() as conn:
        entries.record(conn, [rating(5), rating(5), rating(1), served(4)])
        fact = {"period": "2026-11", "subject_kind": "hall", "subject_id": 11, "name": "early"}
        conn.execute(
            grading_fact.insert(), [{**fact, "over": 3, "under": 4, "source": "test", "at": AT}]
        )
        close(conn, emit, rules)
    return store


def close(conn, emit, rules):
    closing.Closer(no_cases, "abc", emit).close(conn, NOVEMBER, date(2026, 12, 1), AT)
    scoring.Scorer(rules, "abc").score(conn, NOVEMBER)


def replay(store):
    with store.read() as conn:
        return replaying.replay(conn, NOVEMBER)


def test_a_score_keeps_rules_inputs_and_versions(closed, rules):
    with closed.read() as conn:
        (hall,) = scoring.kept(conn, NOVEMBER, "hall")
    assert (hall.total, hall.places) == (5417, 2)
    assert hall.inputs.facts == {"early": (3, 4)}
    assert (hall.basis, hall.profile_digest) == (rules.digest, "abc")
    assert hall.code_version
    assert [part[0] for part in hall.detail["parts"]] == ["early", "good"]


def test_a_subject_without_a_fact_has_its_weight_shared_out(closed):
    with closed.read() as conn:
        (unit,) = scoring.kept(conn, NOVEMBER, "organization")
    assert unit.total == 3333


def test_a_closed_month_comes_out_the_same_bit_by_bit(closed):
    first, second = replay(closed), replay(closed)
    assert first.differences == ()
    assert first == second
    assert (first.figures, first.scores) == (6, 6)


def test_late_changes_are_corrections_and_no_differences(closed):
    with closed.write() as conn:
        entries.record(conn, [{**rating(1, sign=-1), "at": AT + timedelta(days=3)}])
    found = replay(closed)
    assert found.differences == ()
    assert found.corrected == 6


def test_figures_that_were_touched_are_named(closed):
    with closed.write() as conn:
        conn.execute(
            update(frozen_figure).where(frozen_figure.c.subject_kind == "hall").values(g5=9)
        )
    (found,) = replay(closed).differences
    assert (found.what, found.subject_kind, found.subject_id) == ("figures", "hall", 11)


def test_a_score_that_was_touched_is_named(closed):
    with closed.write() as conn:
        conn.execute(update(score).where(score.c.subject_kind == "hall").values(total=9999))
    (found,) = replay(closed).differences
    assert (found.what, found.stored, found.again) == ("score.total", "9999", "5417")


def test_rules_that_were_touched_make_every_score_differ(closed):
    with closed.write() as conn:
        conn.execute(update(score_basis).values(data={"indicators": {}, "formulas": {}}))
    assert {each.what for each in replay(closed).differences} >= {"score.detail"}


def test_a_month_that_was_never_closed_cannot_be_replayed(store):
    with store.read() as conn, pytest.raises(replaying.PeriodOpen):
        replaying.replay(conn, NOVEMBER)


def test_other_weights_stand_beside_and_nothing_is_stored(closed):
    other = {**NODE, "weight": "1"}
    under = basis.Basis.of({**load("base").data, "indicators": {"tree": {"good": other}}})
    with closed.read() as conn:
        halls = [e for e in replaying.beside(conn, NOVEMBER, under) if e.subject_kind == "hall"]
        before = list(scoring.kept(conn, NOVEMBER))
    assert [(each.before, each.after) for each in halls] == [(5417, 3333)]
    with closed.read() as conn:
        assert list(scoring.kept(conn, NOVEMBER)) == before


def test_the_same_rules_have_the_same_digest_however_they_are_written(rules):
    written = {**load("base").data, "indicators": {"tree": {"early": FACT, "good": NODE}}}
    assert basis.Basis.of(written).digest == rules.digest
