"""The roll-up equals the ledger and the stored rows, whatever happens to ratings."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from tests.grading.ledger import AT, DAY, PLACE, REGION, Desk, five, rating, served, tell

from haochaping.catalog.served import served_event
from haochaping.catalog.tables import occurrence
from haochaping.evaluation.tables import evaluation
from haochaping.grading import entries, figures, folding, periods, tallies
from haochaping.grading.tables import tally, tally_cursor, tally_entry, tally_month
from haochaping.store.migrations.versions import m0080_tally_months

RULES = tallies.CountingRules()
MONTH = periods.parse("2026-11")


def fill(store, rows):
    with store.write() as conn:
        entries.record(conn, rows)


def fold(store, limit=1000):
    with store.write() as conn:
        return tallies.fold(conn, limit)


def month(store, kind="organization", subject=1):
    with store.read() as conn:
        return figures.of(conn, kind, [subject], MONTH).get(subject)


def test_a_fold_takes_every_entry_once(store):
    fill(store, [rating(5), rating(2), served(3)])
    assert fold(store).entries == 3
    assert fold(store).entries == 0
    assert month(store) == five(g5=1, g2=1, served=3)


def test_a_fold_that_meets_its_limit_says_that_there_is_more(store):
    fill(store, [rating(5), rating(5), rating(5)])
    assert fold(store, 2) == tallies.Folded(2, True)
    assert fold(store, 2) == tallies.Folded(1, False)
    assert month(store) == five(g5=3)


def test_figures_are_exact_before_between_and_after_folds(store):
    fill(store, [rating(5), rating(4)])
    assert month(store) == five(g5=1, g4=1)
    fold(store, 1)
    assert month(store) == five(g5=1, g4=1)
    fold(store)
    assert month(store) == five(g5=1, g4=1)


def test_a_rating_counts_for_every_kind_of_subject(store):
    fill(store, [rating(3)])
    fold(store)
    for kind, subject in [
        ("region", 330106),
        ("hall", 11),
        ("window", 111),
        ("staff", 1111),
        ("item", 5),
    ]:
        assert month(store, kind, subject) == five(g3=1)


def test_a_rating_without_a_window_counts_for_its_organization_only(store):
    fill(store, [rating(3, hall_id=None, window_id=None, staff_id=None, item_id=None)])
    fold(store)
    with store.read() as conn:
        kinds = set(conn.execute(select(tally.c.subject_kind)).scalars())
    assert kinds == {"region", "organization"}


def test_a_fold_that_fails_leaves_cursor_and_roll_up_as_they_were(store):
    fill(store, [rating(5)])
    with pytest.raises(ZeroDivisionError), store.write() as conn:
        tallies.fold(conn)
        raise ZeroDivisionError
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(tally)).scalar() == 0
        assert conn.execute(select(tally_cursor)).all() == []
    assert month(store) == five(g5=1)


def test_a_slow_transaction_is_not_skipped(postgres_store):
    """Its rows have smaller numbers than those folded while it was still open."""
    with postgres_store.write() as slow:
        entries.record(slow, [rating(1)])
        fill(postgres_store, [rating(5)])
        assert fold(postgres_store).entries == 0
        assert month(postgres_store) == five(g5=1)
    assert fold(postgres_store).entries == 2
    assert month(postgres_store) == five(g5=1, g1=1)


def test_a_board_is_exact_while_a_slow_transaction_holds_the_fold_back(postgres_store):
    fill(postgres_store, [rating(4)])
    fold(postgres_store)
    with postgres_store.write() as slow:
        entries.record(slow, [rating(1)])
        fill(postgres_store, [rating(5), rating(5)])
        fold(postgres_store)
        assert month(postgres_store) == five(g4=1, g5=2)


def test_an_amended_rating_counts_with_its_new_grade_and_stays_bad_at_first(store):
    with store.write() as conn:
        desk = Desk(conn)
        desk.amend(desk.rate(1), 5)
    assert month(store) == five(g5=1, bad_at_first=1)


def test_a_void_rating_counts_no_more(store):
    with store.write() as conn:
        desk = Desk(conn)
        desk.move(desk.rate(5), "void")
        desk.rate(4)
    assert month(store) == five(g4=1)


def test_a_held_rating_counts_once_it_is_released(store):
    with store.write() as conn:
        desk = Desk(conn)
        chain = desk.rate(2, "held")
    assert month(store) is None
    with store.write() as conn:
        Desk(conn, 1, desk.chains).move(chain, "effective")
    assert month(store) == five(g2=1)


def test_an_excluded_rating_is_in_no_figure(store):
    with store.write() as conn:
        desk = Desk(conn)
        desk.rate(1, "excluded")
        desk.move(desk.rate(1), "excluded")
    assert month(store) in (None, five())


def occurrence_row(**other):
    row = {**PLACE, "region": REGION, "served_month": 202611, "id": 1}
    return row | {"served_at": AT, "created_at": AT, "service_channel": "hall"} | other


def test_a_transfer_of_an_occurrence_moves_its_service_to_the_other_unit(store):
    before, after = occurrence_row(), occurrence_row(organization_id=2)
    with store.write() as conn:
        tell(conn, served_event(None, before))
        tell(conn, served_event(before, after))
    assert month(store, subject=1).served == 0
    assert month(store, subject=2).served == 1


def test_a_service_under_way_is_not_counted_until_it_ends(store):
    under_way = occurrence_row(served_at=None)
    with store.write() as conn:
        tell(conn, served_event(None, under_way))
    assert month(store) is None
    with store.write() as conn:
        tell(conn, served_event(under_way, occurrence_row()))
    assert month(store) == five(served=1)


def test_an_occurrence_pushed_again_unchanged_writes_nothing(store):
    with store.write() as conn:
        tell(conn, served_event(occurrence_row(), occurrence_row()))
        assert conn.execute(select(func.count()).select_from(tally_entry)).scalar() == 0


def test_a_rebuild_restores_what_was_spoilt(store):
    with store.write() as conn:
        desk = Desk(conn)
        desk.rate(5)
        desk.serve()
    fold(store)
    with store.write() as conn:
        conn.execute(update(tally).values(g5=17))
        assert tallies.compare(conn, RULES) != ()
        tallies.rebuild(conn, RULES)
        assert tallies.compare(conn, RULES) == ()
    assert month(store) == five(g5=1, served=1)


def test_a_spoilt_month_of_the_boards_is_found_and_mended(store):
    with store.write() as conn:
        Desk(conn).rate(5)
    fold(store)
    with store.write() as conn:
        hall = tally_month.c.subject_kind == "hall"
        conn.execute(update(tally_month).where(hall).values(g5=17))
        (wrong,) = tallies.compare(conn, RULES)
        assert wrong.key == ("2026-11", "hall", 11)
        assert (wrong.expected, wrong.found) == (
            (0, 0, 0, 0, 1, 0, 0, 1),
            (0, 0, 0, 0, 17, 0, 0, 1),
        )
        tallies.rebuild(conn, RULES)
        assert tallies.compare(conn, RULES) == ()
    assert month(store, "hall", 11) == five(g5=1)


def test_months_catch_up_with_what_a_process_of_an_older_release_folded(store):
    """It knows nothing of the boards' months; figures are exact all the time."""
    with store.write() as conn:
        desk = Desk(conn)
        desk.rate(5)
        folding.fold(conn)
        desk.rate(1)
    assert month(store) == five(g5=1, g1=1)
    with store.write() as conn:
        assert tallies.compare(conn, RULES) == ()
        assert tallies.waiting(conn)
        assert tallies.fold(conn).entries == 2
        assert tallies.compare(conn, RULES) == ()
        assert not tallies.waiting(conn)
    assert month(store) == five(g5=1, g1=1)


