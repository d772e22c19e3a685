"""What holds whatever happens: defaults change nothing that people said, closed periods repeat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.grading.ledger import AT, rating, served

from haochaping.grading import (
    basis,
    closing,
    entries,
    figures,
    given_facts,
    periods,
    replaying,
    scoring,
    tallies,
)
from haochaping.grading.facts import no_cases
from haochaping.grading.given_facts import Fact
from haochaping.grading.tables import (
    ALL_TABLES,
    tally,
    tally_cursor,
    tally_entry,
    tally_month,
)
from haochaping.profile import load

QUARTER, YEAR = periods.parse("2026-Q3"), periods.parse("2026")
AFTER = date(2027, 1, 4)
GRADES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 12)), min_size=1, max_size=12)
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
TREE = {
    "good": {"name": "满意", "measure": "satisfaction", "weight": "0.5", "zero_at": "0.5"},
    "active": {"name": "主动", "fed_by": "cases", "measure": "active_rate", "weight": "0.5"},
}


@pytest.fixture(scope="module")
def rules() -> basis.Basis:
    bonus = {"early": {"name": "提速", "fed_by": "efficiency", "measure": "early", "points": "2"}}
    indicators = {"tree": TREE, "bonus": bonus, "bonus_cap": "1"}
    return basis.Basis.of({**load("base").data, "indicators": indicators})


def empty(conn) -> None:
    for table in reversed(ALL_TABLES):
        conn.execute(delete(table))


def day(month: int) -> date:
    return date(2026, month, 11)


def close(conn, emit, rules, period, at: datetime = AT):
    closing.Closer(no_cases, "abc", emit).close(conn, period, AFTER, at)
    scoring.Scorer(rules, "abc").score(conn, period)


@QUICK
@given(said=GRADES, assumed=GRADES)
def test_default_ratings_change_no_active_rate_whatever_they_say(store, rules, said, assumed):
    def share(rows):
        with store.write() as conn:
            for table in (tally, tally_month, tally_entry, tally_cursor):
                conn.execute(delete(table))
            entries.record(conn, rows)
            tallies.fold(conn)
            found = figures.of(conn, "organization", None, YEAR)[1]
        return Fraction(found.active, found.served), found.active

    own = [served(40, day=day(9))] + [rating(grade, day=day(month)) for grade, month in said]
    defaults = [
        rating(grade, day=day(month), provenance="system_default", first_bad=0)
        for grade, month in assumed
    ]
    assert share(own + defaults) == share(own)


@QUICK
@given(said=GRADES)
def test_months_quarters_and_years_come_out_again_bit_by_bit(store, emit, rules, said):
    with store.write() as conn:
        empty(conn)
        rows = [rating(grade, day=day(month)) for grade, month in said]
        entries.record(conn, [*rows, served(50, day=day(8))])
        for period in (periods.parse("2026-08"), QUARTER, YEAR):
            close(conn, emit, rules, period)
        late = [rating(1, day=day(month), at=AT + timedelta(days=9)) for _, month in said]
        entries.record(conn, late)
        for period in (periods.parse("2026-08"), QUARTER, YEAR):
            assert replaying.replay(conn, period).differences == ()


@QUICK
@given(said=GRADES, order=st.randoms(use_true_random=False))
def test_any_order_of_events_and_folds_gives_the_same_figures(store, said, order):
    def counted(rows, folds):
        with store.write() as conn:
            for table in (tally, tally_month, tally_entry, tally_cursor):
                conn.execute(delete(table))
            for row in rows:
                entries.record(conn, [row])
                if folds and order.random() < 0.4:
                    tallies.fold(conn, 2)
            while folds and tallies.fold(conn).entries:
                pass
            return figures.of(conn, "staff", None, QUARTER), figures.of(conn, "hall", None, YEAR)

    rows = [rating(grade, day=day(month)) for grade, month in said]
    rows += [rating(grade, day=day(month), sign=-1, first_bad=0) for grade, month in said[::3]]
    mixed = list(rows)
    order.shuffle(mixed)
    assert counted(mixed, folds=True) == counted(rows, folds=False)


def test_a_quarter_takes_the_sum_of_its_months_facts_unless_it_has_its_own(store, emit, rules):
    with store.write() as conn:
        rows = [rating(5, day=day(month)) for month in (7, 8, 9)]
        entries.record(conn, [*rows, served(9, day=day(7))])
        monthly = [
            Fact("2026-07", "organization", 1, "early", 1, 4),
            Fact("2026-08", "organization", 1, "early", 2, 4),
            Fact("2026-08", "hall", 11, "early", 1, 1),
            Fact("2026-Q3", "hall", 11, "early", 1, 8),
        ]
        given_facts.record(conn, monthly, "test", AT)
        close(conn, emit, rules, QUARTER)
        unit = scoring.one(conn, QUARTER, "organization", 1)
        hall = scoring.one(conn, QUARTER, "hall", 11)
    assert unit.inputs.facts == {"early": (3, 8)}
    assert hall.inputs.facts == {"early": (1, 8)}
    assert unit.total - unit.core == 75
    assert hall.total - hall.core == 25


def test_bonus_points_stop_at_their_cap_in_every_period(store, emit, rules):
    with store.write() as conn:
        entries.record(conn, [rating(5, day=day(7)), served(1, day=day(7))])
        given_facts.record(conn, [Fact("2026-07", "hall", 11, "early", 4, 4)], "test", AT)
        close(conn, emit, rules, QUARTER)
        hall = scoring.one(conn, QUARTER, "hall", 11)
    assert hall.total - hall.core == 100
