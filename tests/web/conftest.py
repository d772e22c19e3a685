"""A deployment with one hall, its device and a pushed service, and clients for its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from haochaping.access import devices
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey
from haochaping.settings import write_secrets
from haochaping.web.app import create_app

REGION, MONTH = "330106", 202611
WINDOW = 3


@dataclass
class Site:
    """A deployment, its pages, and what its catalogue holds."""

    deployment: Deployment
    app: Flask
    clock: Any
    device_id: int = 0
    device_key: str = ""
    services: list[OccurrenceKey] = field(default_factory=list)

    def client(self) -> FlaskClient:
        """A browser without cookies."""
        return self.app.test_client()

    def serve(self, *, minutes_ago: int = 1) -> OccurrenceKey:
        """A service that was received at the window."""
        number = len(self.services)
        key = OccurrenceKey(REGION, MONTH, 100 + number)
        at = self.clock.now() - timedelta(minutes=minutes_ago)
        with self.deployment.store.write() as conn:
            conn.execute(insert(catalog.service_case), _case(number, at))
            conn.execute(insert(catalog.occurrence), _service(number, key, at))
        self.services.append(key)
        return key

    def link(self, key: OccurrenceKey) -> str:
        """The signed code of a service's link."""
        with self.deployment.store.write() as conn:
            return self.deployment.invitations.issue(conn, key, self.clock.now()).code

    def short_code(self, key: OccurrenceKey) -> str:
        """The twelve digits of a service's slip."""
        with self.deployment.store.write() as conn:
            return self.deployment.invitations.issue(conn, key, self.clock.now()).short_code

    def ratings(self) -> list[Any]:
        """All stored ratings."""
        with self.deployment.store.read() as conn:
            return list(conn.execute(select(evaluation).order_by(evaluation.c.id)))


SETTINGS = """\
profile: base
database: {database}
base_url: http://localhost
line_url: http://localhost:8001
"""


@pytest.fixture
def deployment(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Deployment]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "deployment.yaml").write_text(SETTINGS.format(database=sqlite_url), encoding="utf-8")
    write_secrets(home)
    found = Deployment.open(home, clock=clock, checked=False)
    yield found
    found.close()


@pytest.fixture
def site(deployment: Deployment, clock: FakeClock) -> Site:
    found = Site(deployment, create_app(deployment), clock)
    with deployment.store.write() as conn:
        for table, row in catalogue():
            conn.execute(insert(table), row)
        found.device_id, found.device_key = devices.add(
            conn, deployment.keyring, deployment.journal.emit, (WINDOW, "8号窗口"), clock.now()
        )
    found.app.testing = True
    return found


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">',
        answer.get_data(as_text=True).partition("<main")[2],
    )
    return dict(found)


def text(answer: TestResponse) -> str:
    """The page as text."""
    return answer.get_data(as_text=True)


def catalogue() -> list[tuple[Any, dict[str, Any]]]:
    """Rows of a county with one organization, hall, window, staff member and item."""
    place = {"region": REGION, "place": REGION}
    county = {"code": REGION, "name": "西湖区", "level": "county", "parent": None}
    unit = {"id": 1, "code": "11990000MB2000004B", "uscc": "11990000MB2000004B"}
    names = {"name": "区人力社保局", "name_en": "Labour Office", "path": "/1/"}
    hall = {"id": 2, "code": "H1", "name": "区政务服务中心", "name_en": "District hall"}
    window = {"id": WINDOW, "hall_id": 2, "code": "08", "name": "8号窗口", "name_en": "Window 8"}
    item = {"id": 5, "code": "I-5", "name": "社保登记", "name_en": "Registration"}
    return [
        (catalog.region, {**county, "path": f"/{REGION}/", "county": REGION}),
        (catalog.organization, {**unit, **names, **place}),
        (catalog.hall, {**hall, "organization_id": 1, **place}),
        (catalog.window, {**window, "organization_id": 1}),
        (catalog.staff, {"id": 4, "number": "A0017", "organization_id": 1}),
        (catalog.item, item),
    ]


def _case(number: int, at: Any) -> dict[str, Any]:
    return {
        "id": 50 + number,
        "region": REGION,
        "served_month": MONTH,
        "case_no": f"33010620261116-{number:04}",
        "item_id": 5,
        "organization_id": 1,
        "status": "accepted",
        "created_at": at,
        "updated_at": at,
    }


def _service(number: int, key: OccurrenceKey, at: Any) -> dict[str, Any]:
    return {
        "region": key.region,
        "served_month": key.served_month,
        "id": key.id,
        "case_id": 50 + number,
        "no": 1,
        "stage": "application",
        "service_channel": "hall",
        "organization_id": 1,
        "hall_id": 2,
        "window_id": WINDOW,
        "staff_id": 4,
        "item_id": 5,
        "served_at": at,
        "created_at": at,
    }
