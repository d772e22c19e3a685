"""Halls, windows, staff and items."""

from __future__ import annotations

import pytest
from tests.catalog.conftest import (
    BUREAU,
    COURT,
    HALL,
    save_halls,
    save_items,
    save_staff,
    save_windows,
    statuses,
)

from haochaping.catalog import halls, items, staff, windows
from haochaping.catalog.fields import FieldFault


@pytest.fixture
def conn(store, jurisdiction):
    with store.write() as conn:
        yield conn


def test_opening_hours_are_read_span_by_span():
    assert halls.opening("9:00-12:00；13：30～17:00") == [["09:00", "12:00"], ["13:30", "17:00"]]


@pytest.mark.parametrize(
    "text", ["9点到12点", "12:00-09:00", "09:00-12:00;11:00-17:00", "25:00-26:00", "09:00-12:00x"]
)
def test_opening_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(FieldFault):
        halls.opening(text)


def test_a_hall_without_opening_hours_keeps_the_profiles(conn):
    assert halls.find(conn, HALL).opening is None


def test_a_hall_may_be_open_until_midnight(conn):
    header = "code|name|region|organization|opening"
    save_halls(conn, header, f"H02|夜间大厅|990106|{BUREAU}|18:00-24:00")
    assert halls.find(conn, "H02").opening == [["18:00", "24:00"]]


@pytest.mark.parametrize(
    ("line", "word"), [(f"H02|厅|889|{BUREAU}", "行政区划"), ("H02|厅|990106|KS99", "机构")]
)
def test_a_hall_in_an_unknown_place_is_refused(conn, line, word):
    outcomes = save_halls(conn, "code|name|region|organization", line)
    assert statuses(outcomes) == ["refused"]
    assert word in outcomes[0].reason.zh


def test_a_window_is_unique_within_its_hall_only(conn):
    save_halls(conn, "code|name|region|organization", f"H02|二厅|990106|{BUREAU}")
    outcomes = save_windows(conn, "hall|code|name", "H02|A01|窗口", f"{HALL}|A01|综合窗口")
    assert statuses(outcomes) == ["created", "unchanged"]


def test_a_window_serves_for_its_halls_organization_unless_stated(conn, jurisdiction):
    assert windows.find(conn, HALL, "A01").organization_id == jurisdiction.bureau
    assert windows.find(conn, HALL, "B01").organization_id == jurisdiction.court


@pytest.mark.parametrize(("line", "word"), [("H99|A|窗|", "大厅"), (f"{HALL}|A|窗|X", "机构")])
def test_a_window_in_an_unknown_place_is_refused(conn, line, word):
    outcomes = save_windows(conn, "hall|code|name|organization", line)
    assert word in outcomes[0].reason.zh


def test_the_windows_of_a_hall_come_in_order(conn, jurisdiction):
    assert [one.code for one in windows.of_hall(conn, jurisdiction.hall)] == ["A01", "B01"]
    assert windows.find(conn, "H99", "A01") is None


def test_a_staff_member_belongs_to_a_window(conn, jurisdiction):
    found = staff.find(conn, "1001")
    assert (found.hall_id, found.window_id) == (jurisdiction.hall, jurisdiction.window)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("1003|KS99||", "机构"),
        (f"1003|{BUREAU}|H99|", "大厅"),
        (f"1003|{BUREAU}|{HALL}|Z9", "窗口"),
    ],
)
def test_a_staff_member_in_an_unknown_place_is_refused(conn, line, word):
    outcomes = save_staff(conn, "number|organization|hall|window", line)
    assert word in outcomes[0].reason.zh


def test_a_window_without_its_hall_is_refused():
    with pytest.raises(FieldFault, match="大厅代码"):
        staff.draft({"number": "1", "organization": BUREAU, "window": "A01"})


def test_saving_a_staff_member_again_leaves_the_person_alone(conn, jurisdiction):
    staff.set_person(conn, jurisdiction.staff, 77)
    outcomes = save_staff(conn, "number|organization", f"1001|{COURT}")
    assert statuses(outcomes) == ["updated"]
    assert staff.get(conn, jurisdiction.staff).person_id == 77


def test_the_only_active_staff_member_of_a_window_is_found(conn, jurisdiction):
    assert staff.only_one_at(conn, jurisdiction.window) == jurisdiction.staff
    save_staff(conn, "number|organization|hall|window", f"1003|{BUREAU}|{HALL}|A01")
    assert staff.only_one_at(conn, jurisdiction.window) is None
    save_staff(conn, "number|organization|hall|window|active", f"1003|{BUREAU}|{HALL}|A01|否")
    assert staff.only_one_at(conn, jurisdiction.window) == jurisdiction.staff


def test_a_sensitive_item_needs_a_public_name():
    with pytest.raises(FieldFault) as caught:
        items.draft({"code": "I-03", "name": "某事项", "sensitive": "是"})
    assert caught.value.field == "public_name"


def test_a_sensitive_item_shows_its_public_name(conn):
    assert items.find(conn, "I-02").shown.zh == "社会救助"
    assert items.find(conn, "I-01").shown.zh == "企业设立登记"


def test_an_item_of_an_unknown_organization_is_refused(conn):
    outcomes = save_items(conn, "code|name|organization", "I-03|某事项|KS99", "I-04|公共事项|")
    assert statuses(outcomes) == ["refused", "created"]
