"""A district with the plugin, on both databases in turn, and people who were served there."""

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
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.settings import write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_shanghai.plugin import Shanghai
from haochaping_shanghai.reviews import HALL, ITEM, Given
from haochaping_shanghai.tables import metadata

REGION, MONTH, UNIT, OTHER, PLACE, MATTER = "310101", 202611, 1, 2, 5, 7
SETTINGS = "profile: town\ndatabase: {database}\nbase_url: http://localhost\n"
PROFILE = "extends: shanghai\nplugins: {shanghai: {prior_reviews: 2, votes_per_network: 3}}\n"


@dataclass
class Town:
    """A deployment, its reviews, and services to be reviewed."""

    deployment: Deployment
    clock: Any
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def plugin(self) -> Shanghai:
        found: Any = self.deployment.hooks.plugin("shanghai").plugin
        assert isinstance(found, Shanghai)
        return found

    def receipt(self, grade: int = 5) -> str:
        """Serve and rate; return the receipt's code."""
        key = self._service()
        draft = Draft(
            occurrence=key,
            grade=grade,
            text="" if grade > 2 else "等了很久",
            idempotency_key=f"key-{key.id}",
            channel=Channel.WEB,
            identity=Identity.PRESUMED,
            rater_role=RaterRole.APPLICANT,
            client="test",
        )
        return self.deployment.intake.submit(draft).code

    def given(self, stars: int | dict[str, int] = 5, text: str = "", **changes: Any) -> Given:
        """Return what a rater writes of a fresh service; one number for hall and item alike."""
        values: dict[str, Any] = {
            "receipt": self.receipt(),
            "stars": stars if isinstance(stars, dict) else {HALL: stars, ITEM: stars},
            "tags": {HALL: ("short_wait",)},
            "text": text,
            "visitor": f"visitor{next(self.numbers)}",
            "network": "network",
        }
        return Given(**{**values, **changes})

    def account(self, role: Role = Role.PUBLISHER, **place: Any) -> int:
        """Make an account with one role; of the district unless told."""
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

    def _service(self) -> OccurrenceKey:
        number, at = next(self.numbers), self.clock.now()
        place = {"region": REGION, "served_month": MONTH}
        business = {"id": number, "case_no": f"C{number}", "organization_id": UNIT}
        business |= {"status": "accepted", "created_at": at, "updated_at": at}
        served = {"id": number, "case_id": number, "no": 1, "stage": "application"}
        served |= {"service_channel": "hall", "organization_id": UNIT}
        served |= {"hall_id": PLACE, "item_id": MATTER}
        with self.deployment.store.write() as conn:
            conn.execute(insert(catalog.service_case).values(**place, **business, item_id=MATTER))
            conn.execute(
                insert(catalog.occurrence).values(**place, **served, served_at=at, created_at=at)
            )
        return OccurrenceKey(REGION, MONTH, number)


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
    """A district whose profile extends the city's, on both databases in turn."""
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
    county = {"code": REGION, "name": "黄浦区", "level": "county", "path": f"/{REGION}/"}
    units = [
        {"id": UNIT, "code": "A", "uscc": "", "name": "区政务办", "path": f"/{UNIT}/", **place},
        {"id": OTHER, "code": "B", "uscc": "", "name": "区税务局", "path": f"/{OTHER}/", **place},
    ]
    hall = {"id": PLACE, "code": "H1", "name": "区行政服务中心", "organization_id": UNIT, **place}
    item = {"id": MATTER, "code": "I1", "name": "居住证办理", "organization_id": UNIT}
    return [
        (catalog.region, {**county, "county": REGION}),
        *((catalog.organization, unit) for unit in units),
        (catalog.hall, hall),
        (catalog.item, item),
    ]
