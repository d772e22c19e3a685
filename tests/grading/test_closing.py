"""A closed month keeps its figures; what changes later is a correction."""

from __future__ import annotations

from datetime import date

import pytest
from tests.grading.ledger import AT, five, rating, served

from haochaping.grading import closing, entries, figures, periods
from haochaping.grading.facts import NO_CASES, no_cases
from haochaping.hooks.grading import CaseFacts

NOVEMBER = periods.parse("2026-11")
AFTER = date(2026, 12, 1)


@pytest.fixture
def closer(emit):
    return closing.Closer(no_cases, "abc", emit)


def close(store, closer, today=AFTER):
    with store.write() as conn:
        return closer.close(conn, NOVEMBER, today, AT)


def fill(store, *rows):
    with store.write() as conn:
        entries.record(conn, rows)


def test_a_closed_month_keeps_its_figures(store, closer):
    fill(store, rating(5), rating(1), served(3))
    assert close(store, closer)
    fill(store, rating(1, sign=-1))
    with store.read() as conn:
        kept = closing.frozen(conn, "hall", NOVEMBER)
    assert kept == {11: closing.Frozen(five(g5=1, g1=1, served=3), NO_CASES)}


def test_a_month_is_closed_once(store, closer, emit):
    assert close(store, closer)
    assert not close(store, closer)
    assert emit.payloads("grading.period_closed") == [{"period": "2026-11"}]


def test_a_month_that_runs_cannot_be_closed(store, closer):
    with pytest.raises(closing.PeriodNotOver):
        close(store, closer, date(2026, 11, 30))


def test_case_counts_are_frozen_with_the_figures(store, emit):
    facts = CaseFacts(opened=2, due=1, on_time=1)
    fill(store, rating(1))
    close(store, closing.Closer(lambda conn, kind, ids, period: {11: facts}, "abc", emit))
    with store.read() as conn:
        assert closing.frozen(conn, "hall", NOVEMBER, [11])[11].cases == facts
        assert closing.frozen(conn, "window", NOVEMBER, [111])[111].cases == NO_CASES
        assert closing.frozen(conn, "window", NOVEMBER, [999]) == {}


def test_a_later_change_shows_as_a_correction(store, closer):
    fill(store, rating(5), rating(5, hall_id=12))
    assert corrected(store) == set()
    close(store, closer)
    assert corrected(store) == set()
    fill(store, rating(5, sign=-1))
    assert corrected(store) == {11}


def corrected(store):
    with store.read() as conn:
        now = figures.of(conn, "hall", [11, 12], NOVEMBER)
        return closing.corrected(conn, "hall", NOVEMBER, now)


def test_the_month_to_close_is_the_one_before():
    assert closing.last_month_over(date(2026, 12, 1)) == NOVEMBER
    assert closing.last_month_over(date(2027, 1, 31)).name == "2026-12"
