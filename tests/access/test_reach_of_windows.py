"""Windows at which services are recorded, devices that are managed: within one's own halls."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update
from tests.access.conftest import BUREAU, EAST, HALL, OTHER, STAFF, WEST, WINDOW

from haochaping.access import accounts, device_listing, devices, grants, recording
from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.hooks.values import OccurrenceKey

pytestmark = pytest.mark.usefixtures("places")


@pytest.fixture
def person(store, emit, clock):
    numbers = iter(range(1, 100))

    def person(role, **place):
        with store.write() as conn:
            new = accounts.NewAccount(f"user{next(numbers)}", "某人", "no hash")
            account = accounts.create(conn, emit, new, clock.now())
            grants.give(conn, emit, grants.NewGrant(account, role, **place), clock.now())
            return grants.principal(conn, account)

    return person


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.HALL_MANAGER, {"hall_id": HALL}),
        (Role.HALL_MANAGER, {"region": WEST}),
        (Role.HALL_MANAGER, {"organization_id": BUREAU}),
        (Role.STAFF_MEMBER, {"staff_id": STAFF}),
    ],
)
def test_windows_within_a_grant_are_offered(store, person, role, place):
    who = person(role, **place)
    with store.read() as conn:
        assert [one.id for one in recording.windows(conn, who)] == [WINDOW]
        assert [one.id for one in recording.windows(conn, who, HALL)] == [WINDOW]
        assert recording.windows(conn, who, HALL + 1) == ()
        assert recording.window_of(conn, who, WINDOW) is not None


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.HALL_MANAGER, {"region": EAST}),
        (Role.HALL_MANAGER, {"organization_id": OTHER}),
        (Role.SUPERVISOR, {}),
    ],
)
def test_no_other_windows_are_offered(store, person, role, place):
    who = person(role, **place)
    with store.read() as conn:
        assert recording.windows(conn, who) == ()
        assert recording.window_of(conn, who, WINDOW) is None


def test_a_window_out_of_use_is_not_offered(store, person):
    who = person(Role.STAFF_MEMBER, staff_id=STAFF)
    with store.write() as conn:
        conn.execute(update(catalog.window).values(active=False))
        assert recording.windows(conn, who) == ()


def test_a_staff_member_out_of_service_records_nothing(store, person):
    who = person(Role.STAFF_MEMBER, staff_id=STAFF)
    with store.write() as conn:
        conn.execute(update(catalog.staff).values(active=False))
        assert recording.windows(conn, who) == ()


def test_receipts_are_printed_where_the_service_was_received(store, clock, person):
    key = OccurrenceKey(WEST, 202611, 5)
    place = {"region": WEST, "served_month": 202611}
    with store.write() as conn:
        conn.execute(
            insert(catalog.occurrence).values(
                **place,
                id=5,
                case_id=1,
                no=1,
                stage="consultation",
                service_channel="hall",
                organization_id=BUREAU,
                hall_id=HALL,
                window_id=WINDOW,
                created_at=clock.now(),
            )
        )
    members = person(Role.STAFF_MEMBER, staff_id=STAFF), person(Role.HALL_MANAGER, region=WEST)
    stranger = person(Role.HALL_MANAGER, region=EAST)
    with store.read() as conn:
        assert all(recording.may_print(conn, one, key) for one in members)
        assert not recording.may_print(conn, stranger, key)
        assert not recording.may_print(conn, members[0], OccurrenceKey(WEST, 202611, 6))


def test_devices_are_listed_by_name_within_reach(store, keyring, emit, clock, person):
    with store.write() as conn:
        ids = [devices.add(conn, keyring, emit, (WINDOW, name), clock.now())[0] for name in "bca"]
    inside, outside = (
        person(Role.HALL_MANAGER, hall_id=HALL),
        person(Role.HALL_MANAGER, region=EAST),
    )
    with store.read() as conn:
        found = device_listing.managed(conn, inside)
        rest = device_listing.managed(conn, inside, (found[0].name, found[0].id))
        assert [one.name for one in found] == ["a", "b", "c"]
        assert [one.name for one in rest] == ["b", "c"]
        assert device_listing.managed(conn, outside) == ()
        assert device_listing.manages(conn, inside, ids[0])
        assert not device_listing.manages(conn, outside, ids[0])
