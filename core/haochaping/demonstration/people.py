"""Demonstration accounts for every role, the windows' devices, and a business system's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from haochaping.access import accounts, api_keys, devices, grants, passwords, placing
from haochaping.access.placing import Place
from haochaping.access.principals import Principal
from haochaping.access.roles import API_SCOPES, Role
from haochaping.demonstration.home import DeviceKey
from haochaping.demonstration.places import Counter
from haochaping.deployment import Deployment

PASSWORD: Final = "Nihao-2026"
"""The password of all demonstration accounts, printed on the screen; never in production."""

WHOLE, COUNTY, UNIT, HALL, DESK = "whole", "county", "unit", "hall", "desk"


@dataclass(frozen=True, slots=True)
class Person:
    """An account to be made: sign-in name, shown name, role and how far the role reaches."""

    login: str
    name: str
    role: Role
    reach: str = COUNTY


PEOPLE: Final = (
    Person("admin", "管理员", Role.ADMINISTRATOR, WHOLE),
    Person("security", "安全管理员（演示）", Role.SECURITY_OFFICER, WHOLE),
    Person("auditor", "审计员（演示）", Role.AUDITOR, WHOLE),
    Person("supervisor", "监督人员（演示）", Role.SUPERVISOR),
    Person("leader", "单位负责人（演示）", Role.LEADER, UNIT),
    Person("publisher", "发布审核员（演示）", Role.PUBLISHER),
    Person("reviewer1", "申诉复核员甲（演示）", Role.APPEAL_REVIEWER),
    Person("reviewer2", "申诉复核员乙（演示）", Role.APPEAL_REVIEWER),
    Person("hall", "大厅管理员（演示）", Role.HALL_MANAGER, HALL),
    Person("liaison", "单位联络员（演示）", Role.UNIT_LIAISON, UNIT),
    Person("handler", "工单承办人（演示）", Role.HANDLER),
    Person("unit-handler", "本单位承办人（演示）", Role.HANDLER, UNIT),
    Person("staff", "窗口工作人员（演示）", Role.STAFF_MEMBER, DESK),
    Person("hotline", "热线话务员（演示）", Role.HOTLINE_OPERATOR),
    Person("paper", "纸质录入员甲（演示）", Role.PAPER_CLERK, HALL),
    Person("paper2", "纸质录入员乙（演示）", Role.PAPER_CLERK, HALL),
    Person("inspector", "查评员（演示）", Role.INSPECTOR),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where roles hold: the whole region, one county, one window with its hall and unit."""

    root: str
    county: str
    counter: Counter

    def place(self, reach: str) -> Place:
        """Return the place of a reach."""
        home = self.counter
        return {
            WHOLE: Place(),
            COUNTY: Place(region=self.county),
            UNIT: Place(organization=home.offers[0].organization),
            HALL: Place(hall=home.hall),
            DESK: Place(hall=home.hall, staff=home.staff[0]),
        }[reach]


def home_of(counters: Sequence[Counter]) -> Counter:
    """Return the window at which the demonstration's unit and staff member are at home."""
    own = [one for one in counters if len({offer.organization for offer in one.offers}) == 1]
    return (own or list(counters))[0]


def make_accounts(deployment: Deployment, stage: Stage) -> None:
    """Make the accounts that are missing and give all of them the printed password."""
    hashes = {one.login: passwords.hashed(PASSWORD) for one in PEOPLE}
    with deployment.store.write() as conn:
        for one in PEOPLE:
            _make(deployment, conn, one, hashes[one.login], stage.place(one.reach))


def cast(conn: Connection) -> Mapping[str, Principal]:
    """Return who acts by sign-in name."""
    found = {one.login: accounts.find(conn, one.login) for one in PEOPLE}
    who = {login: grants.principal(conn, each.id) for login, each in found.items() if each}
    return {login: each for login, each in who.items() if each}


def make_devices(deployment: Deployment, counters: Sequence[Counter]) -> list[DeviceKey]:
    """Register a device for every window; their keys are shown."""
    at, emit = deployment.clock.now(), deployment.journal.emit
    made = []
    with deployment.store.write() as conn:
        for one in counters:
            place = (one.window_id, one.name.zh)
            number, key = devices.add(conn, deployment.keyring, emit, place, at)
            made.append(DeviceKey(number, one.hall, one.window, one.name.zh, key))
    return made


def make_key(deployment: Deployment, stage: Stage) -> str:
    """Make a business system's key with every scope, for the whole region."""
    new = api_keys.NewApiKey("演示业务系统", frozenset(API_SCOPES), stage.root)
    at, emit = deployment.clock.now(), deployment.journal.emit
    with deployment.store.write() as conn:
        return api_keys.add(conn, deployment.keyring, emit, new, at)[1]


def _make(
    deployment: Deployment, conn: Connection, one: Person, password_hash: str, place: Place
) -> None:
    at, emit = deployment.clock.now(), deployment.journal.emit
    known = accounts.find(conn, one.login)
    new = accounts.NewAccount(one.login, one.name, password_hash)
    number = known.id if known else accounts.create(conn, emit, new, at)
    change = accounts.PasswordChange(number, password_hash, initial=False)
    accounts.set_password(conn, emit, change, at)
    grants.give(conn, emit, placing.grant_of(conn, number, one.role, place), at)
