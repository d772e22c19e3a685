"""Messages to raters: numbers looked up as they go out, opt-outs honoured, texts signed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from tests.delivery.conftest import KEY, Answer, a_message

from haochaping.access.persons import Person, mobile_index
from haochaping.access.vault import Vault
from haochaping.delivery import book, messages, stops
from haochaping.delivery.deliver import handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.tables import message, message_attempt
from haochaping.delivery.webhook import signature
from haochaping.hooks.values import Words
from haochaping.jobs import Runner
from haochaping.plugins.references import load

MOBILE = "13800001234"


@pytest.fixture
def vault(keyring):
    return Vault(keyring)


@pytest.fixture
def rater(store, vault, clock):
    with store.write() as conn:
        return vault.remember(conn, Person(name="张三", mobile=MOBILE), "330106", clock.now())


@pytest.fixture
def sms(outgoing, robot):
    settings = {"sms": {"url": robot.url, "key": KEY, "signature": "西湖好差评"}}
    return Gateways(outgoing, settings, load)


@pytest.fixture
def runner(store, clock, sms, vault):
    return Runner(store, clock, {"deliver": handler(sms, vault)}, lambda *_, **__: None)


def send(store, clock, rater, **changes):
    values = {
        "to": f"person:{rater}",
        "organization_id": None,
        "gateway": "sms",
        "body": Words("请评价"),
        "link": "",
    }
    with store.write() as conn:
        return messages.queue(conn, a_message(**(values | changes)), clock.now())


def state(store, message_id):
    with store.read() as conn:
        return conn.execute(select(message.c.state).where(message.c.id == message_id)).scalar_one()


def test_a_rater_gets_the_text_signed_with_the_way_out(store, clock, rater, runner, robot):
    message_id = send(store, clock, rater)
    runner.run_due()
    [received] = robot.received
    assert json.loads(received.body) == {
        "mobile": MOBILE,
        "text": "【西湖好差评】请评价回T退订",
        "business_id": "case:7:1:reply:1",
    }
    stamp = received.headers["X-Haochaping-Timestamp"]
    assert received.headers["X-Haochaping-Signature"] == signature(KEY, stamp, received.body)
    assert state(store, message_id) == "sent"


def test_the_number_is_kept_nowhere(store, clock, rater, runner):
    send(store, clock, rater)
    runner.run_due()
    with store.read() as conn:
        kept = str([conn.execute(select(table)).all() for table in (message, message_attempt)])
    assert MOBILE not in kept


def test_who_opted_out_gets_nothing(store, clock, keyring, rater, runner, robot):
    with store.write() as conn:
        assert stops.stop(conn, mobile_index(keyring, MOBILE), clock.now())
    message_id = send(store, clock, rater)
    confirmed = send(store, clock, rater, business_id="sms-stop:1", body=Words("已退订"))
    runner.run_due()
    assert (state(store, message_id), state(store, confirmed)) == ("dropped", "sent")
    assert [json.loads(one.body)["text"] for one in robot.received] == ["【西湖好差评】已退订"]


def test_who_was_erased_gets_nothing(store, clock, vault, rater, runner, robot):
    message_id = send(store, clock, rater)
    with store.write() as conn:
        vault.erase(conn, rater, clock.now())
    runner.run_due()
    assert (state(store, message_id), robot.received) == ("dropped", [])


def test_a_refusal_of_the_platform_is_kept(store, clock, rater, runner, robot):
    robot.answers = [Answer(body=b'{"code": 105, "id": ""}')]
    message_id = send(store, clock, rater)
    runner.run_due()
    assert state(store, message_id) == "parked"


def test_staff_without_a_number_get_no_text(store, clock, runner, people):
    message_id = send(store, clock, 1, to=f"account:{people.add()}")
    runner.run_due()
    assert state(store, message_id) == "dropped"


def test_staff_with_a_number_get_a_text(store, clock, keyring, runner, robot, people):
    account = people.add()
    with store.write() as conn:
        book.note(conn, keyring, account, "mobile", "13900005678", clock.now())
    message_id = send(store, clock, 1, to=f"account:{account}")
    runner.run_due()
    assert state(store, message_id) == "sent"
    assert json.loads(robot.received[0].body)["mobile"] == "13900005678"


def test_an_opt_out_can_be_taken_back(store, clock, keyring):
    mac = mobile_index(keyring, MOBILE)
    with store.write() as conn:
        assert stops.stop(conn, mac, clock.now())
        assert not stops.stop(conn, mac, clock.now())
        assert stops.stopped(conn, mac)
        assert stops.resume(conn, mac)
        assert not stops.stopped(conn, mac)
