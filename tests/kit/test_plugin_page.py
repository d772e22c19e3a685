"""The console's page of a plugin: version, calls and times, events it has not taken, retry."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from haochaping.access.roles import Role
from haochaping.journal import Event, append
from haochaping.journal.tables import journal, journal_parked
from haochaping.operating import beats
from haochaping.testing.builders import case
from haochaping.testing.towns import Town


@pytest.fixture
def profile_snippet() -> str:
    return "extends: zhejiang\n"


@pytest.fixture
def administrator(site: Town) -> FlaskClient:
    return site.client(site.account(Role.ADMINISTRATOR, region=""))


def park(site: Town) -> int:
    """Leave an event behind that the plugin did not take."""
    at = site.clock.now()
    with site.deployment.store.write() as conn:
        append(conn, [Event("case.opened", "case:1")], at)
        seq = conn.execute(select(journal.c.seq).order_by(journal.c.seq.desc()).limit(1)).scalar()
        values = {"reader": "plugin:zhejiang", "seq": seq, "subject": "case:1", "attempts": 12}
        values |= {"error": "KeyError at ladder.py:12", "state": "parked", "ready_at": at, "xid": 0}
        known = {name: value for name, value in values.items() if name in journal_parked.c}
        done = conn.execute(insert(journal_parked).values(id=7, **known))
        return int(done.inserted_primary_key[0])


def test_calls_and_times_are_shown_by_hook(site: Town, administrator: FlaskClient) -> None:
    for _ in range(100):
        site.deployment.hooks.decide("rectification_warnings", case=case())
    page = administrator.get("/console/system/plugins/zhejiang").get_data(as_text=True)
    for words in (
        "浙江：超期预警与晾晒",
        "契约版本",
        "rectification_warnings",
        ">100<",
        "message_gateways",
    ):
        assert words in page
    assert "没有。" in page
    assert "/console/system/plugins/zhejiang" in administrator.get("/console/system").text


def test_an_event_that_was_given_up_is_tried_again(site: Town, administrator: FlaskClient) -> None:
    number = park(site)
    page = administrator.get("/console/system/plugins/zhejiang?lang=en").get_data(as_text=True)
    assert "KeyError at ladder.py:12" in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    address = f"/console/system/retry/event/{number}"
    assert address in page
    assert administrator.post(address, data={"csrf_token": token}).status_code == 303
    with site.deployment.store.read() as conn:
        assert conn.execute(select(journal_parked.c.state)).scalar() == "waiting"


def test_a_plugin_that_is_not_enabled_has_no_page(administrator: FlaskClient) -> None:
    assert administrator.get("/console/system/plugins/yantai").status_code == 404


def test_it_is_nobody_elses_page(supervisor: FlaskClient, handler: FlaskClient) -> None:
    for browser in (supervisor, handler):
        assert browser.get("/console/system/plugins/zhejiang").status_code == 403


def test_a_hook_that_is_left_out_is_shown(site: Town, administrator: FlaskClient) -> None:
    at, basis = site.clock.now(), beats.Basis("0", "x", "y")
    told = beats.Process("host:1", "worker", basis, at, at, {}, {"zhejiang": ["case_opened"]})
    with site.deployment.store.write() as conn:
        beats.beat(conn, told)
    page = administrator.get("/console/system/plugins/zhejiang?lang=en").get_data(as_text=True)
    for words in ("Hooks left out for a while", "worker host:1", "own process", "case_opened"):
        assert words in page
