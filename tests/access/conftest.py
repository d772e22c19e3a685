"""A small place to hold grants in: two counties, three organizations, a hall, a window."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import insert

from haochaping.access import accounts, grants, passwords
from haochaping.access.roles import Role
from haochaping.access.sign_in import Gatekeeper
from haochaping.catalog.tables import hall, organization, region, staff, window
from haochaping.profile.rules import AccessRules, Lockout, SecondFactor

PROVINCE, WEST, EAST = "990000", "990106", "990108"
BUREAU, OFFICE, OTHER = 11, 12, 21
HALL, WINDOW, STAFF = 31, 41, 51
PASSWORD = "Zheng-wu 2026 hall"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "METHOD", "scrypt:1024:8:1")


@pytest.fixture
def places(store):
    """Two counties of a province; a bureau with an office in the west, another in the east."""
    with store.write() as conn:
        conn.execute(insert(region), [_region(*row) for row in _REGIONS])
        for row in _ORGANIZATIONS:
            conn.execute(insert(organization).values(_organization(*row)))
        conn.execute(
            insert(hall).values(
                id=HALL, code="H1", name="西区大厅", region=WEST, place=WEST, organization_id=BUREAU
            )
        )
        conn.execute(
            insert(window).values(
                id=WINDOW, hall_id=HALL, code="01", name="1号窗口", organization_id=OFFICE
            )
        )
        conn.execute(
            insert(staff).values(
                id=STAFF, number="S1", organization_id=OFFICE, hall_id=HALL, window_id=WINDOW
            )
        )


_REGIONS = (
    (PROVINCE, "province", None, f"/{PROVINCE}/"),
    (WEST, "county", PROVINCE, f"/{PROVINCE}/{WEST}/"),
    (EAST, "county", PROVINCE, f"/{PROVINCE}/{EAST}/"),
)
_ORGANIZATIONS = (
    (BUREAU, WEST, None, f"/{BUREAU}/"),
    (OFFICE, WEST, BUREAU, f"/{BUREAU}/{OFFICE}/"),
    (OTHER, EAST, None, f"/{OTHER}/"),
)


def _region(code, level, parent, path):
    return {
        "code": code, "name": code, "level": level, "parent": parent, "path": path, "county": code,
    }  # fmt: skip


def _organization(id_, region_, parent, path):
    return {
        "id": id_, "code": f"O{id_}", "uscc": f"U{id_}", "name": f"机构{id_}", "region": region_,
        "place": region_, "parent_id": parent, "path": path,
    }  # fmt: skip


@dataclass
class People:
    """Makes accounts and grants, each in a transaction of its own."""

    store: object
    emit: object
    clock: object

    def add(self, login="li.lei", *roles, name="李雷", **place):
        with self.store.write() as conn:
            new = accounts.NewAccount(login, name, passwords.hashed(PASSWORD))
            account_id = accounts.create(conn, self.emit, new, self.clock.now())
        for role in roles:
            self.grant(account_id, role, **place)
        return account_id

    def settled(self, login="li.lei", *roles, **place):
        """Add an account that has changed its initial password."""
        account_id = self.add(login, *roles, **place)
        with self.store.write() as conn:
            change = accounts.PasswordChange(account_id, passwords.hashed(PASSWORD), initial=False)
            accounts.set_password(conn, self.emit, change, self.clock.now())
        return account_id

    def grant(self, account_id, role, **place):
        with self.store.write() as conn:
            new = grants.NewGrant(account_id, Role(role), **place)
            return grants.give(conn, self.emit, new, self.clock.now())

    def principal(self, account_id):
        with self.store.read() as conn:
            return grants.principal(conn, account_id)


@pytest.fixture
def people(store, emit, clock):
    return People(store, emit, clock)


@pytest.fixture
def rules():
    return AccessRules(SecondFactor(("administrator",)), 30, Lockout(5, 15), "relay")


@pytest.fixture
def gate(store, keyring, clock, rules, emit):
    return Gatekeeper(store, keyring, clock, rules, emit)