def test_the_migration_fills_the_months_of_what_was_counted_before(store):
    with store.write() as conn:
        desk = Desk(conn)
        for each in ({}, {"provenance": "backfill"}, {"round": 2}, {"channel": "qr"}):
            desk.rate(4, **each)
        entries.record(conn, [rating(3, provenance="system_default")])
        folding.fold(conn)
        desk.rate(1)
        tally_month.drop(conn)
        with Operations.context(MigrationContext.configure(conn)):
            m0080_tally_months.upgrade()
        narrow = [one for one in tallies.compare(conn, RULES) if one.key[3:] == ()]
        assert narrow == []
        found = figures.of(conn, "hall", [11], MONTH)
    assert found == {11: five(g4=3, g1=1, active=3)}


def test_a_difference_names_the_row_and_both_counts(store):
    with store.write() as conn:
        Desk(conn).rate(5)
    fold(store)
    with store.write() as conn:
        conn.execute(delete(tally).where(tally.c.subject_kind != "hall"))
        conn.execute(update(tally).where(tally.c.period == "2026-11").values(g5=3))
        found = tallies.compare(conn, RULES)
    wrong = [each for each in found if each.key.subject_kind == "hall"]
    assert [(each.key.period, each.expected[4], each.found[4]) for each in wrong] == [
        ("2026-11", 1, 3)
    ]


