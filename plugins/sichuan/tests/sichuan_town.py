"""A county of Sichuan with three units, people who act in it, and months that were closed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
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
from haochaping.grading import periods
from haochaping.grading.tables import frozen_figure, period_closing
from haochaping.settings import write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_sichuan.tables import metadata

REGION = "510104"
TAX, LAND, POLICE = 1, 2, 3
CLERK = 7


@dataclass
class Town:
    """A deployment with its plugin; `month` closes one with the figures given by unit."""

    deployment: Deployment
    clock: Any
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def plugin(self) -> Any:
        return self.deployment.hooks.plugin("sichuan").plugin

    def account(self, role: Role = Role.SUPERVISOR, **place: Any) -> int:
        new = accounts.NewAccount(f"user{next(self.numbers)}", "王某", "unused")
        at, emit = self.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            account_id = accounts.create(conn, emit, new, at)
            grant = grants.NewGrant(account_id, role, **(place or {"region": REGION}))
            grants.give(conn, emit, grant, at)
        return account_id

    def client(self, account_id: int) -> FlaskClient:
        with self.deployment.store.write() as conn:
            opened = sessions.open_session(
                conn, self.deployment.keyring, account_id, Stage.FULL, self.clock.now()
            )
        client = create_app(self.deployment).test_client()
        client.set_cookie(guard.SESSION_COOKIE, opened.token)
        return client

    def month(self, name: str, bad: dict[int, int], *, rated: int = 60) -> None:
        """Close and appraise a month in which units got so many bad reviews."""
        period = periods.parse(name)
        closing = {"closed_at": self.clock.now(), "profile_digest": "x", "appraised": False}
        with self.deployment.store.write() as conn:
            conn.execute(insert(period_closing), [{"period": name, "failures": [], **closing}])
            rows = [_frozen(name, "organization", unit, n, rated) for unit, n in bad.items()]
            rows.append(_frozen(name, "staff", CLERK, 0, rated))
            conn.execute(insert(frozen_figure), rows)
        self.deployment.disclosing.appraiser.appraise(self.deployment.store, period)


def _frozen(period: str, kind: str, subject: int, bad: int, rated: int) -> dict[str, Any]:
    counts = {"g1": bad, "g2": 0, "g3": 0, "g4": 0, "g5": rated - bad}
    return {
        "period": period, "subject_kind": kind, "subject_id": subject, **counts,
        "served": rated, "first_bad": bad, "active": rated, "cases": {},
    }  # fmt: skip


def make_town(home: Path, database: str, clock: FakeClock) -> Town:
    home.mkdir()
    settings = f"profile: sichuan\ndatabase: {database}\nbase_url: http://localhost\n"
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    deployment = Deployment.open(home, clock=clock, checked=False)
    with deployment.store.write() as conn:
        metadata.create_all(conn)
        for table, row in _catalogue():
            conn.execute(insert(table), row)
    return Town(deployment, clock)


@pytest.fixture
def town(store_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """A county on both databases in turn."""
    found = make_town(tmp_path / "home", store_url, clock)
    yield found
    found.deployment.close()


@pytest.fixture
def site(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """A county on SQLite."""
    found = make_town(tmp_path / "home", sqlite_url, clock)
    yield found
    found.deployment.close()


def _catalogue() -> list[tuple[Any, dict[str, Any]]]:
    place = {"region": REGION, "place": REGION}
    county = {"code": REGION, "name": "锦江区", "level": "county", "path": f"/{REGION}/"}
    names = {TAX: "区税务局", LAND: "不动产登记中心", POLICE: "区公安局"}
    units = [
        {"id": unit, "code": f"U{unit}", "uscc": "", "name": name, "path": f"/{unit}/", **place}
        for unit, name in names.items()
    ]
    clerk = {"id": CLERK, "number": "0007", "organization_id": TAX}
    return [
        (catalog.region, {**county, "county": REGION}),
        *((catalog.organization, unit) for unit in units),
        (catalog.staff, clerk),
    ]
