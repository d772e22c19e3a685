"""Scores under other weights beside those that counted: both reckoned alike, nothing stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from haochaping.analysis import whatif
from haochaping.analysis.whatif import Rules, Stand
from haochaping.grading import basis, closing, entries, periods, reweighing, scoring
from haochaping.grading.facts import no_cases
from haochaping.grading.standings import RankRules
from haochaping.grading.tables import ALL_TABLES
from haochaping.profile import load
from tests.grading.ledger import AT, rating, served

MONTH = periods.parse("2026-10")
DAY = date(2026, 10, 14)
TREE = {
    "good": {"name": "满意", "measure": "satisfaction", "weight": "0.5"},
    "active": {"name": "主动", "fed_by": "cases", "measure": "active_rate", "weight": "0.5"},
}


@pytest.fixture
def rules() -> basis.Basis:
    return basis.Basis.of({**load("base").data, "indicators": {"tree": TREE}})


@pytest.fixture
def scored(store, emit, rules):
    """Hall 11 pleases and is seldom rated, hall 12 the other way round, hall 13 has two ratings."""
    rows = []
    for hall, good, bad, services in ((11, 40, 0, 400), (12, 20, 20, 40), (13, 2, 0, 2)):
        rows += [rating(5, day=DAY, hall_id=hall)] * good + [rating(1, day=DAY, hall_id=hall)] * bad
        rows.append(served(services, day=DAY, hall_id=hall))
    with store.write() as conn:
        entries.record(conn, rows)
        closing.Closer(no_cases, "abc", emit).close(conn, MONTH, AT.date(), AT)
        scoring.Scorer(rules, "abc").score(conn, MONTH)
    return store


def tried(store, rules, **weights: str):
    tree = rules.tree(MONTH.first)
    stated = {f"core.{name}": Decimal(text) for name, text in weights.items()}
    other = Rules(reweighing.reweighed(tree, stated), rules.formulas, RankRules(30))
    with store.read() as conn:
        return whatif.beside(conn, MONTH, "hall", (11, 12, 13), other)


def test_both_scores_places_and_bands_stand_side_by_side(scored, rules):
    found = {each.subject_id: each for each in tried(scored, rules, good="9", active="1")}
    assert found[11].before == Stand(Fraction(55), 2, 1)
    assert found[11].after == Stand(Fraction(91), 1, 1)
    assert found[12].before == Stand(Fraction(75), 1, 1)
    assert found[12].after == Stand(Fraction(55), 2, 2)
    assert (found[11].difference, found[12].difference) == (36, -20)


def test_too_few_ratings_have_a_score_and_no_place(scored, rules):
    (few,) = (each for each in tried(scored, rules, good="1") if each.subject_id == 13)
    assert few.after == Stand(Fraction(100), None, None)
    assert few.difference == 0


def test_the_best_under_the_other_weights_come_first(scored, rules):
    found = [each.subject_id for each in tried(scored, rules, good="1", active="0")]
    assert found == [11, 13, 12]


def test_the_weights_that_counted_give_the_scores_that_counted(scored, rules):
    found = tried(scored, rules, good="0.5", active="0.5")
    assert all(each.before == each.after and each.difference == 0 for each in found)


def test_nothing_is_stored(scored, rules):
    def stored():
        with scored.read() as conn:
            return [
                conn.execute(select(func.count()).select_from(one)).scalar() for one in ALL_TABLES
            ]

    before = stored()
    tried(scored, rules, good="1", active="0")
    assert stored() == before
