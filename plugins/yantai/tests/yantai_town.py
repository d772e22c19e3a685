"""A city with the plugin, on both databases in turn, and people who organize and supervise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from haochaping.access import accounts, grants, sessions
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.settings import write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_yantai.diary import SYMPOSIUM, Plan
from haochaping_yantai.guests import Caller
from haochaping_yantai.plugin import Yantai
from haochaping_yantai.tables import metadata

REGION, UNIT, OTHER = "370602", 1, 2
SETTINGS = "profile: town\ndatabase: {database}\nbase_url: http://localhost\n"
PROFILE = "extends: yantai\nplugins: {yantai: {contact_days: 30}}\n"


@dataclass
class Town:
    """A deployment and its events."""

    deployment: Deployment
    clock: Any
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def plugin(self) -> Yantai:
        found: Any = self.deployment.hooks.plugin("yantai").plugin
        assert isinstance(found, Yantai)
        return found

    def account(self, role: Role = Role.SUPERVISOR, **place: Any) -> int:
        """Make an account with one role; of the county unless told."""
        new = accounts.NewAccount(f"user{next(self.numbers)}", "王某", "unused")
        at, emit = self.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            account_id = accounts.create(conn, emit, new, at)
            grant = grants.NewGrant(account_id, role, **(place or {"region": REGION}))
            grants.give(conn, emit, grant, at)
        return account_id

    def client(self, account_id: int | None = None) -> FlaskClient:
        """Return a browser, signed in when an account is given."""
        client = create_app(self.deployment).test_client()
        if account_id is not None:
            with self.deployment.store.write() as conn:
                opened = sessions.open_session(
                    conn, self.deployment.keyring, account_id, Stage.FULL, self.clock.now()
                )
            client.set_cookie(guard.SESSION_COOKIE, opened.token)
        return client

    def plan(self, capacity: int = 2, **changes: Any) -> Plan:
        """Return a symposium tomorrow afternoon."""
        start: datetime = self.clock.now() + timedelta(days=1)
        values: dict[str, Any] = {
            "kind": SYMPOSIUM,
            "title": "企业座谈会",
            "about": "听取意见",
            "place": "301 会议室",
            "organization_id": UNIT,
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "capacity": capacity,
        }
        return Plan(**{**values, **changes})

    def opened(self, who: int, capacity: int = 2) -> int:
        """Plan an event and open it for registration."""
        number = self.plugin.diary.plan(self.plan(capacity), who)
        self.plugin.diary.open(number, who)
        return number

    def held(self, who: int) -> int:
        """Hold an event: the clock stands one hour after its beginning."""
        number = self.opened(who)
        self.clock.advance(timedelta(days=1, hours=1))
        self.plugin.diary.hold(number, who, "纪要")
        return number


def caller(n: int = 1) -> Caller:
    """Return somebody who registers."""
    return Caller("张某", f"1380000000{n}", "甲公司")


def make_town(home: Path, database: str, clock: FakeClock) -> Town:
    (home / "profiles").mkdir(parents=True)
    (home / "deployment.yaml").write_text(SETTINGS.format(database=database), encoding="utf-8")
    (home / "profiles" / "town.yaml").write_text(PROFILE, encoding="utf-8")
    write_secrets(home)
    deployment = Deployment.open(home, clock=clock, checked=False)
    with deployment.store.write() as conn:
        metadata.create_all(conn)
        for table, row in _catalogue():
            conn.execute(insert(table), row)
    return Town(deployment, clock)


@pytest.fixture
def town(store_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """A county whose profile extends the city's, on both databases in turn."""
    found = make_town(tmp_path / "home", store_url, clock)
    yield found
    found.deployment.close()


@pytest.fixture
def site(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """The same on one database, for pages."""
    found = make_town(tmp_path / "home", sqlite_url, clock)
    yield found
    found.deployment.close()


def _catalogue() -> list[tuple[Any, dict[str, Any]]]:
    place = {"region": REGION, "place": REGION}
    county = {"code": REGION, "name": "芝罘区", "level": "county", "path": f"/{REGION}/"}
    units = [
        {"id": UNIT, "code": "A", "uscc": "", "name": "区审批局", "path": f"/{UNIT}/", **place},
        {"id": OTHER, "code": "B", "uscc": "", "name": "区税务局", "path": f"/{OTHER}/", **place},
    ]
    return [
        (catalog.region, {**county, "county": REGION}),
        *((catalog.organization, unit) for unit in units),
    ]
