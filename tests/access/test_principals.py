"""A grant reaches its subtree and stops at its border, for objects and for lists alike."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.access.conftest import BUREAU, EAST, HALL, OFFICE, OTHER, PROVINCE, STAFF, WEST

from haochaping.access import principals
from haochaping.access.principals import Forbidden, Grant, Principal, Scope
from haochaping.access.roles import MACHINES, PERMISSIONS, ROLE_NAMES, ROLE_PERMISSIONS, Role
from haochaping.catalog.tables import hall, organization, region

WEST_PATH, EAST_PATH = f"/{PROVINCE}/{WEST}/", f"/{PROVINCE}/{EAST}/"
BUREAU_PATH, OFFICE_PATH = f"/{BUREAU}/", f"/{BUREAU}/{OFFICE}/"


def holding(*grants):
    return Principal(1, "李雷", grants)


def handler(**bounds):
    return holding(Grant(Role.HANDLER, **bounds))


in_bureau = {"organization_id": BUREAU, "organization_path": BUREAU_PATH}
in_west = {"region": WEST, "region_path": WEST_PATH}


@pytest.mark.parametrize(
    ("bounds", "scope", "expected"),
    [
        ({}, Scope(), True),
        ({}, Scope(EAST_PATH, OFFICE_PATH), True),
        (in_west, Scope(region_path=WEST_PATH), True),
        (in_west, Scope(region_path=f"{WEST_PATH}990106001/"), True),
        (in_west, Scope(region_path=EAST_PATH), False),
        (in_west, Scope(region_path=f"/{PROVINCE}/"), False),
        (in_west, Scope(region_path=f"/{PROVINCE}/{WEST}9/"), False),
        (in_west, Scope(), False),
        (in_bureau, Scope(organization_path=OFFICE_PATH), True),
        (in_bureau, Scope(organization_path=BUREAU_PATH), True),
        (in_bureau, Scope(organization_path=f"/{OTHER}/"), False),
        (in_bureau, Scope(organization_path=f"/{BUREAU}1/"), False),
        ({"hall_id": HALL}, Scope(hall_id=HALL), True),
        ({"hall_id": HALL}, Scope(hall_id=HALL + 1), False),
        ({"hall_id": HALL}, Scope(), False),
        ({"staff_id": STAFF}, Scope(staff_id=STAFF), True),
        ({"staff_id": STAFF}, Scope(), False),
        (in_west | in_bureau, Scope(WEST_PATH, OFFICE_PATH), True),
        (in_west | in_bureau, Scope(EAST_PATH, OFFICE_PATH), False),
        ({"region": WEST}, Scope(region_path=WEST_PATH), False),
        ({"organization_id": BUREAU}, Scope(organization_path=BUREAU_PATH), False),
    ],
)
def test_a_grant_covers_what_lies_in_all_its_bounds(bounds, scope, expected):
    assert principals.allowed(handler(**bounds), "case.handle", scope) is expected


def test_a_role_without_the_permission_covers_nothing():
    assert not principals.allowed(handler(), "case.supervise", Scope())


def test_several_grants_add_up():
    both = holding(Grant(Role.HANDLER, **in_west), Grant(Role.HANDLER, **in_bureau))
    assert principals.allowed(both, "case.handle", Scope(WEST_PATH, f"/{OTHER}/"))
    assert principals.allowed(both, "case.handle", Scope(EAST_PATH, OFFICE_PATH))
    assert not principals.allowed(both, "case.handle", Scope(EAST_PATH, f"/{OTHER}/"))


def test_bounds_of_one_grant_do_not_serve_the_role_of_another():
    mixed = holding(Grant(Role.HANDLER, **in_west), Grant(Role.PUBLISHER))
    assert not principals.allowed(mixed, "case.handle", Scope(EAST_PATH))


def test_require_raises_forbidden_and_names_the_permission():
    with pytest.raises(Forbidden) as caught:
        principals.require(handler(**in_west), "case.handle", Scope(region_path=EAST_PATH))
    assert caught.value.fields == {"permission": "case.handle"}
    principals.require(handler(**in_west), "case.handle", Scope(region_path=WEST_PATH))


def test_may_says_whether_the_permission_is_held_anywhere():
    assert handler(**in_west).may("case.handle")
    assert not handler(**in_west).may("case.supervise")
    assert handler(**in_west).roles == {Role.HANDLER}


def test_the_rated_staff_member_is_in_their_own_matter():
    member = holding(Grant(Role.HANDLER), Grant(Role.STAFF_MEMBER, staff_id=STAFF))
    assert principals.own_matter(member, STAFF)
    assert not principals.own_matter(member, STAFF + 1)
    assert not principals.own_matter(member, None)


def organizations_seen(store, principal, permission="case.handle"):
    condition = principals.visible(principal, permission, organization.c.path, region.c.path)
    statement = (
        select(organization.c.id)
        .join(region, region.c.code == organization.c.place)
        .where(condition)
    )
    with store.read() as conn:
        return set(conn.execute(statement).scalars())


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, {BUREAU, OFFICE, OTHER}),
        (in_west, {BUREAU, OFFICE}),
        (in_bureau, {BUREAU, OFFICE}),
        ({"organization_id": OFFICE, "organization_path": OFFICE_PATH}, {OFFICE}),
        ({"region": EAST, "region_path": EAST_PATH}, {OTHER}),
        ({"region": EAST, "region_path": EAST_PATH} | in_bureau, set()),
        ({"hall_id": HALL}, set()),
        ({"staff_id": STAFF}, set()),
        ({"region": WEST}, set()),
    ],
)
def test_a_list_shows_what_the_grants_cover(store, bounds, expected):
    assert organizations_seen(store, handler(**bounds)) == expected


@pytest.mark.usefixtures("places")
def test_a_list_shows_nothing_without_the_permission(store):
    assert organizations_seen(store, handler(), "case.supervise") == set()


@pytest.mark.usefixtures("places")
def test_wildcards_in_a_path_match_only_themselves(store):
    assert organizations_seen(store, handler(organization_id=9, organization_path="/%/")) == set()


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(("hall_id", "expected"), [(HALL, {HALL}), (HALL + 1, set())])
def test_a_list_with_halls_shows_a_hall_managers_own(store, hall_id, expected):
    manager = holding(Grant(Role.HALL_MANAGER, hall_id=hall_id))
    columns = principals.Columns(organization.c.path, region.c.path, hall_id=hall.c.id)
    statement = (
        select(hall.c.id)
        .join(organization, organization.c.id == hall.c.organization_id)
        .join(region, region.c.code == hall.c.place)
        .where(principals.visible_in(manager, "device.manage", columns))
    )
    with store.read() as conn:
        assert set(conn.execute(statement).scalars()) == expected


def test_every_role_has_a_row_and_a_name():
    assert set(ROLE_PERMISSIONS) == set(Role) == set(ROLE_NAMES)


def test_every_permission_is_held_by_some_role():
    assert set().union(*ROLE_PERMISSIONS.values()) == set(PERMISSIONS)


def test_machines_hold_no_permissions():
    assert all(not ROLE_PERMISSIONS[role] for role in MACHINES)


def test_who_runs_the_system_neither_grants_rights_in_it_nor_audits_it():
    keys = ("account.manage", "grant.manage", "audit.read")
    roles = (Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR)
    for own, role in zip(keys, roles, strict=True):
        assert ROLE_PERMISSIONS[role] & set(keys) == {own}


@pytest.mark.parametrize("role", [Role.STAFF_MEMBER, Role.HANDLER, Role.LEADER, Role.HALL_MANAGER])
def test_the_rated_side_sees_no_exact_figures_and_reveals_nobody(role):
    assert not ROLE_PERMISSIONS[role] & {"figures.exact", "case.reveal", "evaluation.void"}
