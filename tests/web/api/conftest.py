"""A business system with a key, in front of a deployment with a small catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from werkzeug.test import TestResponse

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.settings import DATABASE_VARIABLE, write_secrets
from haochaping.web.app import create_app
from tests.catalogues import REGION, body, fill

ALL = frozenset({"cases.push", "evaluations.write", "evaluations.read"})


@dataclass
class Api:
    """A client that sends its key."""

    deployment: Deployment
    client: Any
    key: str

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        return self.client.post(f"/api/v1/{path}", json=body, headers=sent)

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})

    def push(self, number: int = 1) -> dict[str, Any]:
        answer = self.post("service-cases", body(self.deployment, number))
        assert answer.status_code == 200, answer.text
        return answer.json["results"][0]

    def rate(self, number: int = 1, key: str = "k-1", **more: Any) -> TestResponse:
        rating = {
            "case_no": f"I-5-20261116-{number:04}",
            "occurrence_no": 1,
            "grade": 5,
            "channel": "web",
            **more,
        }
        return self.post("evaluations", rating, **{"Idempotency-Key": key})

    def another(self, region: str = REGION, scopes: frozenset[str] = ALL) -> Api:
        return Api(self.deployment, self.client, new_key(self.deployment, region, scopes))


def new_key(deployment: Deployment, region: str, scopes: frozenset[str]) -> str:
    with deployment.store.write() as conn:
        new = NewApiKey("业务系统", scopes, region)
        at = deployment.clock.now()
        return api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, at)[1]


@pytest.fixture
def deployment(
    store_url: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    monkeypatch.setenv(DATABASE_VARIABLE, store_url)
    (tmp_path / "deployment.yaml").write_text("profile: base\n", encoding="utf-8")
    write_secrets(tmp_path)
    deployment = Deployment.open(tmp_path, clock=clock)
    fill(deployment)
    with deployment.store.write() as conn:
        elsewhere = {"code": "440305", "name": "南山区", "level": "county"}
        conn.execute(insert(catalog.region), {**elsewhere, "path": "/440305/", "county": "440305"})
    yield deployment
    deployment.close()


@pytest.fixture
def api(deployment: Deployment) -> Api:
    app = create_app(deployment)
    app.testing = True
    return Api(deployment, app.test_client(), new_key(deployment, REGION, ALL))
