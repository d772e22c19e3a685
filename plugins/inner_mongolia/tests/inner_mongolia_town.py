"""A deployment with the registry, on both databases in turn, and people who decide."""

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
from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.settings import write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_inner_mongolia.registry import Proposal, Registry
from haochaping_inner_mongolia.tables import metadata

REGION, MONTH, UNIT, OTHER = "150102", 202611, 1, 2
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
EVIDENCE = "三次以差评要挟窗口人员，有录音为证。"

SETTINGS = "profile: town\ndatabase: {database}\nbase_url: http://localhost\n"
PROFILE = """\
extends: inner_mongolia
plugins:
  inner_mongolia:
    registry: {{enabled: {enabled}, legal_basis: "{basis}", max_term_days: 90}}
"""


@dataclass
class Town:
    """A deployment, its registry, and raters to be proposed."""

    deployment: Deployment
    clock: Any
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def registry(self) -> Registry:
        found: Any = self.deployment.hooks.plugin("inner_mongolia").plugin
        registry: Registry = found.registry
        return registry

    def rated(self, identity: Identity = Identity.VERIFIED) -> str:
        """Rate a service badly and return its case number."""
        key = self._service()
        self.rate(identity=identity, service=key)
        return f"C{key.id}"

    def rate(
        self,
        grade: int = 1,
        identity: Identity = Identity.VERIFIED,
        service: OccurrenceKey | None = None,
    ) -> Receipt:
        """Rate a service as the rater of this town."""
        key = service or self._service()
        draft = Draft(
            occurrence=key,
            grade=grade,
            text="差",
            idempotency_key=f"key-{key.id}",
            channel=Channel.WEB,
            identity=identity,
            rater_role=RaterRole.APPLICANT,
            client="test",
        )
        return self.deployment.intake.submit(draft)

    def account(self, role: Role = Role.SUPERVISOR, **place: Any) -> int:
        """Make an account with one role; a supervisor of the county unless told."""
        new = accounts.NewAccount(f"user{next(self.numbers)}", "王某", "unused")
        at, emit = self.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            account_id = accounts.create(conn, emit, new, at)
            grant = grants.NewGrant(account_id, role, **(place or {"region": REGION}))
            grants.give(conn, emit, grant, at)
        return account_id

    def proposed(self, *, by: int | None = None, days: int = 30) -> int:
        """Propose the rater of a bad rating; return the entry's number."""
        proposal = Proposal(self.rated(), 1, EVIDENCE, days)
        return self.registry.propose(proposal, by or self.account())

    def listed(self, days: int = 30) -> int:
        """List the rater by two people."""
        number = self.proposed(days=days)
        self.registry.second(number, self.account(), "证据充分")
        self.registry.confirm(number, self.account(), "同意")
        return number

    def client(self, account_id: int) -> FlaskClient:
        """Return a browser that is signed in."""
        with self.deployment.store.write() as conn:
            opened = sessions.open_session(
                conn, self.deployment.keyring, account_id, Stage.FULL, self.clock.now()
            )
        client = create_app(self.deployment).test_client()
        client.set_cookie(guard.SESSION_COOKIE, opened.token)
        return client

    def _service(self) -> OccurrenceKey:
        number, at = next(self.numbers), self.clock.now()
        place = {"region": REGION, "served_month": MONTH}
        with self.deployment.store.write() as conn:
            person = self.deployment.vault.remember(conn, RATER, REGION, at)
            business = {"id": number, "case_no": f"C{number}", "organization_id": UNIT}
            business |= {"status": "accepted", "created_at": at, "updated_at": at}
            conn.execute(insert(catalog.service_case).values(**place, **business, person_id=person))
            served = {"id": number, "case_id": number, "no": 1, "stage": "application"}
            served |= {"service_channel": "hall", "organization_id": UNIT}
            conn.execute(
                insert(catalog.occurrence).values(**place, **served, served_at=at, created_at=at)
            )
        return OccurrenceKey(REGION, MONTH, number)


def make_town(home: Path, database: str, clock: FakeClock, **registry: str) -> Town:
    (home / "profiles").mkdir(parents=True)
    (home / "deployment.yaml").write_text(SETTINGS.format(database=database), encoding="utf-8")
    settings = {"enabled": "true", "basis": "〔2022〕12号", **registry}
    (home / "profiles" / "town.yaml").write_text(PROFILE.format(**settings), encoding="utf-8")
    write_secrets(home)
    deployment = Deployment.open(home, clock=clock, checked=False)
    with deployment.store.write() as conn:
        metadata.create_all(conn)
        for table, row in _catalogue():
            conn.execute(insert(table), row)
    return Town(deployment, clock)


@pytest.fixture
def town(store_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    """A county with an enabled registry, on both databases in turn."""
    found = make_town(tmp_path / "home", store_url, clock)
    yield found
    found.deployment.close()


def _catalogue() -> list[tuple[Any, dict[str, Any]]]:
    place = {"region": REGION, "place": REGION}
    county = {"code": REGION, "name": "新城区", "level": "county", "path": f"/{REGION}/"}
    units = [
        {"id": UNIT, "code": "A", "uscc": "", "name": "区税务局", "path": f"/{UNIT}/", **place},
        {"id": OTHER, "code": "B", "uscc": "", "name": "区监察局", "path": f"/{OTHER}/", **place},
    ]
    return [
        (catalog.region, {**county, "county": REGION}),
        *((catalog.organization, unit) for unit in units),
    ]
