"""Regions, their tree, and codes that were replaced."""

from __future__ import annotations

from datetime import date

import pytest
from tests.catalog.conftest import save_regions, statuses

from haochaping.catalog import region_saving, regions
from haochaping.catalog.fields import FieldFault

TODAY = date(2026, 11, 16)
TREE = ("code|name", "370000|山东省", "370800|济宁市", "370812|兖州区", "370812001|一街道")


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("370000", "province"),
        ("370800", "city"),
        ("370812", "county"),
        ("370812001", "town"),
        ("370812001002", "village"),
        ("37081299", "zone"),
    ],
)
def test_the_level_follows_from_the_digits(code, level):
    assert regions.level_of(code) == level


@pytest.mark.parametrize("code", ["370812", "370812000", "370812000000"])
def test_padding_zeros_make_no_other_region(store, code):
    with store.write() as conn:
        save_regions(conn, *TREE)
        assert regions.resolve(conn, code, TODAY) == "370812"


def test_regions_hang_below_the_nearest_code_that_their_digits_name(store):
    with store.write() as conn:
        assert statuses(save_regions(conn, *TREE)) == ["created"] * 4
        found = regions.find(conn, "370812001")
    assert found.path == "/370000/370800/370812/370812001/"
    assert found.county == "370812"
    assert found.level == "town"


def test_children_may_come_before_their_parents_in_one_batch(store):
    with store.write() as conn:
        save_regions(conn, TREE[0], *reversed(TREE[1:]))
        assert regions.path_of(conn, "370812001") == "/370000/370800/370812/370812001/"


def test_a_region_waits_for_a_parent_that_its_digits_name(store):
    with store.write() as conn:
        outcomes = save_regions(conn, "code|name", "370812|兖州区")
        assert statuses(outcomes) == ["waiting"]
        assert "370800" in outcomes[0].reason.zh
        assert regions.find(conn, "370812") is None


def test_on_its_last_chance_a_region_becomes_a_root(store):
    with store.write() as conn:
        assert statuses(save_regions(conn, "code|name", "370812|兖州区", last=True)) == ["created"]
        assert [root.code for root in regions.children(conn, None)] == ["370812"]


