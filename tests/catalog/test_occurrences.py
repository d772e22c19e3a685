"""Loading, finding and opening occurrences; names and places of units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from tests.catalog.conftest import BUREAU, HALL, save_staff

from haochaping.catalog import cases, occurrences, organizations, places, regions, subjects
from haochaping.catalog.tables import service_case
from haochaping.hooks.values import OccurrenceKey, Words

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


@pytest.fixture
def conn(store, jurisdiction):
    with store.write() as conn:
        yield conn


@pytest.fixture
def push(conn, emit):
    def take_in(**case):
        part = {"no": 1, "served_at": "2026-11-16T10:00:00+08:00"}
        whole = {"case_no": "C-1", "occurrences": [part], "hall_code": HALL, **case}
        pushed = cases.parse_push({"cases": [whole]})
        return cases.push(conn, emit, NOW, pushed)[0].key

    return take_in


def test_an_occurrence_is_loaded_with_its_units_in_one_statement(push, conn, jurisdiction):
    key = push(window_code="A01", staff_no="1001", item_code="I-01")
    seen = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(conn.engine, "before_cursor_execute", listener)
    found = occurrences.load(conn, key)
    event.remove(conn.engine, "before_cursor_execute", listener)
    assert len(seen) == 1
    assert (found.key, found.case_no, found.no) == (key, "C-1", 1)
    assert (found.item.name.zh, found.window.code) == ("企业设立登记", "A01")
    assert (found.staff.code, found.staff.name.zh) == ("1001", "1001")
    assert found.organization.id == jurisdiction.bureau
    assert found.served_at == NOW


def test_a_sensitive_item_is_shown_by_its_public_name_only(push, conn):
    found = occurrences.load(conn, push(item_code="I-02"))
    assert found.item_sensitive
    assert (found.item.name, found.item.code) == (Words("社会救助"), "")


def test_units_that_are_not_stated_are_none(push, conn):
    found = occurrences.load(conn, push())
    assert (found.item, found.window, found.staff) == (None, None, None)
    assert found.item_sensitive is False


def test_an_unknown_key_is_a_problem_with_a_code(conn):
    with pytest.raises(occurrences.UnknownOccurrence) as caught:
        occurrences.load(conn, OccurrenceKey("990106", 202611, 1))
    assert caught.value.code == "HCP-UNKNOWN-OCCURRENCE"


def test_an_occurrence_is_found_by_case_number_and_number(push, conn):
    key = push()
    assert occurrences.find(conn, "C-1", 1) == key
    assert occurrences.find(conn, "C-1", 2) is None
    assert occurrences.find(conn, "C-2", 1) is None


def test_the_last_service_at_a_window_is_found_while_it_is_fresh(push, conn, jurisdiction):
    key = push(window_code="A01")
    fresh = NOW - timedelta(minutes=10)
    assert occurrences.latest_at_window(conn, jurisdiction.window, fresh) == key
    assert occurrences.latest_at_window(conn, jurisdiction.window, NOW + timedelta(1)) is None
    assert occurrences.latest_at_window(conn, jurisdiction.other_window, fresh) is None


@pytest.mark.parametrize(("kind", "prefix"), [("consultation", "ZX"), ("guided", "YD")])
def test_one_key_at_the_window_opens_an_occurrence_without_a_case(
    conn, emit, jurisdiction, kind, prefix
):
    key = occurrences.open_at_window(conn, emit, NOW, jurisdiction.window, kind)
    found = occurrences.load(conn, key)
    assert found.case_no.startswith(f"{prefix}-20261116-")
    assert (found.stage, found.served_at, found.item) == (kind, NOW, None)
    assert (found.window.id, found.staff.code) == (jurisdiction.window, "1001")
    assert emit.payloads("occurrence.served")[0]["after"]["staff_id"] == jurisdiction.staff


def test_with_two_people_at_a_window_nobody_is_guessed(conn, emit, jurisdiction):
    save_staff(conn, "number|organization|hall|window", f"1003|{BUREAU}|{HALL}|A01")
    key = occurrences.open_at_window(conn, emit, NOW, jurisdiction.window)
    assert occurrences.load(conn, key).staff is None


def test_serial_numbers_of_window_services_differ(conn, emit, jurisdiction):
    for _ in range(20):
        occurrences.open_at_window(conn, emit, NOW, jurisdiction.window)
    numbers = conn.execute(select(service_case.c.case_no)).scalars().all()
    assert len(set(numbers)) == 20


def test_an_unknown_window_opens_nothing(conn, emit):
    with pytest.raises(occurrences.UnknownWindow):
        occurrences.open_at_window(conn, emit, NOW, 1)
    assert emit.events == []


def test_names_come_for_every_kind_of_subject(conn, jurisdiction):
    ids = {
        "region": 990106,
        "organization": jurisdiction.bureau,
        "hall": jurisdiction.hall,
        "window": jurisdiction.window,
        "staff": jurisdiction.staff,
        "item": jurisdiction.item,
    }
    found = {kind: subjects.names(conn, kind, [ids[kind], 1])[ids[kind]] for kind in subjects.KINDS}
    assert {kind: one.name.zh for kind, one in found.items()} == {
        "region": "示例区",
        "organization": "政务服务局",
        "hall": "政务服务中心",
        "window": "综合窗口",
        "staff": "1001",
        "item": "企业设立登记",
    }
    assert {one.region for one in found.values()} == {"990106"}
    assert subjects.names(conn, "hall", []) == {}


def test_any_number_of_subjects_is_asked_for_in_one_statement(conn, jurisdiction):
    many = range(-300_000, 0)  # more than either database takes as parameters
    assert set(subjects.names(conn, "hall", [*many, jurisdiction.hall])) == {jurisdiction.hall}
    assert set(subjects.names(conn, "region", [*many, 990106])) == {990106}
    units = subjects.units_of(conn, "hall", [*many, jurisdiction.hall])
    assert set(units) == {jurisdiction.hall}
    assert subjects.units_of(conn, "organization", [jurisdiction.bureau]) == {
        jurisdiction.bureau: jurisdiction.bureau
    }


def test_a_sensitive_item_has_only_its_public_name_among_subjects(conn, jurisdiction):
    found = subjects.names(conn, "item", [jurisdiction.secret_item])[jurisdiction.secret_item]
    assert (found.name.zh, found.code) == ("社会救助", "")


@pytest.mark.parametrize(
    ("kind", "count"), [("region", 1), ("organization", 2), ("hall", 1), ("window", 2),
                        ("staff", 1), ("item", 2)]
)  # fmt: skip
def test_a_regions_subtree_holds_its_units_of_every_kind(conn, kind, count):
    path = regions.path_of(conn, "990106")
    assert len(subjects.all_of(conn, kind, subjects.in_region(kind, path))) == count


def test_a_provinces_subtree_holds_everything(conn):
    path = regions.path_of(conn, "990000")
    found = subjects.all_of(conn, "organization", subjects.in_region("organization", path))
    assert len(found) == 3
    assert len(subjects.all_of(conn, "region", subjects.in_region("region", path))) == 4


@pytest.mark.parametrize(
    ("kind", "count"), [("region", 1), ("organization", 2), ("hall", 1), ("window", 1),
                        ("staff", 1), ("item", 2)]
)  # fmt: skip
def test_an_organizations_subtree_holds_its_units_of_every_kind(conn, kind, count):
    path = organizations.find(conn, BUREAU).path
    assert len(subjects.all_of(conn, kind, subjects.in_organization(kind, path))) == count


def test_places_tell_region_and_organization_of_every_kind(conn, jurisdiction):
    bureau = organizations.find(conn, BUREAU).path
    region = regions.path_of(conn, "990106")
    hall, window = jurisdiction.hall, jurisdiction.window
    assert places.of_subject(conn, "region", 990106) == places.Place(region, "")
    assert places.of_subject(conn, "organization", jurisdiction.bureau) == places.Place(
        region, bureau
    )
    assert places.of_subject(conn, "hall", hall) == places.Place(region, bureau, hall)
    assert places.of_subject(conn, "window", window) == places.Place(region, bureau, hall, window)
    assert places.of_subject(conn, "staff", jurisdiction.staff) == places.Place(
        region, bureau, hall, window, jurisdiction.staff
    )
    assert places.of_subject(conn, "item", jurisdiction.item) == places.Place(region, bureau)
    assert places.of_subject(conn, "hall", 1) is None


def test_an_occurrence_belongs_where_its_hall_is(push, conn, jurisdiction):
    key = push(organization_code="12990000E00000010A", window_code="A01", staff_no="1001")
    found = places.of_occurrence(conn, key)
    assert found.region_path == regions.path_of(conn, "990106")
    assert found.organization_path == organizations.get(conn, jurisdiction.court).path
    assert (found.window_id, found.staff_id) == (jurisdiction.window, jurisdiction.staff)
    assert places.of_occurrence(conn, OccurrenceKey("990106", 202611, 1)) is None