def test_a_rebuild_leaves_the_unfolded_tail_to_the_next_fold(store):
    with store.write() as conn:
        desk = Desk(conn)
        desk.rate(5)
    fold(store)
    with store.write() as conn:
        Desk(conn, desk.last_id).rate(1)
        tallies.rebuild(conn, RULES)
    assert month(store) == five(g5=1, g1=1)
    fold(store)
    assert month(store) == five(g5=1, g1=1)


def test_a_service_counts_on_its_local_day(store):
    """17:00 UTC is the next day in Shanghai."""
    with store.write() as conn:
        Desk(conn).serve(day=DAY)
        at = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
        conn.execute(update(occurrence).values(served_at=at))
        conn.execute(delete(tally_entry))
        tallies.rebuild(conn, RULES)
        days = conn.execute(select(tally.c.period).where(tally.c.subject_kind == "hall")).scalars()
        assert sorted(days) == ["2026-11", "2026-11-17"]


ACTIONS = ["rate", "hold", "amend", "serve", "fold", "old", "void", "withdrawn", "excluded"]
ACTIONS += ["effective"]
MOVES = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(1, 5), st.integers(0, 7)), max_size=20
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_the_roll_up_equals_a_recount_after_any_history(store, moves):
    with store.write() as conn:
        for each in (evaluation, occurrence, tally, tally_month, tally_entry, tally_cursor):
            conn.execute(delete(each))
    desk = Desk(None)
    for action, grade, choice in moves:
        with store.write() as conn:
            desk.conn = conn
            play(desk, action, grade, choice)
    with store.write() as conn:
        assert tallies.compare(conn, RULES) == ()
    fold(store)
    with store.write() as conn:
        assert tallies.compare(conn, RULES) == ()


def play(desk, action, grade, choice):
    alive = [chain for chain, row in desk.chains.items() if row["status"] in ("effective", "held")]
    day = DAY if choice % 2 else date(2026, 10, 31)
    if action == "fold":
        tallies.fold(desk.conn, 3)
    elif action == "old":
        folding.fold(desk.conn, 4)
    elif action == "serve":
        desk.serve(window_id=choice)
    elif action in ("rate", "hold"):
        status = "effective" if action == "rate" else "held"
        desk.rate(grade, status, window_id=choice or None, round=1 + choice // 6, counted_on=day)
    elif alive and action == "amend":
        desk.amend(alive[choice % len(alive)], grade)
    elif alive:
        desk.move(alive[choice % len(alive)], action)


def test_it_is_known_whether_there_is_anything_to_fold(store):
    with store.read() as conn:
        assert not tallies.waiting(conn)
    fill(store, [rating(5)])
    with store.read() as conn:
        assert tallies.waiting(conn)
    fold(store)
    with store.read() as conn:
        assert not tallies.waiting(conn)
