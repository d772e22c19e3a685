"""Gateways that keep failing rest, people are not flooded, and the log tells all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.access.conftest import OFFICE
from tests.delivery.conftest import Answer, a_message

from haochaping.access.vault import Vault
from haochaping.delivery import book, breaker, log, messages
from haochaping.delivery.capping import Cap
from haochaping.delivery.deliver import handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.kinds import KINDS
from haochaping.delivery.log import Wanted
from haochaping.jobs import Runner
from haochaping.plugins.references import load

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def fill(store, clock):
    def fill(count, **changes):
        with store.write() as conn:
            for n in range(count):
                named = {"business_id": f"case:{n}:0:reply:1", **changes}
                messages.queue(conn, a_message(**named), clock.now())

    return fill


@pytest.fixture
def states(store):
    def states():
        with store.read() as conn:
            return [one.state for one in reversed(log.listing(conn, Wanted()))]

    return states


def test_after_five_failures_a_gateway_rests_and_nothing_more_is_sent(
    fill, runner, robot, store, clock
):
    robot.answers = [Answer(503)]
    fill(12)
    runner.run_due()
    assert len(robot.received) == breaker.THRESHOLD
    with store.read() as conn:
        (health,) = breaker.all_health(conn)
        waiting = [one for one in log.listing(conn, Wanted()) if one.attempts == 0]
    assert health.open_until == clock.now() + breaker.FIRST_REST
    assert len(waiting) == 12 - breaker.THRESHOLD
    assert all(one.due_at >= health.open_until for one in waiting)


def test_one_message_goes_ahead_when_the_rest_is_over(fill, runner, robot, clock):
    robot.answers = [Answer(503)]
    fill(12)
    runner.run_due()
    clock.advance(timedelta(minutes=2))
    runner.run_due()
    assert len(robot.received) == breaker.THRESHOLD + 1
    robot.answers = [Answer()]
    for _ in range(12):
        clock.advance(timedelta(minutes=3))
        runner.run_due()
    assert len(robot.received) == breaker.THRESHOLD + 1 + 12


def test_a_gateway_that_answers_is_trusted_again(fill, runner, robot, store, clock, states):
    robot.answers = [Answer(503)] * 4 + [Answer()]
    fill(6)
    runner.run_due()
    with store.read() as conn:
        assert breaker.all_health(conn) == ()
    assert states().count("sent") == 2


def test_a_refusal_does_not_make_a_gateway_rest(fill, runner, robot, store):
    robot.answers = [Answer(400)]
    fill(8)
    runner.run_due()
    assert len(robot.received) == 8
    with store.read() as conn:
        assert breaker.all_health(conn) == ()


def test_of_two_workers_one_sends_the_probe(store, clock):
    with store.write() as conn:
        for _ in range(breaker.THRESHOLD):
            breaker.failed(conn, "webhook", clock.now())
        later = clock.now() + timedelta(minutes=2)
        assert breaker.resting(conn, "webhook", later) is None
        assert breaker.resting(conn, "webhook", later) == later + breaker.PROBE


def test_a_rest_grows_to_half_an_hour(store, clock):
    with store.write() as conn:
        for _ in range(40):
            breaker.failed(conn, "webhook", clock.now())
        assert breaker.resting(conn, "webhook", clock.now()) == clock.now() + breaker.LONGEST_REST


@pytest.fixture
def reached(people, store, clock, keyring):
    """Somebody with a mobile number."""
    account = people.add("li.lei", "handler")
    with store.write() as conn:
        book.note(conn, keyring, account, "mobile", "13900005678", clock.now())
    return f"account:{account}"


@pytest.fixture
def texting(store, clock, outgoing, robot, keyring):
    settings = {"sms": {"url": robot.url, "key": b"key"}}
    deliver = handler(Gateways(outgoing, settings, load), Vault(keyring), Cap(3, SHANGHAI))
    robot.answers = [Answer(body=b'{"code": 0}')]
    return Runner(store, clock, {"deliver": deliver}, lambda *_, **__: None)


def test_a_person_gets_so_many_a_day_and_the_rest_next_morning(
    fill, texting, robot, clock, reached, states
):
    fill(5, gateway="sms", to=reached, organization_id=None)
    texting.run_due()
    assert (len(robot.received), states().count("queued")) == (3, 2)
    clock.set(datetime(2026, 11, 17, 0, 0, tzinfo=UTC))  # 8:00 in Shanghai
    texting.run_due()
    assert states() == ["sent"] * 5


def test_what_would_wait_for_days_is_given_up_and_shown(fill, texting, clock, reached, states):
    fill(30, gateway="sms", to=reached, organization_id=None)
    for _ in range(6):
        texting.run_due()
        clock.advance(timedelta(days=1))
    assert states().count("parked") == 30 - states().count("sent") > 0
    assert "queued" not in states()


def test_codes_that_people_ask_for_are_not_counted(store, clock, reached):
    asked = a_message(to=reached, organization_id=None, business_id="proof:1")
    with store.read() as conn:
        assert Cap(0).waits_until(conn, asked, clock.now()) is None
        assert Cap(1).waits_until(conn, asked, clock.now()) is None


def test_the_log_is_read_by_state_gateway_and_business_id(store, fill, runner, robot):
    robot.answers = [Answer(), Answer(400)]
    fill(2)
    runner.run_due()
    with store.read() as conn:
        (parked,) = log.listing(conn, Wanted(state="parked"))
        assert log.listing(conn, Wanted(gateway="sms")) == ()
        assert log.listing(conn, Wanted(business_id=parked.business_id)) == (parked,)
        assert log.find(conn, parked.id) == parked
        assert log.counts(conn) == {"parked": 1}
        assert log.listing(conn, Wanted(), before=parked.id)[0].state == "sent"


def test_every_kind_is_made_by_a_factory_that_is_there():
    for kind in KINDS.values():
        assert callable(load(kind.factory))
        assert not kind.receipts or callable(load(kind.receipts))
        assert kind.title.zh
        assert kind.title.en


def test_a_role_that_nobody_holds_is_given_up_and_shown(places, texting, fill, states):
    fill(1, gateway="sms", to="handler", organization_id=OFFICE)
    texting.run_due()
    assert states() == ["parked"]