def test_a_local_zone_needs_a_parent_and_takes_its_county(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        outcomes = save_regions(
            conn, "code|name|parent", "37081299|无上级区|", "37081288|高新区|370812"
        )
        assert statuses(outcomes) == ["refused", "created"]
        assert regions.find(conn, "37081288").county == "370812"


def test_the_same_batch_again_changes_nothing(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        assert statuses(save_regions(conn, *TREE)) == ["unchanged"] * 4


def test_everything_below_follows_a_region_that_moves(store):
    with store.write() as conn:
        save_regions(conn, *TREE, "370900|泰安市")
        outcomes = save_regions(conn, "code|name|parent", "370812|兖州区|370900")
        assert statuses(outcomes) == ["updated"]
        assert regions.path_of(conn, "370812001") == "/370000/370900/370812/370812001/"
        assert regions.subtree(conn, "370900") == ("370900", "370812", "370812001")
        assert regions.subtree(conn, "370800") == ("370800",)


def test_a_zone_below_a_region_that_moves_takes_the_new_county(store):
    with store.write() as conn:
        save_regions(conn, *TREE, "370811|任城区")
        save_regions(conn, "code|name|parent", "37081288|高新区|370812", "3708128801|园区|37081288")
        save_regions(conn, "code|name|parent", "37081288|高新区|370811")
        assert regions.find(conn, "3708128801").county == "370811"


def test_a_moved_parent_in_a_batch_is_seen_by_its_children_in_the_same_batch(store):
    with store.write() as conn:
        save_regions(conn, *TREE, "370900|泰安市")
        save_regions(conn, "code|name|parent", "370812|兖州区|370900", "370812002|二街道|370812")
        assert regions.path_of(conn, "370812002") == "/370000/370900/370812/370812002/"


@pytest.mark.parametrize("parent", ["370800", "370812001"])
def test_a_region_is_never_above_itself(store, parent):
    with store.write() as conn:
        save_regions(conn, *TREE)
        outcomes = save_regions(conn, "code|name|parent", f"370800|济宁市|{parent}")
    assert statuses(outcomes) == ["refused"]
    assert "不能成环" in outcomes[0].reason.zh


def test_an_old_code_stands_for_the_new_one_from_its_day_on(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        outcomes = save_regions(
            conn, "code|valid_from|valid_to|alias_of", "370882|2013-10-25||370812"
        )
        assert statuses(outcomes) == ["created"]
        assert regions.resolve(conn, "370882", date(2013, 10, 24)) is None
        assert regions.resolve(conn, "370882", date(2013, 10, 25)) == "370812"


def test_an_alias_ends_after_its_last_day(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        save_regions(
            conn, "code|valid_from|valid_to|alias_of", "370882|2013-10-25|2020-12-31|370812"
        )
        assert regions.resolve(conn, "370882", date(2020, 12, 31)) == "370812"
        assert regions.resolve(conn, "370882", date(2021, 1, 1)) is None


def test_aliases_of_aliases_are_followed(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        header = "code|valid_from|alias_of"
        save_regions(conn, header, "370882|2013-10-25|370812")
        save_regions(conn, "code|name|valid_to", "370811|任城区|2025-12-31")
        save_regions(conn, header, "370812|2026-01-01|370811")
        assert regions.resolve_many(conn, {"370882", "370899"}, date(2025, 6, 1)) == {
            "370882": "370812"
        }
        assert regions.resolve(conn, "370882", TODAY) is None


def test_an_alias_again_is_unchanged_and_with_another_end_updated(store):
    header = "code|valid_from|valid_to|alias_of"
    with store.write() as conn:
        save_regions(conn, *TREE)
        save_regions(conn, header, "370882|2013-10-25||370812")
        again = save_regions(conn, header, "370882|2013-10-25||370812")
        other = save_regions(conn, header, "370882|2013-10-25|2030-01-01|370812")
    assert statuses(again) == ["unchanged"]
    assert statuses(other) == ["updated"]


def test_an_alias_needs_its_first_day(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        outcomes = save_regions(conn, "code|valid_from|alias_of", "370882||370812")
    assert "生效日期" in outcomes[0].reason.zh


def test_a_region_counts_only_within_its_days(store):
    with store.write() as conn:
        save_regions(conn, *TREE)
        save_regions(conn, "code|name|valid_from|valid_to", "370813|新区|2020-01-01|2025-12-31")
        resolved = [
            regions.resolve(conn, "370813", day)
            for day in (date(2019, 12, 31), date(2020, 1, 1), date(2025, 12, 31), TODAY)
        ]
    assert resolved == [None, "370813", "370813", None]


@pytest.mark.parametrize("code", ["37", "3708a2", "３７０８１２", "370812-1", ""])
def test_what_is_no_region_code_is_refused_in_words(code):
    with pytest.raises(FieldFault) as caught:
        region_saving.draft({"code": code, "name": "某区"})
    assert caught.value.field == "code"


def test_days_in_the_wrong_order_are_refused():
    with pytest.raises(FieldFault, match="早于"):
        region_saving.draft(
            {
                "code": "370812",
                "name": "兖州区",
                "valid_from": "2026-01-02",
                "valid_to": "2026-01-01",
            }
        )


def test_an_unknown_level_is_refused_with_the_choice():
    with pytest.raises(FieldFault, match="乡镇"):
        region_saving.draft({"code": "370812", "name": "兖州区", "level": "州府"})


def test_levels_may_be_written_in_chinese():
    row = {"code": "371871", "name": "高新区", "level": "功能区"}
    assert region_saving.draft(row).level == "zone"


def test_an_unknown_code_has_an_empty_subtree(store):
    with store.read() as conn:
        assert regions.subtree(conn, "370812") == ()
