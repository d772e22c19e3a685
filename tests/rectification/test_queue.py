"""The list of open cases: who sees what, in which order, and how quickly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from haochaping.access.principals import Grant, Principal, visible
from haochaping.access.roles import Role
from haochaping.clock import stopwatch
from haochaping.hooks.rectification import CaseState
from haochaping.rectification import cases, queue
from haochaping.rectification.problems import UnusableCursor
from haochaping.rectification.queue import ORGANIZATION_PATH, REGION_PATH, Filter
from haochaping.rectification.tables import rectification_case
from haochaping.worktime import Band

from .conftest import BUREAU, OFFICE, OTHER, STAFF, World
from .test_cases import ready, replied


def listed(world: World, cursor: str = "", **wanted) -> queue.Page:
    with world.store.read() as conn:
        return queue.page(world.context, conn, Filter(**wanted), world.clock.now(), cursor)


def numbers(page: queue.Page) -> list[str]:
    return [row.public_id for row in page.rows]


def copies(world: World, case, count: int) -> None:
    """Fill the table with `count` open cases like `case`, over organizations and hours."""
    with world.store.write() as conn:
        found = conn.execute(select(rectification_case).where(rectification_case.c.id == case.id))
        row = dict(found.mappings().one())
        rows = [
            {
                **row,
                "id": number,
                "public_id": f"C{number}",
                "origin_id": -number,
                "organization_id": (BUREAU, OFFICE, OTHER)[number % 3],
                "due_at": row["due_at"] + timedelta(hours=number % 500),
            }
            for number in range(1, count + 1)
        ]
        conn.execute(insert(rectification_case), rows)


def test_the_unit_sees_nothing_before_the_release(world: World):
    case = world.open()
    assert listed(world).rows == ()
    assert numbers(listed(world, unit_side=False)) == [case.public_id]
    world.released(case)
    assert numbers(listed(world)) == [case.public_id]


def test_a_line_shows_item_due_day_and_urgency(world: World):
    ready(world)
    row = listed(world).rows[0]
    assert row.item.zh == "户口登记"
    assert row.organization.zh == "单位10"
    assert row.band is Band.NORMAL
    assert row.remaining.band is row.band


@pytest.mark.parametrize(
    ("moment", "band"),
    [
        (datetime(2026, 11, 16, 4, tzinfo=UTC), Band.NORMAL),
        (datetime(2026, 11, 17, 4, tzinfo=UTC), Band.SOON),
        (datetime(2026, 11, 19, 4, tzinfo=UTC), Band.TODAY),
        (datetime(2026, 11, 19, 16, tzinfo=UTC), Band.OVERDUE),
    ],
)
def test_bands_are_those_of_the_calendar(world: World, moment: datetime, band: Band):
    world.open()
    world.clock.set(moment)
    row = listed(world, unit_side=False).rows[0]
    assert row.band is row.remaining.band is band
    for each in Band:
        found = listed(world, unit_side=False, band=each).rows
        assert bool(found) is (each is band)
    with world.store.read() as conn:
        counts = queue.counts(world.context, conn, Filter(unit_side=False), moment)
    assert counts == {each: int(each is band) for each in Band}


def test_an_organization_sees_its_own_subtree_only(world: World):
    case = ready(world)
    assert numbers(listed(world, organization_path="/1/10/")) == [case.public_id]
    assert listed(world, organization_path="/1/20/").rows == ()
    world.do(cases.transfer, case, OTHER, note="转办")
    assert listed(world, organization_path="/1/10/").rows == ()


def test_a_region_sees_its_own_subtree_only(world: World):
    ready(world)
    assert len(listed(world, region_path="/330000/").rows) == 1
    assert listed(world, region_path="/440000/").rows == ()


def test_grants_narrow_the_list(world: World):
    ready(world)
    for path, count in (("/1/10/", 1), ("/1/20/", 0)):
        grant = Grant(Role.HANDLER, organization_id=BUREAU, organization_path=path)
        seen = visible(Principal(1, "", (grant,)), "case.read", ORGANIZATION_PATH, REGION_PATH)
        assert len(listed(world, seen=seen).rows) == count


def test_the_rated_person_does_not_find_their_own_matter(world: World):
    ready(world)
    assert listed(world, staff_ids=frozenset({STAFF})).rows == ()
    ready(world, staff_id=None)
    assert len(listed(world, staff_ids=frozenset({STAFF})).rows) == 1


def test_states_and_changed_ratings_narrow_the_list(world: World):
    replied(world)
    ready(world)
    assert len(listed(world, states=(CaseState.REPLIED,)).rows) == 1
    assert listed(world, to_confirm=True).rows == ()


def test_closed_cases_leave_the_list(world: World):
    case = ready(world)
    world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    assert listed(world).rows == ()


def test_pages_follow_each_other_without_gap_or_repetition(world: World):
    copies(world, world.open(), 120)
    seen, cursor = [], ""
    while True:
        page = listed(world, cursor, unit_side=False)
        seen += numbers(page)
        cursor = page.cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 121


def test_a_broken_cursor_is_refused(world: World):
    for cursor in (
        "nonsense",
        "2026-11-16~",
        "~7",
        "2026-11-16T02:00:00~7",
        "0001-01-01T00:00:00+14:00~1",
        "2026-11-16T02:00:00+00:00~" + "9" * 30,
        "2026-11-16T02:00:00+00:00~9223372036854775808",
    ):
        with pytest.raises(UnusableCursor):
            listed(world, cursor)


def test_the_first_rows_come_quickly_among_twenty_thousand(world: World):
    copies(world, world.open(), 20_000)
    for path in ("", "/1/10/", "/1/10/11/"):
        started = stopwatch()
        assert len(listed(world, unit_side=False, organization_path=path).rows) == 50
        assert stopwatch() - started < 1


def test_the_list_reads_the_index_of_open_cases_whatever_their_number(world: World):
    copies(world, world.open(), 2000)
    statement = queue.statement(Filter(unit_side=False), queue.bounds_at(world.context, MOMENT))
    with world.store.write() as conn:
        conn.exec_driver_sql("ANALYZE")
        plan = explained(conn, statement)
    assert "ix_rectification_case_open" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


MOMENT = datetime(2026, 11, 16, 4, tzinfo=UTC)


def explained(conn, statement) -> str:
    """The database's plan of a statement, in its own words."""
    text = statement.compile(conn, compile_kwargs={"literal_binds": True})
    word = "EXPLAIN QUERY PLAN" if conn.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(tuple(row)) for row in conn.exec_driver_sql(f"{word} {text}"))
