"""Refreshing a shielded figure after each customer reveals nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.disclosure.town import AT, at_small, rate

from haochaping.disclosure import epochs
from haochaping.disclosure.tables import published_figure, waiting_figure
from haochaping.grading import periods
from haochaping.grading.tables import tally_cursor, tally_entry
from haochaping.hooks.grading import Tally

NOVEMBER = periods.parse("2026-11")
RULES = epochs.EpochRules(5, "Asia/Shanghai")
NEXT_DAY = AT + timedelta(days=1)


def publish(store, now=AT, rules=RULES):
    with store.write() as conn:
        return epochs.publish(conn, rules, now)


def seen(store, kind="window", subject=200, period=NOVEMBER):
    with store.read() as conn:
        return epochs.published(conn, kind, [subject], period).get(subject, Tally())


def test_four_ratings_do_not_move_a_figure(store):
    rate(store, at_small(1), at_small(5, 3))
    assert publish(store).entries == 4
    assert seen(store) == Tally()


def test_the_fifth_rating_moves_the_figure_by_all_five(store):
    rate(store, at_small(1), at_small(5, 3))
    publish(store)
    rate(store, at_small(4))
    publish(store)
    assert seen(store) == Tally((0, 1, 0, 0, 1, 3), active=5, bad_at_first=1)


def test_the_day_end_publishes_what_is_left(store):
    rate(store, at_small(2))
    publish(store, AT + timedelta(hours=13, minutes=59))
    assert seen(store).rated == 0
    publish(store, AT + timedelta(hours=14))
    assert seen(store).rated == 1


def test_a_rating_of_the_new_day_is_not_published_with_the_old_day(store):
    rate(store, at_small(5), at_small(1, at=NEXT_DAY, day=NEXT_DAY.date()))
    publish(store, NEXT_DAY)
    assert seen(store) == Tally((0, 0, 0, 0, 0, 1), active=1)


def test_ratings_of_two_months_make_no_batch_together(store):
    rate(store, at_small(5, 4), at_small(1, day=AT.date().replace(month=10)))
    publish(store)
    assert seen(store) == Tally()
    rate(store, at_small(4))
    publish(store)
    assert (seen(store).rated, seen(store, period=periods.parse("2026-10")).rated) == (5, 0)


def test_a_late_change_of_an_earlier_day_waits_like_any_other(store):
    rate(store, at_small(5))
    publish(store, NEXT_DAY)
    rate(store, at_small(5, sign=-1, at=NEXT_DAY), at_small(1, at=NEXT_DAY))
    publish(store, NEXT_DAY + timedelta(minutes=1))
    assert seen(store).grades == (0, 0, 0, 0, 0, 1)
    publish(store, NEXT_DAY + timedelta(days=1))
    assert seen(store).grades == (0, 1, 0, 0, 0, 0)


def test_month_day_and_year_move_together(store):
    rate(store, at_small(5, 5))
    publish(store)
    for name in ("2026-11-16", "2026-11", "2026"):
        assert seen(store, period=periods.parse(name)).rated == 5


def test_services_received_move_with_the_ratings(store):
    rate(store, at_small(0, 9, provenance="", first_bad=0), at_small(5, 4))
    publish(store)
    assert seen(store) == Tally()
    rate(store, at_small(5))
    publish(store)
    assert seen(store).served == 9


def test_a_back_filled_rating_is_published_but_not_active_and_a_default_one_is_not(store):
    rate(store, at_small(3, 5, provenance="backfill"))
    rate(store, at_small(3, 5, provenance="system_default"))
    publish(store)
    assert (seen(store).rated, seen(store).active) == (5, 0)


def test_follow_up_evaluations_are_not_in_the_snapshot(store):
    rate(store, at_small(5, 5, round=2))
    publish(store)
    assert seen(store).rated == 0


def test_subjects_wait_each_for_their_own_batch(store):
    rate(store, at_small(5, 3), at_small(5, 2, window_id=201))
    publish(store)
    assert seen(store).rated == 0
    assert seen(store, "hall", 20).rated == 5
    assert seen(store, "organization", 2).rated == 5


def test_publishing_again_changes_nothing(store):
    rate(store, at_small(5, 7))
    publish(store)
    once = seen(store)
    assert publish(store, AT + timedelta(seconds=30)).figures == 0
    assert seen(store) == once


def test_a_failed_run_publishes_nothing_and_loses_nothing(store):
    rate(store, at_small(5, 5))
    with pytest.raises(ZeroDivisionError), store.write() as conn:
        epochs.publish(conn, RULES, AT)
        raise ZeroDivisionError
    assert seen(store).rated == 0
    publish(store)
    assert seen(store).rated == 5


def test_the_moment_of_the_last_move_is_known(store):
    with store.read() as conn:
        assert epochs.moved_at(conn, "window", 200) is None
    rate(store, at_small(5, 5))
    publish(store)
    with store.read() as conn:
        assert epochs.moved_at(conn, "window", 200) == AT


def test_it_is_known_whether_a_run_could_do_anything(store):
    with store.read() as conn:
        assert not epochs.anything(conn, _local(AT))
    rate(store, at_small(5))
    with store.read() as conn:
        assert epochs.anything(conn, _local(AT))
    publish(store)
    with store.read() as conn:
        assert not epochs.anything(conn, _local(AT))
        assert epochs.anything(conn, _local(NEXT_DAY))


CUSTOMERS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 600)), min_size=1, max_size=30)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(customers=CUSTOMERS)
def test_somebody_who_refreshes_after_every_customer_sees_only_batches(store, customers):
    """Every move of the figure holds at least five ratings, or ends a local day."""
    _clear(store)
    now, before, day = AT, 0, AT
    for grade, minutes in customers:
        now += timedelta(minutes=minutes)
        rate(store, at_small(grade, at=now, day=_local(now)))
        publish(store, now)
        after = _all(store).rated
        if after != before:
            assert after - before >= 5 or _local(now) > _local(day)
        before, day = after, now


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(grades=st.lists(st.integers(1, 5), min_size=5, max_size=12), other=st.integers(1, 5))
def test_what_is_seen_does_not_depend_on_the_grade_of_an_unfinished_batch(store, grades, other):
    """Two histories that differ in the newest customer's grade look the same until a batch ends."""
    views = []
    for last in (grades[-1], other):
        _clear(store)
        views.append(_watch(store, [*grades[:-1], last]))
    first, second = views
    assert first[:-1] == second[:-1]
    if len(grades) % 5:
        assert first == second


def _watch(store, grades):
    views = []
    for step, grade in enumerate(grades):
        now = AT + timedelta(minutes=step)
        rate(store, at_small(grade, at=now))
        publish(store, now)
        views.append(seen(store))
    return views


def _all(store):
    return seen(store, period=periods.parse("2026"))


def _local(moment):
    return periods.local_day(moment, "Asia/Shanghai")


def _clear(store):
    with store.write() as conn:
        for table in (tally_entry, tally_cursor, waiting_figure, published_figure):
            conn.execute(delete(table))


def test_the_local_day_ends_in_shanghai():
    assert _local(datetime(2026, 11, 16, 16, 0, tzinfo=UTC)).day == 17
