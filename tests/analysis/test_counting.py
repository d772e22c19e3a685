"""The counts follow every fate of a rating, and are what the stored ratings say."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from haochaping.analysis import counting, reading, recount
from haochaping.analysis.reading import Rate, Within
from haochaping.analysis.tables import analysis_count
from haochaping.evaluation import events
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus

from .conftest import RULES, Ratings

NOVEMBER = ["2026-11"]
ALL = Within()


def total(ratings: Ratings, within: Within = ALL) -> Rate:
    ratings.read()
    with ratings.store.read() as conn:
        return reading.totals(conn, within, NOVEMBER)["2026-11"]


def test_a_bad_rating_counts_by_place_hour_and_reason(ratings: Ratings) -> None:
    ratings.give(5)
    ratings.give(1, options=("108", "110", "local.comfort.seats.poor"))
    ratings.give(2, options=(), item_id=6)
    assert total(ratings) == Rate(2, 3)
    with ratings.store.read() as conn:
        assert reading.by_hour(conn, ALL, NOVEMBER) == {(0, 9): Rate(2, 3)}
        assert reading.by_reason(conn, ALL, NOVEMBER) == {"2026-11": {"108": 1, "110": 1, "": 1}}
        assert reading.reasons_of(conn, ALL, NOVEMBER, "item") == {
            5: {"108": 1, "110": 1},
            6: {"": 1},
        }
        assert reading.by_kind(conn, ALL, NOVEMBER, "item") == {
            5: {"2026-11": Rate(1, 2)},
            6: {"2026-11": Rate(1, 1)},
        }
        assert reading.totals(conn, Within(item=6), NOVEMBER) == {"2026-11": Rate(1, 1)}
        assert reading.totals(conn, Within([2]), NOVEMBER) == {"2026-11": Rate(0, 0)}


def test_the_hour_is_the_local_one_in_which_the_first_rating_came(ratings: Ratings) -> None:
    late = ratings.give(5, datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    ratings.give(5, datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    ratings.change(late, 2)
    ratings.read()
    with ratings.store.read() as conn:
        assert reading.by_hour(conn, ALL, NOVEMBER) == {(0, 23): Rate(1, 1)}
        assert reading.by_hour(conn, ALL, ["2026-12"]) == {(1, 0): Rate(0, 1)}


def test_what_is_changed_void_or_given_again_does_not_stay(ratings: Ratings) -> None:
    number = ratings.give(2)
    ratings.change(number, 5)
    void = ratings.give(1)
    ratings.end(void, events.VOIDED, EvaluationStatus.VOID)
    ratings.give(2, status="held")
    ratings.give(2, round=2)
    ratings.give(5, provenance="system_default")
    assert total(ratings) == Rate(0, 1)
    with ratings.store.write() as conn:
        assert recount.by_ratings(conn, RULES) == recount.stored(conn)


@given(fates=st.lists(st.integers(0, 5), max_size=12), batch=st.integers(1, 5))
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_in_any_order_and_batch_the_counts_are_those_of_a_recount(
    ratings: Ratings, fates: list[int], batch: int
) -> None:
    _forget(ratings)
    for fate in fates:
        number = ratings.give(2 if fate % 2 else 5, hall_id=None if fate == 4 else 2)
        if fate == 1:
            ratings.end(number, events.WITHDRAWN, EvaluationStatus.WITHDRAWN)
        elif fate in (2, 3):
            ratings.read(batch)
            ratings.change(ratings.change(number, 1, ("108",)), 5 - fate)
        elif fate == 5:
            ratings.end(number, events.EXCLUDED, EvaluationStatus.EXCLUDED)
            ratings.end(number, events.RELEASED, EvaluationStatus.EFFECTIVE)
    ratings.read(batch)
    with ratings.store.write() as conn:
        found = recount.stored(conn)
        assert recount.by_ratings(conn, RULES) == found


def test_what_was_counted_wrongly_is_found_and_mended(ratings: Ratings) -> None:
    ratings.many(6, bad=1)
    ratings.read()
    with ratings.store.write() as conn:
        counting.show(conn, "2026-12")
        conn.execute(analysis_count.update().values(bad=4))
        assert len(recount.compare(conn, RULES)) == 3
        assert recount.rebuild(conn, RULES) == 3
        assert recount.compare(conn, RULES) == ()
        assert reading.totals(conn, Within(shown=True), NOVEMBER) == {"2026-11": Rate(1, 6)}


def test_units_see_a_month_once_it_is_over_and_its_changes_a_month_later(
    ratings: Ratings,
) -> None:
    shown = Within(shown=True)
    number = ratings.give(2)
    assert total(ratings, shown) == Rate(0, 0)
    with ratings.store.write() as conn:
        assert counting.show(conn, "2026-11") == 0
        assert counting.show(conn, "2026-12") == 3
    ratings.change(number, 5)
    assert total(ratings, shown) == Rate(1, 1)
    assert total(ratings) == Rate(0, 1)
    with ratings.store.write() as conn:
        counting.show(conn, "2027-01")
    assert total(ratings, shown) == Rate(0, 1)


def _forget(ratings: Ratings) -> None:
    """Begin anew, the journal apart: it is never emptied."""
    ratings.read()
    with ratings.store.write() as conn:
        for table in (evaluation, analysis_count):
            conn.execute(delete(table))
    ratings.rows.clear()
