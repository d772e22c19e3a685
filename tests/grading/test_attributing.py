"""A finding moves a bad rating to who answers for it: visibly, exactly, region and hall keep it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete
from tests.grading.ledger import PLACE, RULES, Desk

from haochaping.evaluation.tables import evaluation
from haochaping.grading import corrections, figures, tallies
from haochaping.grading.closing import Closer
from haochaping.grading.facts import NO_CASES
from haochaping.grading.tables import ALL_TABLES
from haochaping.hooks.values import Period
from haochaping.store import Store

MONTH = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))
BACK, SECOND = 7, 8
DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


def bad_of(conn: Connection, kind: str, subject: int) -> int:
    found = figures.of(conn, kind, [subject], MONTH).get(subject, figures.NOTHING)
    return found.bad_at_first


def bad_everywhere(conn: Connection) -> dict[str, int]:
    units = {kind: bad_of(conn, kind, PLACE[f"{kind}_id"]) for kind in ("hall", "window", "staff")}
    units["region"] = bad_of(conn, "region", 330106)
    units["own"] = bad_of(conn, "organization", PLACE["organization_id"])
    units["back"] = bad_of(conn, "organization", BACK)
    return units


@pytest.mark.parametrize(
    ("responsible", "moved"),
    [
        ("staff", {}),
        ("window_unit", {"staff": 0}),
        ("back_office", {"staff": 0, "window": 0, "own": 0, "back": 1}),
        ("system", {"staff": 0, "window": 0, "own": 0}),
        ("rule", {"staff": 0, "window": 0, "own": 0}),
        ("outside", {"staff": 0, "window": 0, "own": 0}),
    ],
)
def test_units_and_staff_follow_the_finding_region_and_hall_do_not(
    store: Store, responsible: str, moved: dict[str, int]
) -> None:
    kept = {"region": 1, "hall": 1, "window": 1, "staff": 1, "own": 1, "back": 0}
    with store.write() as conn:
        desk = Desk(conn)
        chain = desk.rate(1)
        desk.rate(5)
        desk.find(chain, responsible, BACK if responsible == "back_office" else None)
        assert bad_everywhere(conn) == kept | moved
        tallies.fold(conn)
        assert bad_everywhere(conn) == kept | moved
        assert tallies.compare(conn, RULES) == ()
        tallies.rebuild(conn, RULES)
        assert bad_everywhere(conn) == kept | moved
        told = corrections.of(conn, "staff", MONTH, [PLACE["staff_id"]])
        hall = corrections.of(conn, "hall", MONTH, [PLACE["hall_id"]])
    assert [(one.reason, one.change.bad_at_first) for one in told] == (
        [("finding", -1)] if moved else []
    )
    assert hall == ()


def test_several_back_offices_count_a_rating_each_region_and_hall_once(store: Store) -> None:
    with store.write() as conn:
        desk = Desk(conn)
        chain = desk.rate(1)
        desk.find(chain, "back_office", BACK, SECOND)
        for _ in range(2):
            units = bad_everywhere(conn)
            assert (units["region"], units["hall"], units["own"], units["back"]) == (1, 1, 0, 1)
            assert bad_of(conn, "organization", SECOND) == 1
            assert bad_of(conn, "region", 0) == 0
            tallies.rebuild(conn, RULES)
        told = corrections.of(conn, "organization", MONTH, [PLACE["organization_id"], BACK, SECOND])
        assert [(one.subject_id, one.change.bad_at_first) for one in told] == [
            (1, -1),
            (BACK, 1),
            (SECOND, 1),
        ]
        assert corrections.of(conn, "region", MONTH, [330106]) == ()
        desk.find(chain, "back_office", SECOND)
        assert (bad_everywhere(conn)["back"], bad_of(conn, "organization", SECOND)) == (0, 1)
        again = corrections.of(conn, "organization", MONTH, [BACK, SECOND])
        assert [(one.subject_id, one.change.bad_at_first) for one in again[2:]] == [(BACK, -1)]
        desk.find(chain, "staff")
        assert bad_everywhere(conn)["own"] == bad_everywhere(conn)["staff"] == 1
        assert tallies.compare(conn, RULES) == ()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["find", "amend", "void", "withdraw"]),
        st.sampled_from(["staff", "window_unit", "back_office", "several", "system", "rule"]),
        st.sampled_from([1, 2, 4]),
    ),
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS, folded=st.booleans())
def test_whatever_happens_to_the_rating_the_figures_stay_exact(
    sqlite_once: Store, steps: list[tuple[str, str, int]], folded: bool
) -> None:
    with sqlite_once.write() as conn:
        for table in (evaluation, *ALL_TABLES):
            conn.execute(delete(table))
        desk = Desk(conn)
        chain = desk.rate(1)
        for action, who, grade in steps:
            _do(desk, chain, action, who, grade)
            if folded:
                tallies.fold(conn)
        while tallies.fold(conn).entries:
            pass
        assert tallies.compare(conn, RULES) == ()


def _do(desk: Desk, chain: int, action: str, who: str, grade: int) -> None:
    status = desk.chains[chain]["status"]
    if action == "find" and who == "several":
        desk.find(chain, "back_office", BACK, SECOND)
    elif action == "find":
        desk.find(chain, who, BACK if who == "back_office" else None)
    elif action == "amend" and status == "effective":
        desk.amend(chain, grade)
    elif action == "void" and status in ("effective", "withdrawn"):
        desk.move(chain, "void")
    elif action == "withdraw" and status == "effective":
        desk.move(chain, "withdrawn")


def no_cases(conn: Any, kind: str, ids: Any, period: Any) -> dict[int, Any]:
    return dict.fromkeys(ids, NO_CASES)


def test_a_published_month_is_corrected_with_old_and_new_figure(store: Store) -> None:
    with store.write() as conn:
        desk = Desk(conn)
        first, second = desk.rate(1), desk.rate(2)
        desk.rate(5)
        closer = Closer(no_cases, "digest", lambda *_: None)
        closer.close(conn, MONTH, DECEMBER.date(), DECEMBER)
        desk.at = DECEMBER
        desk.chains[first]["reason"] = "appeal:mistaken"
        desk.move(first, "void")
        desk.find(second, "back_office", BACK)
        own = corrections.of(conn, "organization", MONTH, [PLACE["organization_id"], BACK])
        hall = corrections.of(conn, "hall", MONTH, [PLACE["hall_id"]])
    shown = [
        (one.subject_id, one.reason, one.before and one.before.rated, one.after and one.after.rated)
        for one in own
    ]
    assert shown == [(1, "appeal", 3, 2), (1, "finding", 2, 1), (BACK, "finding", 0, 1)]
    assert [(one.reason, one.at) for one in hall] == [("appeal", DECEMBER)]
    assert all(one.before is not None for one in hall)


def test_a_running_month_notes_findings_only(store: Store) -> None:
    with store.write() as conn:
        desk = Desk(conn)
        chain = desk.rate(1)
        desk.move(chain, "void")
        assert corrections.of(conn, "hall", MONTH, [PLACE["hall_id"]]) == ()
        desk.find(chain, "rule")
        found = corrections.of(conn, "staff", MONTH, [PLACE["staff_id"]])
    assert [(one.before, one.change.bad_at_first) for one in found] == [(None, -1)]
