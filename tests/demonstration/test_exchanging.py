"""A demonstration that exchanges: what went up, what the hotline hears, and both sides agreeing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from tests.demonstration.conftest import NOW, Small, small
from tests.serving import serving

from haochaping.access import sessions
from haochaping.access.sessions import Stage
from haochaping.clock import FakeClock
from haochaping.demonstration import exchanging, people
from haochaping.demonstration.services import Life
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.rectification.tables import rectification_case
from haochaping.uplink.tables import exchange_ticket
from haochaping.web import guard
from haochaping.web.app import create_app

pytestmark = pytest.mark.long
SHORT = Life(months=1, quiet=(1, 1), busy=(1, 2), busy_days=20)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small(tmp_path_factory.mktemp("demo") / "city", "yantai", life=SHORT)


@pytest.fixture
def lower(city: Small) -> Iterator[Deployment]:
    found = Deployment.open(city.home, clock=FakeClock(NOW))
    yield found
    found.close()


@pytest.fixture
def upper(city: Small) -> Iterator[Deployment]:
    found = Deployment.open(city.home / exchanging.UPPER, clock=FakeClock(NOW))
    yield found
    found.close()


def test_the_next_platform_has_every_rating_and_case(lower: Deployment, upper: Deployment):
    counted = select(func.count()).select_from(evaluation).where(evaluation.c.status == "effective")
    case = rectification_case.c
    cases = select(case.public_id).where(case.origin_kind == "evaluation")
    with lower.store.read() as here, upper.store.read() as there:
        assert there.execute(counted).scalar_one() == here.execute(counted).scalar_one() > 20
        assert set(there.execute(cases).scalars()) == set(here.execute(cases).scalars())


def test_a_ticket_was_taken_handled_and_reported_back(city: Small, lower: Deployment):
    with lower.store.read() as conn:
        states = Counter(conn.execute(select(exchange_ticket.c.state)).scalars())
    assert states == {"taken": 4, "refused": 2}
    told = [json.loads(one.read_text("utf-8")) for one in (city.home / "hotline/out").iterdir()]
    first = min(one["no"] for one in told)
    kinds = Counter(one["kind"] for one in told if one["no"] == first)
    assert kinds["reply"] == kinds["closed"] == 1
    assert kinds["status"] >= 2
    assert {one["outcome"] for one in told if one["kind"] == "closed"} == {"rectified"}


def test_the_page_shows_receipts_and_both_sides_agree(
    city: Small, lower: Deployment, upper: Deployment
):
    with serving(create_app(upper)) as address:
        port = int(address.rpartition(":")[2]) - exchanging.PORT_ABOVE
        small(city.home, "yantai", port=port)
        text = (city.home / "deployment.yaml").read_text("utf-8")
        assert f"upper: {address}/api/v1/exchange" in text
        deployment = Deployment.open(city.home, clock=FakeClock(NOW))
        try:
            client = _admin(deployment)
            page = client.get("/console/exchange").get_data(as_text=True)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert token is not None
            days = {"from": "2026-10-20", "until": "2026-11-17", "csrf_token": token[1]}
            compared = client.post("/console/exchange/reconcile", data=days)
        finally:
            deployment.close()
    assert "省好差评平台（演示）" in page
    assert "已应答" in page
    assert "11000000000000000X" in page  # a ticket for a unit that nobody knows
    assert "两边一致" in compared.get_data(as_text=True)


def _admin(deployment: Deployment) -> FlaskClient:
    """Return a browser of the demonstration's administrator."""
    with deployment.store.write() as conn:
        who = people.cast(conn)["admin"].account_id
        opened = sessions.open_session(conn, deployment.keyring, who, Stage.FULL, NOW)
    client = create_app(deployment).test_client()
    client.set_cookie(guard.SESSION_COOKIE, opened.token)
    return client
