"""Messages are queued once, sent with patience, and what cannot be sent is shown."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta

import pytest
from tests.access.conftest import BUREAU, EAST, HALL, OFFICE, OTHER, PROVINCE, WEST
from tests.delivery.conftest import KEY, Answer, a_message

from haochaping.access import accounts, grants
from haochaping.delivery import inbox, messages, webhook
from haochaping.delivery.deliver import PAUSES, handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.messages import PARKED, RETRYING, SENT, MessageRefused
from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.values import Words
from haochaping.jobs import Runner
from haochaping.plugins.references import load
from haochaping.store.types import micros


@pytest.fixture
def queue(store, clock):
    def queue(**changes):
        with store.write() as conn:
            return messages.queue(conn, a_message(**changes), clock.now())

    return queue


@pytest.fixture
def state(store):
    def state(message_id):
        with store.read() as conn:
            return messages.load(conn, message_id)

    return state


@pytest.fixture
def tries(store):
    def tries(message_id):
        with store.read() as conn:
            return messages.attempts(conn, message_id)

    return tries


def test_a_message_is_sent_by_its_job(queue, runner, robot, state, tries, clock):
    message_id = queue()
    assert runner.run_due() == 1
    sent = state(message_id)
    assert (sent.state, sent.attempts, sent.sent_at, sent.reference) == (SENT, 1, clock.now(), "R1")
    assert [(each.no, each.outcome, each.status) for each in tries(message_id)] == [
        (1, "sent", None)
    ]
    assert len(robot.received) == 1


def test_the_same_business_id_is_sent_once_by_each_gateway(queue, runner, robot):
    assert queue() is not None
    assert queue() is None
    assert queue(gateway="inbox") is not None
    runner.run_due()
    runner.run_due()
    assert len(robot.received) == 1


def test_a_message_of_a_transaction_that_fails_was_never_queued(store, clock, runner, robot):
    with pytest.raises(RuntimeError), store.write() as conn:
        messages.queue(conn, a_message(), clock.now())
        raise RuntimeError
    assert runner.run_due() == 0
    assert robot.received == []


def test_the_robot_gets_a_signed_text_message(queue, runner, robot, clock):
    queue()
    runner.run_due()
    (received,) = robot.received
    assert json.loads(received.body) == {
        "msgtype": "text",
        "text": {
            "content": "【差评工单即将到期】\n工单 ABC，答复期限 2026-11-20\n"
            "https://hcp.example/console/cases/ABC"
        },
        "business_id": "case:7:1:reply:1",
    }
    timestamp = received.headers["X-Haochaping-Timestamp"]
    assert int(timestamp) == micros(clock.now()) // 1000
    expected = webhook.signature(KEY, timestamp, received.body)
    assert received.headers["X-Haochaping-Signature"] == expected
    assert received.headers["X-Haochaping-Id"] == "case:7:1:reply:1"
    assert received.headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_signature_is_hmac_sha256_of_timestamp_and_body():
    expected = hmac.new(b"key", b"1763258400000.{}", "sha256").hexdigest()
    assert webhook.signature(b"key", "1763258400000", b"{}") == f"v1={expected}"


def test_a_fault_that_passes_is_tried_again_with_growing_pauses(queue, runner, robot, state, clock):
    robot.answers = [Answer(503), Answer(429), Answer()]
    message_id = queue()
    runner.run_due()
    first = state(message_id)
    assert first.state == RETRYING
    assert PAUSES[0] * 0.9 <= first.due_at - clock.now() <= PAUSES[0] * 1.1
    assert runner.run_due() == 0
    clock.set(first.due_at)
    runner.run_due()
    second = state(message_id)
    assert PAUSES[1] * 0.9 <= second.due_at - clock.now() <= PAUSES[1] * 1.1
    clock.set(second.due_at)
    runner.run_due()
    assert (state(message_id).state, state(message_id).attempts) == (SENT, 3)


def test_every_try_carries_the_same_business_id(queue, runner, robot, state, clock):
    robot.answers = [Answer(500), Answer()]
    message_id = queue()
    runner.run_due()
    clock.set(state(message_id).due_at)
    runner.run_due()
    assert {each.headers["X-Haochaping-Id"] for each in robot.received} == {"case:7:1:reply:1"}


def test_the_receivers_wish_to_wait_is_granted_up_to_six_hours(queue, runner, robot, state, clock):
    robot.answers = [Answer(429, headers={"Retry-After": "3600"})]
    message_id = queue()
    runner.run_due()
    assert state(message_id).due_at == clock.now() + timedelta(hours=1)


def test_after_hours_of_trying_a_message_is_parked_and_shown(
    store, queue, runner, robot, state, clock
):
    robot.answers = [Answer(503)]
    message_id, start = queue(), clock.now()
    runner.run_due()
    while (due_at := state(message_id).due_at) is not None:
        clock.set(due_at)
        runner.run_due()
    assert clock.now() - start > timedelta(hours=12)
    assert len(robot.received) == len(PAUSES) + 1
    with store.read() as conn:
        assert [each.id for each in messages.parked(conn)] == [message_id]
        assert messages.parked(conn, after=message_id) == ()
        assert messages.waiting(conn) == {"queued": 0, "retrying": 0, "parked": 1}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_any_other_4xx_is_not_tried_again(queue, runner, robot, state, tries, clock, status):
    robot.answers = [Answer(status)]
    message_id = queue()
    runner.run_due()
    assert (state(message_id).state, state(message_id).due_at) == (PARKED, None)
    (only,) = tries(message_id)
    assert (only.outcome, only.status) == ("refused", status)
    clock.advance(timedelta(days=2))
    assert runner.run_due() == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"errcode": 0}', SENT),
        (b"ok", SENT),
        (b"[]", SENT),
        (b'{"errcode": 310000, "errmsg": "sign not match"}', PARKED),
        (b'{"errcode": 130101, "errmsg": "send too fast"}', RETRYING),
    ],
)
def test_the_robots_own_error_code_counts(queue, runner, robot, state, body, expected):
    robot.answers = [Answer(body=body)]
    message_id = queue()
    runner.run_due()
    assert state(message_id).state == expected


def test_what_is_written_about_a_failure_tells_no_secrets(queue, runner, robot, tries):
    robot.answers = [Answer(400)]
    message_id = queue()
    runner.run_due()
    (only,) = tries(message_id)
    assert "tok123456" not in only.detail
    assert only.detail.endswith(f"http://127.0.0.1:{robot.port} answered 400")


def test_a_parked_message_can_be_given_another_round(store, queue, runner, robot, state, clock):
    robot.answers = [Answer(400), Answer()]
    message_id = queue()
    runner.run_due()
    with store.write() as conn:
        assert messages.requeue(conn, message_id, clock.now() + timedelta(seconds=1))
        assert not messages.requeue(conn, message_id, clock.now())
    clock.advance(timedelta(seconds=1))
    runner.run_due()
    assert state(message_id).state == SENT


def test_a_job_that_runs_twice_sends_once(store, queue, runner, robot, clock):
    message_id = queue()
    runner.run_due()
    with store.write() as conn:
        messages.schedule(conn, message_id, clock.now() + timedelta(seconds=1), clock.now())
    clock.advance(timedelta(seconds=1))
    assert runner.run_due() == 1
    assert len(robot.received) == 1


def test_a_job_of_a_message_that_is_gone_ends_quietly(store, runner, clock):
    with store.write() as conn:
        messages.schedule(conn, 1, clock.now(), clock.now())
    assert runner.run_due() == 1
    assert runner.run_due() == 0


def test_a_gateway_that_is_gone_parks_the_message(queue, runner, state, tries):
    message_id = queue(gateway="zhejiang_ding")
    runner.run_due()
    assert state(message_id).state == PARKED
    assert tries(message_id)[0].detail == "no gateway named zhejiang_ding"


def test_a_robot_without_settings_parks_the_message(store, clock, outgoing, queue, state):

    message_id = queue()
    bare = {"deliver": handler(Gateways(outgoing, {}, load))}
    Runner(store, clock, bare, lambda *_, **__: None).run_due()
    assert state(message_id).state == PARKED


def broken_factory(settings, outgoing):
    def send(message):
        raise RuntimeError("call 13800001234 with hcpk_0123456789abcdef")

    return send


def working_factory(settings, outgoing):
    return lambda message: f"{settings['prefix']}-{message.business_id}"


@pytest.fixture
def plugin_runner(store, clock, outgoing):

    factories = {"broken": broken_factory, "working": working_factory}
    specs = [MessageGateway(name, Words(name), name) for name in factories]
    made = Gateways(outgoing, {"working": {"prefix": "W"}}, factories.__getitem__, specs)
    assert made.names == {"inbox", "webhook", "sms", "broken", "working"}
    return Runner(store, clock, {"deliver": handler(made)}, lambda *_, **__: None)


def test_a_plugins_gateway_gets_its_settings(plugin_runner, queue, state):
    message_id = queue(gateway="working")
    plugin_runner.run_due()
    assert state(message_id).reference == "W-case:7:1:reply:1"


def test_a_broken_gateway_is_tried_again_and_its_words_are_scrubbed(
    plugin_runner, queue, state, tries
):
    message_id = queue(gateway="broken")
    plugin_runner.run_due()
    assert state(message_id).state == RETRYING
    assert tries(message_id)[0].detail == "RuntimeError: call [mobile] with hcp_***"


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "everybody"},
        {"to": "account:x"},
        {"to": "account:0"},
        {"organization_id": None},
        {"business_id": ""},
        {"business_id": "x" * 201},
        {"gateway": ""},
        {"subject": Words("")},
        {"body": Words("x" * 2001)},
        {"link": "javascript:alert(1)"},
        {"link": "//evil.example"},
        {"link": "/a b"},
    ],
)
def test_a_message_that_cannot_be_delivered_is_refused_at_once(queue, changes):
    with pytest.raises(MessageRefused) as caught:
        queue(**changes)
    assert next(iter(changes)) in caught.value.detail.en


def test_an_account_is_a_receiver_too(queue):
    assert queue(to="account:17", organization_id=None) is not None


@pytest.fixture
def arrives(queue, runner, people, store):
    """Deliver a message to the inbox and return the names of those who got it."""

    def arrives(to="handler", organization_id=OFFICE):
        message_id = queue(to=to, organization_id=organization_id, gateway="inbox")
        runner.run_due()
        with store.read() as conn:
            rows = conn.execute(
                inbox.select(inbox.inbox.c.account_id).where(inbox.inbox.c.message_id == message_id)
            ).scalars()
            return {people.principal(account_id).name for account_id in rows}

    return arrives


@pytest.fixture
def cast(places, people):
    """People of the bureau, its office, and the counties, named after their parts."""
    for login, role, place in (
        ("office.handler", "handler", {"organization_id": OFFICE}),
        ("office.liaison", "unit_liaison", {"organization_id": OFFICE}),
        ("office.head", "leader", {"organization_id": OFFICE}),
        ("bureau.handler", "handler", {"organization_id": BUREAU}),
        ("bureau.head", "leader", {"organization_id": BUREAU}),
        ("bureau.supervisor", "supervisor", {"organization_id": BUREAU}),
        ("west.supervisor", "supervisor", {"region": WEST}),
        ("province.supervisor", "supervisor", {"region": PROVINCE}),
        ("east.supervisor", "supervisor", {"region": EAST}),
        ("hall.handler", "handler", {"organization_id": OFFICE, "hall_id": HALL}),
    ):
        people.add(login, role, name=login, **place)


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("to", "organization_id", "expected"),
    [
        ("handler", OFFICE, {"office.handler", "office.liaison"}),
        ("handler", BUREAU, {"bureau.handler"}),
        ("unit_head", OFFICE, {"office.head"}),
        ("supervisor", OFFICE, {"bureau.supervisor"}),
        ("managing_department", OFFICE, {"bureau.supervisor"}),
        ("managing_department", BUREAU, {"west.supervisor"}),
        ("handler", OTHER, {"east.supervisor"}),
        ("unit_head", OTHER, {"east.supervisor"}),
        ("handler", 999, set()),
    ],
)
def test_a_part_is_played_by_the_nearest_and_else_by_the_next_above(
    arrives, to, organization_id, expected
):
    assert arrives(to, organization_id) == expected


@pytest.mark.usefixtures("places")
def test_closed_accounts_and_revoked_grants_receive_nothing(arrives, people, store, emit, clock):

    closed = people.add("closed", "handler", organization_id=OFFICE)
    former = people.add("former", "handler", organization_id=OFFICE)
    people.add("head", "leader", name="head", organization_id=OFFICE)
    with store.write() as conn:
        accounts.disable(conn, emit, closed, clock.now())
        grants.revoke(conn, emit, grants.held(conn, former)[0].id, clock.now())
    assert arrives() == {"head"}


@pytest.mark.usefixtures("places")
def test_a_message_to_nobody_is_parked_with_the_reason(queue, runner, state, tries):
    message_id = queue(gateway="inbox")
    runner.run_due()
    assert state(message_id).state == PARKED
    assert tries(message_id)[0].detail == "nobody is handler of this organization"


def test_a_message_to_an_account_arrives_there(arrives, people):
    account_id = people.add("li.lei", name="李雷")
    assert arrives(f"account:{account_id}", None) == {"李雷"}


@pytest.fixture
def mailbox(people, queue, runner, clock):
    """An account with three messages, one a minute."""
    account_id = people.add("li.lei")
    for number in range(3):
        queue(
            to=f"account:{account_id}",
            gateway="inbox",
            business_id=f"m{number}",
            subject=Words(f"第{number}条", f"No. {number}"),
        )
        runner.run_due()
        clock.advance(timedelta(minutes=1))
    return account_id


def test_the_inbox_shows_the_latest_first_page_by_page(store, mailbox):
    with store.read() as conn:
        first = inbox.listing(conn, mailbox, limit=2)
        rest = inbox.listing(conn, mailbox, before=first[-1].id)
    assert [entry.subject.zh for entry in (*first, *rest)] == ["第2条", "第1条", "第0条"]
    assert first[0].subject.en == "No. 2"
    assert first[0].link == "/console/cases/ABC"


def test_messages_are_unread_until_they_are_read(store, mailbox, clock):
    with store.write() as conn:
        assert inbox.unread(conn, mailbox) == 3
        newest = inbox.listing(conn, mailbox)[0]
        assert inbox.mark_read(conn, mailbox, clock.now(), [newest.id]) == 1
        assert inbox.unread(conn, mailbox) == 2
        assert inbox.mark_read(conn, mailbox, clock.now()) == 2
        assert inbox.unread(conn, mailbox) == 0
        assert inbox.listing(conn, mailbox)[0].read_at == clock.now()


def test_nobody_marks_another_ones_messages(store, mailbox, clock):
    with store.write() as conn:
        entries = [entry.id for entry in inbox.listing(conn, mailbox)]
        assert inbox.mark_read(conn, mailbox + 1, clock.now(), entries) == 0
        assert inbox.listing(conn, mailbox + 1) == ()
