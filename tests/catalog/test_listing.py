"""The catalogue as lists: narrowed, searched, page by page; services of a case or of persons."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, literal, select, true, update
from tests.catalog.conftest import save_items

from haochaping.catalog import listing, service_lists
from haochaping.catalog import tables as catalog
from haochaping.catalog.listing import Wanted
from haochaping.hooks.values import OccurrenceKey

KINDS = ("regions", "organizations", "halls", "windows", "staff", "items")


def codes(store, kind, **wanted):
    with store.read() as conn:
        return [one.code for one in listing.page(conn, kind, Wanted(true(), **wanted)).lines]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed_in_order_and_counted(store, jurisdiction, kind):
    found = codes(store, kind)
    with store.read() as conn:
        assert listing.count(conn, kind, true()) == len(found) > 0
    assert listing.kinds() == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_not_be_seen_is_left_out(store, jurisdiction, kind):
    where = listing.where(kind)
    with store.read() as conn:
        assert listing.page(conn, kind, Wanted(where.region_path == "/1/")).lines == ()
        assert listing.count(conn, kind, literal(1) == 0) == 0


def test_a_part_of_a_code_or_name_finds_lines(store, jurisdiction):
    [whole, *_] = codes(store, "organizations")
    assert whole in codes(store, "organizations", containing=whole[2:9])
    assert codes(store, "organizations", containing="100%_") == []


def test_pages_follow_without_gap_or_repetition(store, jurisdiction):
    with store.write() as conn:
        save_items(conn, "code|name", *(f"J{n:03}|事项{n}" for n in range(120)))
    with store.read() as conn:
        seen, after = [], ""
        while True:
            page = listing.page(conn, "items", Wanted(true(), "J", after))
            seen += [one.code for one in page.lines]
            after = page.after
            if not after:
                break
    assert seen == sorted(set(seen))
    assert len([one for one in seen if one.startswith("J")]) == 120


def test_windows_of_two_halls_follow_hall_by_hall(store, jurisdiction):
    with store.write() as conn:
        hall = conn.execute(select(catalog.hall)).mappings().first()
        conn.execute(insert(catalog.hall).values({**hall, "id": 901, "code": "000-first"}))
        owner = hall["organization_id"]
        rows = [
            {
                "id": 910 + n,
                "hall_id": 901,
                "code": f"{n}",
                "name": "窗口",
                "organization_id": owner,
            }
            for n in range(3)
        ]
        conn.execute(insert(catalog.window), rows)
    assert codes(store, "windows")[:3] == ["0", "1", "2"]
    assert codes(store, "windows", after="000-first~1")[0] == "2"


def test_what_is_out_of_use_is_marked(store, jurisdiction):
    with store.write() as conn:
        conn.execute(update(catalog.hall).values(active=False))
    with store.read() as conn:
        page = listing.page(conn, "halls", Wanted(true()))
    assert {one.active for one in page.lines} == {False}


def services(conn, at, *persons):
    for number, person in enumerate(persons):
        case = {"id": 700 + number, "case_no": f"C-{number}", "person_id": person}
        place = {"region": "990106", "served_month": 202611}
        conn.execute(
            insert(catalog.service_case).values(
                **case, **place, organization_id=1, status="accepted", created_at=at, updated_at=at
            )
        )
        conn.execute(
            insert(catalog.occurrence).values(
                **place,
                id=800 + number,
                case_id=700 + number,
                no=1,
                stage="application",
                service_channel="hall",
                organization_id=1,
                created_at=at,
            )
        )


def test_services_are_found_by_case_and_by_person(store, clock):
    with store.write() as conn:
        services(conn, clock.now(), 1, 2)
    with store.read() as conn:
        key = OccurrenceKey("990106", 202611, 801)
        assert service_lists.of_case(conn, "C-1") == (key,)
        assert service_lists.of_persons(conn, [2]) == (key,)
        assert service_lists.of_case(conn, "C-9") == ()
        assert service_lists.of_persons(conn, []) == ()


def test_no_more_services_are_listed_than_a_digit_chooses(store, clock):
    with store.write() as conn:
        services(conn, clock.now(), *[5] * 12)
    with store.read() as conn:
        assert len(service_lists.of_persons(conn, [5])) == service_lists.MOST == 9
