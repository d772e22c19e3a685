"""The fixtures that vendors test with: a town, browsers, a gateway."""

from __future__ import annotations

import urllib.request
from typing import Any

from flask.testing import FlaskClient

from haochaping.hooks.values import EvaluationStatus
from haochaping.testing.loopback import LoopbackGateway
from haochaping.testing.towns import Town


def test_a_town_serves_and_is_rated_and_a_bad_rating_opens_a_case(town: Town) -> None:
    assert town.rate().status is EvaluationStatus.EFFECTIVE
    town.rate(grade=1)
    town.work()
    assert town.deployment.hooks.plugins == ()
    with town.deployment.store.read() as conn:
        cases = conn.exec_driver_sql("SELECT count(*) FROM rectification_case").scalar()
    assert cases == 1


def test_three_browsers_see_what_is_theirs(
    rater: FlaskClient, handler: FlaskClient, supervisor: FlaskClient
) -> None:
    assert rater.get("/").status_code == 200
    assert rater.get("/console/cases").status_code == 303
    assert handler.get("/console/cases").status_code == 200
    assert supervisor.get("/console/cases").status_code == 200


def test_the_gateway_keeps_what_it_is_sent_and_answers_what_is_wanted(
    gateway: LoopbackGateway,
) -> None:
    gateway.status, gateway.answer = 202, b'{"ok": true}'
    request = urllib.request.Request(f"{gateway.url}/send?to=1", b'{"text": "hello"}')
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.read()) == (202, b'{"ok": true}')
    (received,) = gateway.received
    said: Any = received.json()
    assert (received.method, received.path, said) == ("POST", "/send?to=1", {"text": "hello"})
