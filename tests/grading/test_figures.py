"""Figures can be asked by subject, period, channel and provenance, and are always exact."""

from __future__ import annotations

from datetime import date

from sqlalchemy import event, select
from tests.grading.ledger import five, rating, served

from haochaping.catalog.tables import hall, region
from haochaping.grading import entries, figures, periods, tallies

MONTH = periods.parse("2026-11")


def fill(store, rows, folded):
    """Store ledger rows, of which the first `folded` reach the roll-up."""
    with store.write() as conn:
        entries.record(conn, rows)
    if folded:
        with store.write() as conn:
            tallies.fold(conn, folded)


def test_a_month_and_its_days_agree(store):
    fill(store, [rating(5), rating(4, day=date(2026, 11, 2)), rating(3, day=date(2026, 10, 2))], 2)
    with store.read() as conn:
        assert figures.of(conn, "hall", [11], MONTH) == {11: five(g5=1, g4=1)}
        day = figures.of(conn, "hall", [11], periods.parse("2026-11-02"))
        year = figures.of(conn, "hall", [11], periods.parse("2026"))
    assert day == {11: five(g4=1)}
    assert year == {11: five(g5=1, g4=1, g3=1)}


def test_a_subject_without_ratings_is_left_out(store):
    fill(store, [rating(5)], 1)
    with store.read() as conn:
        assert figures.of(conn, "hall", [12], MONTH) == {}
        assert figures.of(conn, "hall", [], MONTH) == {}


def test_subjects_can_be_named_by_a_statement(store):
    fill(store, [rating(5), rating(5, region="440103")], 1)
    with store.write() as conn:
        conn.execute(
            region.insert(),
            [
                place("330000", None, "/330000/"),
                place("330106", "330000", "/330000/330106/"),
                place("440103", None, "/440103/"),
            ],
        )
        assert set(figures.of(conn, "region", figures.within_region("330000"), MONTH)) == {330106}
        assert figures.of(conn, "region", figures.within_region("990000"), MONTH) == {}


def place(code, parent, path):
    return {
        "code": code, "name": code, "level": "county", "parent": parent, "path": path,
        "county": code,
    }  # fmt: skip


def test_all_subjects_of_a_kind_can_be_asked_for(store):
    fill(store, [rating(5), rating(5, window_id=112), rating(5, window_id=None)], 2)
    with store.read() as conn:
        assert set(figures.of(conn, "window", None, MONTH)) == {111, 112}


def test_a_follow_up_evaluation_is_counted_apart(store):
    fill(store, [rating(1), rating(5, round=2)], 1)
    with store.read() as conn:
        assert figures.of(conn, "hall", [11], MONTH) == {11: five(g1=1)}
        asked = figures.Asked("hall", [11], periods.span(MONTH), round=2)
        assert dict(figures.answer(conn, asked)) == {(11, ""): five(g5=1)}


def test_back_filled_ratings_are_not_active_and_default_ones_are_in_no_figure(store):
    fill(
        store,
        [rating(5), rating(3, provenance="system_default"), rating(3, provenance="backfill")],
        2,
    )
    with store.read() as conn:
        found = figures.of(conn, "hall", [11], MONTH)[11]
    assert (found.rated, found.active) == (2, 1)


def test_figures_split_by_channel_add_up(store):
    fill(store, [rating(5), rating(4, channel="qr"), rating(1, channel="qr"), served(4)], 2)
    with store.read() as conn:
        found = figures.split(conn, "hall", [11], MONTH, "channel")[11]
        total = figures.total(conn, "hall", [11], MONTH)
    assert found["qr"] == five(g4=1, g1=1)
    assert figures.add_up(found.values()) == total
    assert total.served == 4


def test_figures_split_by_provenance_are_told_apart(store):
    fill(store, [rating(5), rating(4, provenance="paper_clerk")], 1)
    with store.read() as conn:
        found = figures.split(conn, "hall", [11], MONTH, "provenance")[11]
    assert set(found) == {"citizen", "paper_clerk"}


def test_a_trend_has_every_month_even_the_empty_ones(store):
    fill(store, [rating(5), rating(4, day=date(2026, 9, 30))], 1)
    with store.read() as conn:
        found = figures.trend(conn, "hall", [11], periods.months_until(MONTH, 3))
    assert list(found.items()) == [
        ("2026-09", five(g4=1)),
        ("2026-10", five()),
        ("2026-11", five(g5=1)),
    ]


def test_everything_counted_so_far_can_be_asked_for(store):
    fill(store, [rating(5), rating(4, day=date(2024, 1, 31)), rating(3, day=date(2026, 12, 1))], 2)
    with store.read() as conn:
        span = figures.lifetime(conn, date(2026, 11, 16))
        assert figures.total(conn, "hall", [11], span) == five(g5=1, g4=1, g3=1)


def test_a_board_is_read_in_one_statement(store):
    fill(store, [rating(5)], 1)
    with store.read() as conn:
        seen = []
        event.listen(store.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        figures.of(conn, "hall", select(hall.c.id), MONTH)
    assert len(seen) == 1
