"""WeChat: consent on the rating's page, the openid sealed, messages through it, taken back."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from haochaping.access.persons import Person
from haochaping.clock import FakeClock
from haochaping.delivery.tables import message, rater_binding
from haochaping.deployment import Deployment
from haochaping.evaluation import own_data
from haochaping.evaluation.tables import evaluation
from haochaping.rectification import cases, visits
from haochaping.settings import write_secrets
from haochaping.worker import Worker
from tests.delivery.conftest import Answer, Robot
from tests.web.conftest import REGION, SETTINGS, Site, text
from tests.web.test_mine import answer_case, case_of, order, rate

WECHAT = {"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.49"}
OPENID, CODE = "oABC_12345678901234567890", "081abcDEF234"
PROFILE = """\
extends: base
rectification:
  visits: [{by: wechat, within: {count: 3, unit: workday}, reason: 微信回访}]
"""
GATEWAY = """
outgoing: {{allow_hosts: ["127.0.0.1"], allow_loopback: true}}
gateways:
  weixin: {{kind: wechat_template, app_id: wx01, template_id: T1, raters: true, host: "{host}"}}
"""


@pytest.fixture
def platform() -> Iterator[Robot]:
    robot = Robot()
    robot.by_path = {
        "/sns/oauth2/access_token": Answer(body=json.dumps({"openid": OPENID}).encode()),
        "/cgi-bin/stable_token": Answer(body=b'{"access_token": "A1", "expires_in": 7200}'),
    }
    robot.answers = [Answer(body=b'{"errcode": 0, "msgid": 7}')]
    thread = threading.Thread(target=robot.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield robot
    robot.server.shutdown()
    thread.join()
    robot.server.server_close()


@pytest.fixture
def deployment(
    sqlite_url: str, clock: FakeClock, tmp_path: Path, platform: Robot
) -> Iterator[Deployment]:
    home = tmp_path / "home"
    (home / "profiles").mkdir(parents=True)
    (home / "profiles" / "town.yaml").write_text(PROFILE, encoding="utf-8")
    settings = SETTINGS.replace("profile: base", "profile: town")
    settings = settings.format(database=sqlite_url) + GATEWAY.format(host=platform.origin)
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    (home / "secrets" / "weixin.secret").write_text("top-secret", encoding="utf-8")
    found = Deployment.open(home, clock=clock, checked=False)
    yield found
    found.close()


@pytest.fixture
def bad(site: Site) -> str:
    return rate(site, 2, options=["207"], text="跑了两趟")


def consent(client: FlaskClient, receipt: str) -> dict[str, str]:
    """Ask to be told in WeChat; return the query of the link that leads there."""
    asked = client.post("/mine", data={"receipt": receipt, "action": "wechat"}, headers=WECHAT)
    page = text(asked)
    assert "openid" in page
    assert "随时可以" in page
    href = unescape(re.search(r'href="(https://open[^"]+)"', page)[1])  # type: ignore[index]
    assert receipt not in href
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


def bind(site: Site, receipt: str) -> FlaskClient:
    client = site.client()
    state = consent(client, receipt)["state"]
    assert "已开通" in text(client.get(f"/mine/wechat?code={CODE}&state={state}"))
    return client


def rows(site: Site, table: Any) -> list[Any]:
    with site.deployment.store.read() as conn:
        return list(conn.execute(select(table)))


def test_a_rater_agrees_is_told_and_visited_in_wechat_and_takes_it_back(
    site: Site, bad: str, platform: Robot
) -> None:
    shown = {"receipt": bad}
    assert "有结果时微信通知我" not in text(site.client().post("/mine", data=shown))
    assert "有结果时微信通知我" in text(site.client().post("/mine", data=shown, headers=WECHAT))
    client = site.client()
    query = consent(client, bad)
    assert (query["appid"], query["scope"]) == ("wx01", "snsapi_base")
    assert query["redirect_uri"] == "http://localhost/mine/wechat"
    assert rows(site, rater_binding) == []
    assert "已开通" in text(client.get(f"/mine/wechat?code={CODE}&state={query['state']}"))
    [bound] = rows(site, rater_binding)
    assert OPENID.encode() not in bound.sealed
    asked = parse_qs(urlsplit(platform.asked[0].path).query)
    assert (asked["code"], asked["secret"]) == ([CODE], ["top-secret"])

    answer_case(site)
    with site.deployment.store.write() as conn:
        cases.confirm(site.deployment.rectification, conn, order(site))
    Worker(site.deployment).drain()
    sent = [json.loads(one.body) for one in platform.received]
    assert {one["touser"] for one in sent} == {OPENID}
    with site.deployment.store.read() as conn:
        [visit] = visits.visits_of(conn, case_of(site))
    assert any(one.get("url", "").endswith(f"/visit/{visit.code}") for one in sent)
    assert not any(OPENID in str(one) for one in rows(site, message))

    page = text(site.client().post("/mine", data=shown))
    assert "起，这条评价的结果会发到您的微信" in page
    stopped = site.client().post("/mine", data={**shown, "action": "wechat_stop"})
    assert "已取消，微信标识已删除" in text(stopped)
    assert rows(site, rater_binding) == []


def test_a_foreign_stale_or_refused_way_back_binds_nothing(
    site: Site, bad: str, platform: Robot
) -> None:
    client = site.client()
    state = consent(client, bad)["state"]
    for query in (f"code={CODE}&state=OTHER", f"code={CODE}", f"state={state}", ""):
        other = site.client()  # a browser that did not set out
        assert other.get(f"/mine/wechat?{query}").status_code == 422
    assert "没有同意" in text(client.get(f"/mine/wechat?state={state}"))
    state = consent(client, bad)["state"]
    platform.by_path["/sns/oauth2/access_token"] = Answer(body=b'{"errcode": 40029}')
    assert "暂时没有连上微信" in text(client.get(f"/mine/wechat?code={CODE}&state={state}"))
    state = consent(client, bad)["state"]
    site.clock.advance(timedelta(minutes=11))
    assert "已失效" in text(client.get(f"/mine/wechat?code={CODE}&state={state}"))
    assert rows(site, rater_binding) == []


def test_what_waits_is_dropped_when_the_consent_is_taken_back(
    site: Site, bad: str, platform: Robot
) -> None:
    client = bind(site, bad)
    answer_case(site)
    client.post("/mine", data={"receipt": bad, "action": "wechat_stop"})
    Worker(site.deployment).drain()
    assert platform.received == []
    assert {one.state for one in rows(site, message) if one.gateway == "weixin"} == {"dropped"}


def test_the_openid_goes_with_the_erased_person(site: Site, bad: str) -> None:
    deployment, at = site.deployment, site.clock.now()
    person = Person("natural", "张某", "111", "990000199001010017", "13800001234")
    with deployment.store.write() as conn:
        known = deployment.vault.remember(conn, person, REGION, at)
        conn.execute(update(evaluation).values(person_id=known))
    bind(site, bad)
    answer_case(site)
    with deployment.store.write() as conn:
        own_data.erase(conn, deployment.vault, known, at)
    assert rows(site, rater_binding) == []
    assert not [one for one in rows(site, message) if one.gateway == "weixin"]
