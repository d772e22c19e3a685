"""DingTalk and its private deployments: what goes out, how it is signed, who has read it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.access.conftest import OFFICE
from tests.delivery.conftest import Answer, a_message

from haochaping.access.vault import Vault
from haochaping.delivery import book, dingtalk, dingtalk_private, messages, read_receipts
from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.deliver import handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.kinds import KINDS
from haochaping.delivery.messages import DROPPED, SENT
from haochaping.jobs import Job, Runner, enqueue
from haochaping.plugins.references import load

SECRET = "secret of the application"
OK = b'{"success": true, "content": {"success": true, "data": {"msgId": "m-1"}}}'


@pytest.fixture
def settings(robot):
    return {
        "host": robot.origin,
        "app_key": "haochaping-key",
        "tenant_id": "196729",
        "secret": SECRET,
        "site": "https://hcp.example",
        "ip": "10.1.8.9",
        "mac": "00:16:3e:00:00:01",
        "receipts": {"path": "/message/readers"},
    }


@pytest.fixture
def send(settings, outgoing, robot):
    robot.answers = [Answer(body=OK)]
    return dingtalk_private.make(settings, outgoing)


def to(address="GE_1", **changes):
    return a_message(to=f"dingtalk_private:{address}", **changes)


def test_a_notification_is_signed_in_its_headers(send, robot):
    assert send(to()) == "m-1"
    (got,) = robot.received
    form = dict(parse_qsl(got.body.decode()))
    lines = [
        "POST",
        got.headers["X-Hmac-Auth-Timestamp"],
        got.headers["X-Hmac-Auth-Nonce"],
        "/message/workNotification",
        "&".join(f"{name}={form[name]}" for name in sorted(form)),
    ]
    expected = hmac.digest(SECRET.encode(), "\n".join(lines).encode(), hashlib.sha256)
    assert base64.b64decode(got.headers["X-Hmac-Auth-Signature"]) == expected
    assert got.path == "/message/workNotification"
    assert got.headers["X-Hmac-Auth-Timestamp"] == "2026-11-16T10:00:00.000+08:00"
    assert got.headers["X-Hmac-Auth-Version"] == "1.0"
    assert got.headers["X-Hmac-Auth-IP"] == "10.1.8.9"
    assert got.headers["X-Hmac-Auth-MAC"] == "00:16:3e:00:00:01"
    assert {name.lower(): value for name, value in got.headers.items()}[
        "apikey"
    ] == "haochaping-key"


def test_a_notification_names_receiver_tenant_and_business_id(send, robot):
    send(to())
    form = dict(parse_qsl(robot.received[0].body.decode()))
    card = json.loads(form.pop("msg"))
    assert form == {
        "receiverIds": "GE_1",
        "tenantId": "196729",
        "bizMsgId": "case:7:1:reply:1",
    }
    assert card["msgtype"] == "action_card"
    assert card["action_card"]["single_url"] == "https://hcp.example/console/cases/ABC"
    assert "答复期限 2026-11-20" in card["action_card"]["markdown"]


def test_without_a_link_the_notification_is_a_text(send, robot):
    send(to(link=""))
    form = dict(parse_qsl(robot.received[0].body.decode()))
    assert json.loads(form["msg"])["text"]["content"].startswith("【差评工单即将到期】")


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        ({"success": True, "content": "m-9"}, "m-9"),
        ({"success": True, "content": '{"success":true,"content":{"msgId":"m-8"}}'}, "m-8"),
        ({"success": False, "content": {"message": "bizMsgId 重复"}}, ""),
        ({"success": True, "content": {"success": False, "responseMessage": "消息重复"}}, ""),
    ],
)
def test_the_answer_gives_the_messages_id_and_a_repeated_one_is_success(
    send, robot, body, reference
):
    robot.answers = [Answer(body=json.dumps(body).encode())]
    assert send(to()) == reference


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (Answer(body='{"success": false, "bizErrorCode": "E1", "msg": "无权限"}'.encode()), False),
        (Answer(body='{"success": false, "msg": "请求限流"}'.encode()), True),
        (Answer(body=b"<html>"), True),
        (Answer(429), True),
        (Answer(503), True),
        (Answer(403), False),
        (Answer(cut=True), True),
    ],
)
def test_what_an_answer_means_for_another_try(send, robot, answer, retry):
    robot.answers = [answer]
    with pytest.raises(OutgoingFault) as fault:
        send(to())
    assert fault.value.retry is retry
    assert SECRET not in str(fault.value)


@pytest.mark.parametrize("missing", ["host", "app_key", "tenant_id", "secret"])
def test_without_a_setting_nothing_goes_out(settings, outgoing, robot, missing):
    with pytest.raises(OutgoingFault, match=missing) as fault:
        dingtalk_private.make({**settings, missing: ""}, outgoing)(to())
    assert not fault.value.retry
    assert robot.received == []


@pytest.fixture
def gateways(settings, outgoing, robot):
    robot.answers = [Answer(body=OK)]
    spec = KINDS["dingtalk_private"]
    return Gateways(outgoing, {"dingtalk_private": settings}, load, [spec])


@pytest.fixture
def vault(keyring):
    return Vault(keyring)


@pytest.fixture
def runner(store, clock, gateways, vault):
    handlers = {
        "deliver": handler(gateways, vault),
        read_receipts.JOB: read_receipts.handler(gateways, vault),
    }
    return Runner(store, clock, handlers, lambda *_, **__: None)


@pytest.fixture
def office(places, people, store, clock, keyring):
    """Two handlers of the office: one with an id at the platform, one without."""
    found = {}
    for login in ("office.one", "office.two"):
        found[login] = people.add(login, "handler", organization_id=OFFICE)
    with store.write() as conn:
        book.note(conn, keyring, found["office.one"], "dingtalk_private", "GE_1", clock.now())
    return found


def queue(store, clock, **changes):
    with store.write() as conn:
        return messages.queue(conn, a_message(gateway="dingtalk_private", **changes), clock.now())


def receipts(store, business_id="case:7:1:reply:1"):
    with store.read() as conn:
        return {one.account_id: one for one in read_receipts.of_business(conn, business_id)}


def test_a_message_to_a_role_goes_to_each_holder_with_an_id(store, clock, runner, robot, office):
    queue(store, clock)
    assert runner.run_due() == 1
    assert runner.run_due() == 2
    assert [parse_qs(one.body.decode())["receiverIds"] for one in robot.received] == [["GE_1"]]
    found = receipts(store)
    assert found[office["office.one"]].state == SENT
    assert found[office["office.two"]].state == DROPPED
    assert set(found) == set(office.values())


def test_spreading_twice_sends_once(store, clock, runner, robot, office):
    message_id = queue(store, clock)
    runner.run_due()
    with store.write() as conn:
        messages.schedule(conn, message_id, clock.now() + timedelta(seconds=1), clock.now())
    runner.run_due()
    clock.advance(timedelta(seconds=2))
    runner.run_due()
    assert len(robot.received) == 1


def test_who_has_read_is_asked_until_it_is_known(store, clock, runner, robot, office):
    queue(store, clock)
    runner.run_due()
    runner.run_due()
    robot.by_path["/message/readers"] = Answer(body=b'{"success": true, "content": {}}')
    _ask(store, clock, runner)
    assert receipts(store)[office["office.one"]].read_at is None
    body = {"success": True, "content": {"data": {"readAccountIds": ["GE_1"]}}}
    robot.by_path["/message/readers"] = Answer(body=json.dumps(body).encode())
    clock.advance(timedelta(minutes=10))
    _ask(store, clock, runner)
    assert receipts(store)[office["office.one"]].read_at == clock.now()
    form = dict(parse_qsl(robot.asked[0].body.decode()))
    assert form == {"msgId": "m-1", "tenantId": "196729"}
    _ask(store, clock, runner)
    assert len(robot.asked) == 2


def test_a_platform_that_cannot_tell_is_asked_again_later(store, clock, runner, robot, office):
    queue(store, clock)
    runner.run_due()
    runner.run_due()
    robot.by_path["/message/readers"] = Answer(500)
    _ask(store, clock, runner)
    assert receipts(store)[office["office.one"]].read_at is None
    clock.advance(timedelta(days=8))
    _ask(store, clock, runner)
    assert len(robot.asked) == 1


def _ask(store, clock, runner):
    with store.write() as conn:
        enqueue(conn, Job(read_receipts.JOB, clock.now()), clock.now())
    runner.run_due()


def test_without_its_request_named_a_platform_is_not_asked(settings, outgoing):
    settings = {name: value for name, value in settings.items() if name != "receipts"}
    spec = KINDS["dingtalk_private"]
    assert not Gateways(outgoing, {spec.name: settings}, load, [spec]).with_receipts


def test_an_address_is_kept_sealed_and_can_be_removed(store, clock, keyring, office):
    account = office["office.one"]
    with store.write() as conn:
        assert book.all_of(conn, keyring, account) == {"dingtalk_private": "GE_1"}
        book.note(conn, keyring, account, "mobile", "13800001234", clock.now())
        rows = conn.execute(book.account_address.select()).all()
        assert all(b"13800001234" not in row.sealed for row in rows)
        book.note(conn, keyring, account, "mobile", "", clock.now())
        assert book.find(conn, keyring, account, "mobile") == ""


@pytest.mark.parametrize(
    ("kind", "address"),
    [("mobile", "138"), ("email", "nobody"), ("wecom", "a b"), ("dingtalk", "x" * 65)],
)
def test_what_cannot_be_an_address_is_refused(store, clock, keyring, office, kind, address):
    with store.write() as conn, pytest.raises(book.AddressRefused):
        book.note(conn, keyring, office["office.one"], kind, address, clock.now())


def test_a_group_robot_is_signed_in_its_address(outgoing, robot, clock):
    robot.answers = [Answer(body=b'{"errcode": 0, "request_id": "r-1"}')]
    settings = {"host": robot.origin, "secret": "tok\nSECkey", "site": "https://hcp.example"}
    assert dingtalk.robot(settings, outgoing)(a_message()) == "r-1"
    (got,) = robot.received
    query = parse_qs(urlsplit(got.path).query)
    at = str(int(clock.now().timestamp() * 1000))
    signed = hmac.digest(b"SECkey", f"{at}\nSECkey".encode(), hashlib.sha256)
    assert query == {
        "access_token": ["tok"],
        "timestamp": [at],
        "sign": [base64.b64encode(signed).decode()],
    }
    assert json.loads(got.body)["text"]["content"].endswith("https://hcp.example/console/cases/ABC")


@pytest.fixture
def notice(outgoing, robot):
    robot.by_path["/gettoken"] = Answer(
        body=b'{"errcode": 0, "access_token": "T1", "expires_in": 7200}'
    )
    robot.answers = [Answer(body=b'{"errcode": 0, "task_id": 42}')]
    settings = {"host": robot.origin, "app_key": "k", "agent_id": 7, "secret": "s"}
    return dingtalk.notice(settings, outgoing)


def test_a_work_notification_carries_a_token_that_is_kept(notice, robot, clock):
    assert notice(a_message(to="dingtalk:u1")) == "42"
    notice(a_message(to="dingtalk:u1"))
    assert len(robot.asked) == 1
    clock.advance(timedelta(hours=2))
    notice(a_message(to="dingtalk:u1"))
    assert len(robot.asked) == 2
    (first, *_) = robot.received
    assert first.path.endswith("?access_token=T1")
    body = json.loads(first.body)
    assert (body["agent_id"], body["userid_list"]) == (7, "u1")


def test_a_token_that_the_platform_forgot_is_fetched_again(notice, robot):
    robot.answers = [
        Answer(body=b'{"errcode": 40014}'),
        Answer(body=b'{"errcode": 0, "task_id": 43}'),
    ]
    assert notice(a_message(to="dingtalk:u1")) == "43"
    assert len(robot.asked) == 2


def test_who_has_read_a_work_notification_is_in_its_result(outgoing, robot, notice):
    settings = {"host": robot.origin, "app_key": "k", "agent_id": 7, "secret": "s"}
    robot.answers = [Answer(body=b'{"errcode": 0, "send_result": {"read_user_id_list": ["u1"]}}')]
    was_read = dingtalk.receipts(settings, outgoing)
    assert was_read("42", "u1")
    assert not was_read("42", "u2")
