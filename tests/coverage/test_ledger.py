"""The ledger: every service received is served, offered, rated or a gap, and counted once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from haochaping.catalog.tables import occurrence
from haochaping.coverage import counting, figures, recount
from haochaping.coverage.figures import Covered, Within
from haochaping.coverage.tables import coverage, coverage_mark
from haochaping.evaluation.tables import evaluation, offer
from haochaping.grading import periods
from haochaping.journal.reading import cursor_of
from haochaping.journal.tables import journal_cursor
from haochaping.store import Store

from .conftest import AT, RULES, Town

EVERYTHING = (occurrence, evaluation, offer, coverage, coverage_mark)
NOVEMBER = periods.parse("2026-11")


def lines(town: Town, **within: object) -> dict[tuple[int, str], Covered]:
    town.read()
    with town.store.read() as conn:
        found = figures.lines(conn, NOVEMBER, Within(**within))
    return {(one.window_id, one.channel): one.covered for one in found}


def differences(town: Town) -> tuple[object, ...]:
    with town.store.write() as conn:
        return recount.compare(conn, RULES)


def test_a_service_that_was_not_offered_is_a_gap(town: Town) -> None:
    town.serve(1)
    assert lines(town) == {(111, "hall"): Covered(1, 0, 0, 0)}
    assert lines(town)[111, "hall"].gap == 1


def test_a_service_under_way_is_not_yet_counted(town: Town) -> None:
    town.serve(1, at=None)
    town.offer(1)
    assert lines(town) == {}
    town.serve(1)
    assert lines(town) == {(111, "hall"): Covered(1, 1, 0, 0)}


def test_an_offer_by_several_ways_counts_once(town: Town) -> None:
    town.serve(1)
    for via in ("window_device", "window_device", "receipt", "sms"):
        town.offer(1, via)
    assert lines(town) == {(111, "hall"): Covered(1, 1, 0, 0)}


def test_the_link_in_the_hands_of_a_business_system_offers_nothing_in_a_hall(town: Town) -> None:
    town.invite(1)
    town.serve(1)
    assert lines(town)[111, "hall"].offered == 0


def test_the_link_is_the_offer_of_an_online_service(town: Town) -> None:
    town.invite(1)
    town.serve(1, service_channel="online", hall_id=None, window_id=None)
    assert lines(town) == {(0, "online"): Covered(1, 1, 0, 0)}


def test_a_rating_proves_its_offer(town: Town) -> None:
    town.serve(1)
    town.rate(1)
    assert lines(town) == {(111, "hall"): Covered(1, 1, 1, 0)}


@pytest.mark.parametrize("provenance", ["system_default", "backfill"])
def test_default_and_back_filled_ratings_are_counted_apart(town: Town, provenance: str) -> None:
    town.serve(1)
    town.rate(1, provenance)
    assert lines(town) == {(111, "hall"): Covered(1, 0, 0, 1)}


def test_a_rating_after_rectification_changes_nothing(town: Town) -> None:
    town.serve(1)
    town.rate(1, round=2)
    assert lines(town) == {(111, "hall"): Covered(1, 0, 0, 0)}


def test_a_rating_that_comes_before_its_service_counts_once_it_is_served(town: Town) -> None:
    town.rate(1)
    assert lines(town) == {}
    town.serve(1)
    assert lines(town) == {(111, "hall"): Covered(1, 1, 1, 0)}


def test_a_late_push_moves_a_service_to_its_day_window_and_channel(town: Town) -> None:
    town.serve(1)
    town.offer(1)
    town.serve(1, at=AT - timedelta(days=3), window_id=112, service_channel="kiosk")
    assert lines(town) == {(112, "kiosk"): Covered(1, 1, 0, 0)}
    with town.store.read() as conn:
        day = periods.of_day(date(2026, 11, 13))
        assert figures.of(conn, "hall", [11], day) == {11: Covered(1, 1, 0, 0)}


def test_a_push_that_takes_the_time_back_takes_the_count_back(town: Town) -> None:
    town.serve(1)
    assert lines(town)
    town.serve(1, at=None)
    assert lines(town) == {}


def test_a_duplicate_push_counts_once(town: Town) -> None:
    town.serve(1)
    town.serve(1)
    assert lines(town) == {(111, "hall"): Covered(1, 0, 0, 0)}


def test_what_is_read_twice_is_counted_once(town: Town) -> None:
    town.serve(1)
    town.offer(1)
    town.rate(1)
    before = lines(town)
    with town.store.write() as conn:
        conn.execute(journal_cursor.delete())
    assert lines(town) == before


def test_a_rebuilt_ledger_equals_the_kept_one_and_reads_on(town: Town) -> None:
    for number in range(1, 6):
        town.serve(number, window_id=110 + number % 2)
    town.offer(2)
    town.rate(3)
    town.rate(4, "system_default")
    before = lines(town)
    assert differences(town) == ()
    with town.store.write() as conn:
        assert recount.rebuild(conn, RULES) == 5
    assert lines(town) == before
    town.offer(5)
    assert differences(town) != ()
    assert lines(town) != before
    assert differences(town) == ()


def test_a_service_counts_for_its_region_organization_hall_and_window(town: Town) -> None:
    town.serve(1)
    town.read()
    with town.store.read() as conn:
        kinds = {"region": 330106, "organization": 1, "hall": 11, "window": 111}
        found = {kind: figures.of(conn, kind, [number], NOVEMBER) for kind, number in kinds.items()}
        assert figures.of(conn, "staff", [5], NOVEMBER) == {}
    assert all(found[kind] == {number: Covered(1, 0, 0, 0)} for kind, number in kinds.items())


def test_the_ledger_is_read_within_counties_and_organizations(town: Town) -> None:
    town.serve(1)
    assert lines(town, counties=["150102"]) == {}
    assert lines(town, organizations=[2]) == {}
    assert lines(town, counties=["330106"], organizations=[1])


def test_a_batch_takes_the_same_number_of_statements_whatever_is_stored(town: Town) -> None:
    def statements(first: int) -> int:
        for number in range(first, first + 5):
            town.serve(number)
        counted: list[str] = []

        def note(*args: object) -> None:
            counted.append(str(args[2]))

        event.listen(town.store.engine, "before_cursor_execute", note)
        town.read()
        event.remove(town.store.engine, "before_cursor_execute", note)
        return len(counted)

    few = statements(1)
    for number in range(100, 160):
        town.serve(number)
    town.read()
    assert statements(200) == few


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["serve", "move", "unserve", "offer", "rate", "assume", "read"]),
        st.integers(1, 4),
    ),
    max_size=14,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_any_order_of_events_gives_what_the_rows_say(
    sqlite_url: str, clock: object, steps: list[tuple[str, int]]
) -> None:
    store = Store.open(sqlite_url)
    town, rated = Town(store, clock), set()
    town.read()
    with store.write() as conn:
        for table in EVERYTHING:
            conn.execute(table.delete())
    for step, number in steps:
        if step == "serve":
            town.serve(number)
        elif step == "move":
            town.serve(number, window_id=112, at=AT - timedelta(days=number))
        elif step == "unserve":
            town.serve(number, at=None)
        elif step == "offer":
            town.offer(number)
        elif step in ("rate", "assume") and number not in rated:
            rated.add(number)
            town.rate(number, "citizen" if step == "rate" else "backfill")
        elif step == "read":
            town.read(2)
    town.read()
    assert differences(town) == ()
    store.close()


def test_the_reader_has_a_cursor_of_its_own(town: Town) -> None:
    town.serve(1)
    town.read()
    with town.store.read() as conn:
        assert cursor_of(conn, counting.NAME).seq > 0
