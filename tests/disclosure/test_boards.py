"""Boards rank where there is enough to rank, and say how every figure is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from tests.disclosure.town import (
    AT,
    FORMULAS,
    LARGE,
    RULES,
    SMALL,
    at_large,
    at_small,
    organization_row,
    rate,
)

from haochaping.catalog.tables import hall, organization
from haochaping.disclosure import boards, epochs, sight, withholding
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.sight import Audience
from haochaping.grading import closing, periods
from haochaping.grading.facts import no_cases
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Words

NOVEMBER = periods.parse("2026-11")
ZJ = BoardSpec(
    "zj.late", Words("逾期榜", "Late"), "organization", "on_time_rate", True, (), "console"
)


def make(cases=no_cases, contributed=()):
    specs = boards.known_boards(contributed, FORMULAS)
    return boards.Boards(FORMULAS, RULES, "digest", cases, specs)


def read(store, name, *, kit=None, **ask):
    with store.read() as conn:
        return (kit or make()).board(conn, Ask(name, NOVEMBER, **ask), AT)


def ranks(board):
    return [(row.rank, row.subject.id) for row in board.rows]


def test_a_board_lists_the_lowest_bad_rate_first(place):
    rate(place, at_large(1), at_large(5, 3), at_small(5, 4))
    board = read(place, "organizations", audience=Audience.SUPERVISOR)
    assert ranks(board) == [(1, 2), (2, 1)]
    assert [row.cells["bad_rate"].text for row in board.rows] == ["0.00%", "25.00%"]


def test_too_few_ratings_are_listed_but_not_ranked(place):
    rate(place, at_large(1), at_large(5, 3), at_small(5, 3))
    board = read(place, "organizations", audience=Audience.SUPERVISOR)
    assert ranks(board) == [(1, 1), (None, 2)]
    assert board.min_n == 4


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.SUPERVISOR])
def test_boards_that_are_read_together_say_what_each_says_alone(place, audience):
    rate(place, at_large(1), at_large(5, 3), at_small(5, 3), at_small(1))
    twin = BoardSpec("twin", Words("同", "Twin"), "organization", "on_time_rate", True)
    boards_ = make(contributed=(ZJ, twin))
    asks = [
        Ask(spec.name, month, region=region, audience=audience)
        for spec in boards_.listed(audience)
        for month in (NOVEMBER, periods.parse("2026-10"))
        for region in ("", "330106")
    ]
    with place.read() as conn:
        together = list(boards_.each(conn, asks, AT))
        assert together == [boards_.board(conn, ask, AT) for ask in asks]
    assert {board.subject_kind for board in together} >= {"organization", "region", "hall"}


def test_ties_are_ties(place):
    rate(place, at_large(5, 4), at_small(5, 4), at_large(2, 4, organization_id=3))
    with place.write() as conn:
        conn.execute(organization.insert(), [organization_row(3, "330106")])
    board = read(place, "organizations", audience=Audience.SUPERVISOR)
    assert [(row.rank, row.tied) for row in board.rows] == [(1, True), (1, True), (3, False)]


def test_every_figure_has_its_n_and_its_interval(place):
    rate(place, at_large(1), at_large(5, 3))
    cell = read(place, "regions").rows[0].cells["bad_rate"]
    assert (cell.over, cell.n) == ("1", 4)
    assert cell.interval == ("4.56%", "69.94%")


def test_every_column_says_how_it_is_made(place):
    columns = read(place, "halls").columns
    assert [column.name for column in columns] == [
        "bad_rate", "satisfaction", "on_time_rate", "mean_score",
    ]  # fmt: skip
    assert columns[0].definition.zh == "差评 ÷ 有效评价"


def test_a_board_carries_the_version_of_its_rules(place):
    board = read(place, "halls")
    assert (board.profile_digest, board.as_of) == ("digest", AT)


def test_a_board_can_be_ordered_by_any_of_its_columns(place):
    rate(place, at_large(5, 4), at_small(4, 4))
    board = read(
        place, "regions", order="mean_score", descending=True, audience=Audience.SUPERVISOR
    )
    assert ranks(board) == [(1, 330106), (2, 330108)]


def test_a_board_can_be_narrowed_to_a_region(place):
    rate(place, at_large(5, 4), at_small(5, 4))
    for name, county, expected in [
        ("regions", "330108", {330108}),
        ("organizations", "330108", {2}),
        ("halls", "330106", {LARGE}),
        ("windows", "330108", {200}),
        ("halls", "330000", {LARGE, SMALL}),
    ]:
        board = read(place, name, region=county, audience=Audience.SUPERVISOR)
        assert {row.subject.id for row in board.rows} == expected


def test_an_unknown_region_is_refused(place):
    with pytest.raises(boards.UnknownRegion, match="990000"):
        read(place, "halls", region="990000")


def test_an_unknown_board_is_refused_with_the_known_names(place):
    with pytest.raises(boards.UnknownBoard) as refused:
        read(place, "hals")
    assert "halls" in refused.value.detail.en


def test_an_unknown_column_is_refused_with_the_known_names(place):
    with pytest.raises(boards.UnknownColumn) as refused:
        read(place, "halls", order="speed")
    assert "bad_rate" in refused.value.detail.zh


def test_the_public_sees_windows_and_small_halls_in_batches_only(place):
    rate(place, at_large(5, 4), at_small(1, 4))
    for name in ("windows", "items"):
        assert read(place, name).rows == ()
    assert {row.subject.id for row in read(place, "halls").rows} == {LARGE}
    assert {row.subject.id for row in read(place, "organizations").rows} == {1}
    assert {row.subject.id for row in read(place, "regions").rows} == {330106, 330108}


def test_the_rated_unit_sees_no_more_than_the_public(place):
    rate(place, at_small(1, 4))
    assert read(place, "windows", audience=Audience.UNIT).rows == ()
    assert read(place, "halls", audience=Audience.UNIT).rows == ()


def test_a_supervisor_sees_live_figures(place):
    rate(place, at_small(1))
    assert read(place, "windows", audience=Audience.SUPERVISOR).rows[0].rated == 1


def test_a_published_batch_appears_as_shielded(place):
    rate(place, at_small(5, 5))
    with place.write() as conn:
        epochs.publish(conn, epochs.EpochRules(5, "Asia/Shanghai"), AT)
    row = read(place, "halls").rows[0]
    assert (row.subject.id, row.rated, row.shielded) == (SMALL, 5, True)


def test_a_large_hall_is_exact_at_once(place):
    rate(place, at_large(5))
    row = read(place, "halls").rows[0]
    assert (row.subject.id, row.rated, row.shielded) == (LARGE, 1, False)


def test_figures_over_too_few_ratings_are_withheld(place):
    rate(place, at_large(1, 2))
    cell = read(place, "halls").rows[0].cells["bad_rate"]
    assert (cell.text, cell.withheld, cell.interval) == ("<3", True, None)
    assert cell.as_json() == {
        "value": None, "over": None, "n": None, "interval": None, "withheld": True,
    }  # fmt: skip


def test_a_small_number_of_ratings_is_shown_to_supervisors_only(place):
    rate(place, at_large(1, 2))
    public = read(place, "halls").rows[0]
    assert (public.count.text, public.count.count) == ("<3", None)
    assert read(place, "halls", audience=Audience.SUPERVISOR).rows[0].count.count == 2


def test_machines_learn_small_numbers_no_more_than_people(place):
    rate(place, at_large(1, 2), at_small(5, 4))
    rows = boards.as_json(read(place, "regions"), "en")["rows"]
    told = {row["code"]: (row["rated"], row["rated_withheld"]) for row in rows}
    assert told == {"330106": (None, True), "330108": (4, False)}


def test_few_cases_of_a_window_are_neither_shown_nor_ranked(place):
    rate(place, at_large(5, 4))
    spec = BoardSpec(
        "window_late", Words("逾期", "Late"), "window", "on_time_rate", True, (), "console"
    )
    for due, shown in ((2, ("<3", None)), (3, ("33.33%", 1))):
        facts = {100: CaseFacts(due=due, on_time=1)}
        kit = make(lambda *asked, known=facts: known, [spec])
        (row,) = read(place, "window_late", kit=kit, audience=Audience.SUPERVISOR).rows
        assert (row.cells["on_time_rate"].text, row.rank) == shown


def test_case_figures_rank_whatever_the_number_of_ratings(place):
    rate(place, at_large(1), at_small(1))
    facts = {1: CaseFacts(due=2, on_time=1), 2: CaseFacts(due=1, on_time=1)}
    kit = make(lambda conn, kind, ids, period: facts, [ZJ])
    board = read(place, "zj.late", kit=kit, audience=Audience.SUPERVISOR)
    assert ranks(board) == [(1, 2), (2, 1)]
    assert board.rows[1].cells["on_time_rate"].text == "50.00%"


def test_a_console_board_is_unknown_to_the_public(place):
    kit = make(contributed=[ZJ])
    assert ZJ not in kit.listed(Audience.PUBLIC)
    assert ZJ in kit.listed(Audience.UNIT)
    with pytest.raises(boards.UnknownBoard):
        read(place, "zj.late", kit=kit)


def test_a_contributed_board_needs_a_name_of_its_own_and_a_known_measure():
    with pytest.raises(ValueError, match="halls exists already"):
        make(contributed=[BoardSpec("halls", Words("x"), "hall", "bad_rate")])
    with pytest.raises(ValueError, match="unknown measure speed"):
        make(contributed=[BoardSpec("fast", Words("x"), "hall", "speed")])


def test_a_corrected_figure_of_a_closed_month_is_marked(place, emit):
    rate(place, at_large(5, 4))
    with place.write() as conn:
        closing.Closer(no_cases, "d", emit).close(conn, NOVEMBER, date(2026, 12, 1), AT)
    assert [row.corrected for row in read(place, "halls").rows] == [False]
    rate(place, at_large(5, sign=-1))
    board = read(place, "halls")
    assert [row.corrected for row in board.rows] == [True]
    assert board.closed


def test_a_long_board_is_cut_and_says_how_many_there_are(place):
    rate(place, at_large(5, 4), at_small(5, 4))
    board = read(place, "regions", limit=1)
    assert (len(board.rows), board.total) == (1, 2)


def test_a_board_for_machines_holds_inputs_and_definitions(place):
    rate(place, at_large(1), at_large(5, 3))
    told = boards.as_json(read(place, "regions"), "en")
    assert told["rows"][0]["figures"]["bad_rate"]["value"] == "25.00%"
    assert told["rows"][0]["figures"]["bad_rate"]["n"] == 4
    assert told["columns"][0]["definition"] == "bad reviews ÷ effective ratings"
    assert told["title"] == "Regions"
    assert told["period"] == "2026-11"


def test_small_places_are_those_with_few_windows(place):
    with place.read() as conn:
        assert sight.small(conn, "hall", 5) == {SMALL}
        assert sight.small(conn, "organization", 5) == {2}
        assert sight.small(conn, "hall", 1) == frozenset()


def test_the_running_month_is_shown_by_default():
    assert boards.default_period((AT + timedelta(days=1)).date()) == NOVEMBER


def test_a_board_tells_where_ratings_came_from_and_defaults_apart(place):
    rate(place, at_large(5, 6), at_large(4, 4, provenance="hotline_operator"))
    rate(place, at_large(5, 3, provenance="backfill"), at_small(5, 2, provenance="paper_clerk"))
    before = read(place, "regions")
    rate(place, at_large(3, 7, provenance="system_default", channel=""))
    after = read(place, "regions")
    assert [(row.cells, row.count) for row in after.rows] == [
        (row.cells, row.count) for row in before.rows
    ]
    assert {one.provenance: (one.count.text, one.active, one.counted) for one in after.origins} == {
        "citizen": ("6", True, True),
        "paper_clerk": ("<3", True, True),
        "hotline_operator": ("…", True, True),
        "backfill": ("3", False, True),
        "system_default": ("7", False, False),
    }
    passive = {row.subject.code: row.passive for row in after.rows}
    shown = passive["330106"]
    assert (shown.backfilled.text, shown.defaulted.text) == ("3", "7")
    assert not passive["330108"].any
    told = boards.as_json(after, "en")
    assert [row["not_active"] for row in told["rows"] if row["code"] == "330106"] == [
        {"backfilled": 3, "defaulted": 7}
    ]
    assert [one["provenance"] for one in told["provenance"] if not one["counted"]] == [
        "system_default"
    ]
    exact = read(place, "regions", audience=Audience.SUPERVISOR).origins
    assert {one.provenance: one.count.count for one in exact}["hotline_operator"] == 4


@pytest.mark.parametrize("more", [at_large, at_small])
def test_the_order_of_withheld_numbers_tells_nothing(place, more):
    rate(place, at_large(5, 1), at_small(5, 1), more(5, 1))
    assert ranks(read(place, "regions")) == [(None, 330106), (None, 330108)]


def both(store):
    """Rate two organizations of one county, one of them hardly, and publish all."""
    other = [row | {"organization_id": 3} for row in (*at_large(1), *at_large(5))]
    with store.write() as conn:
        conn.execute(organization.insert(), [organization_row(3, "330106")])
    rate(store, at_large(5, 40), at_large(1, 2), other, at_small(5, 9))
    with store.write() as conn:
        epochs.publish(conn, epochs.EpochRules(5, "Asia/Shanghai"), AT + timedelta(days=2))


def test_nobody_finds_a_small_unit_by_subtracting_the_others(place):
    both(place)
    shown = {row.subject.id: row for row in read(place, "organizations").rows}
    assert [shown[each].cells["bad_rate"].text for each in (1, 3, 2)] == ["…", "<3", "0.00%"]
    assert [shown[each].count.text for each in (1, 3, 2)] == ["…", "<3", "9"]
    assert [shown[each].rank for each in (1, 3, 2)] == [None, None, 1]
    assert shown[1].cells["satisfaction"].interval is None
    (county, _) = sorted(read(place, "regions").rows, key=lambda row: row.subject.id)
    assert county.count.count == 44
    assert read(place, "windows", region="330106").rows[0].cells["bad_rate"].text == "…"
    exact = read(place, "organizations", audience=Audience.SUPERVISOR).rows
    assert {row.subject.id: row.count.count for row in exact} == {1: 42, 3: 2, 2: 9}


def test_a_year_is_read_in_as_many_statements_as_a_month(place):
    for month in range(1, 12):
        rate(place, at_large(5, 3 * month, day=date(2026, month, 5)))
        rate(place, at_small(5, 1 + month % 4, day=date(2026, month, 6)))
    both(place)
    seen = []
    event.listen(place.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    with place.read() as conn:
        for kind in ("organization", "hall", "window", "item", "staff"):
            asked = {}
            for name in ("2026", *(f"2026-{month:02}" for month in range(1, 13))):
                seen.clear()
                found = withholding.of_board(
                    conn, RULES, kind, periods.parse(name), Audience.PUBLIC
                )
                asked[name] = (found, len(seen))
            whole, statements = asked.pop("2026")
            assert whole == frozenset().union(*(found for found, _ in asked.values()))
            assert statements <= max(count for _, count in asked.values())
        assert withholding.of_board(
            conn, RULES, "organization", periods.parse("2026"), Audience.PUBLIC
        )


def test_a_year_withholds_what_one_of_its_months_does(place):
    rate(place, at_large(5, 30, day=date(2026, 10, 5)), at_small(5, 9))
    both(place)
    with place.read() as conn:
        for period, told in (("2026-10", "30"), ("2026", "…"), ("2026-Q4", "…")):
            rows = make().board(conn, Ask("organizations", periods.parse(period)), AT).rows
            assert {row.subject.id: row.count.text for row in rows}[1] == told


def test_a_first_batch_does_not_change_who_is_withheld_beside_a_small_unit(place):
    halls = {
        number: {"id": number, "code": f"H{number}", "name": "厅", "region": "330106",
                 "place": "330106", "organization_id": 1}
        for number in (31, 32, 33, 39)
    }  # fmt: skip
    with place.write() as conn:
        conn.execute(hall.insert(), list(halls.values()))

    def rate_and_publish(days, **ratings):
        for number, count in ratings.items():
            rate(place, at_small(5, count, region="330106", hall_id=int(number[1:])))
        with place.write() as conn:
            epochs.publish(conn, epochs.EpochRules(50, "Asia/Shanghai"), AT + timedelta(days=days))

    def shown():
        with place.read() as conn:
            hidden = withholding.of_board(conn, strict, "hall", NOVEMBER, Audience.PUBLIC)
            seen = sight.look(conn, Audience.PUBLIC, strict, sight.Wanted("hall", None, NOVEMBER))
        return set(seen.tallies) - hidden

    strict = replace(RULES, suppress_below=5)
    rate_and_publish(2, h31=10, h32=10, h33=1)
    before = shown()
    rate(place, at_small(5, 6, region="330106", hall_id=39, at=AT + timedelta(days=2)))
    waiting = shown()
    rate_and_publish(3)
    assert (before, waiting, shown()) == ({32}, {32}, {32, 39})
