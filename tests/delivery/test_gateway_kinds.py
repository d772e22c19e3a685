"""Every kind of gateway against a server: what it is sent, and what each answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.delivery.conftest import Answer, a_message

from haochaping.delivery import sms_templates, standard_webhook
from haochaping.delivery.addresses import OutgoingFault, Rules
from haochaping.delivery.kinds import KINDS
from haochaping.delivery.outgoing import Limits, Outgoing
from haochaping.hooks.values import Words
from haochaping.plugins.references import load

KEY = base64.b64encode(b"thirty-two bytes of a shared key").decode()
TEMPLATES = [
    {"id": "SMS_1", "text": "您办理的${item}已办结，请评价：${link}"},
    {"id": "SMS_2", "text": "验证码{1}，{2}分钟内有效"},
]
TEXT = Words("您办理的居住证已办结，请评价：https://h.cn/r/A", "Rate it")


@dataclass
class Kind:
    """A kind of gateway: its settings, whom it is told to reach, the answer that means success."""

    name: str
    to: str
    settings: dict
    fine: bytes
    reference: str = ""
    tokens: str = ""


KIND = {
    kind.name: kind
    for kind in (
        Kind("dingtalk_robot", "handler", {"secret": "tok"}, b'{"errcode": 0}'),
        Kind(
            "dingtalk",
            "dingtalk:u1",
            {"app_key": "k", "agent_id": 7},
            b'{"errcode": 0, "task_id": 42}',
            "42",
            "/gettoken",
        ),
        Kind(
            "dingtalk_private",
            "dingtalk_private:GE_1",
            {"app_key": "k", "tenant_id": "1"},
            b'{"success": true, "content": "m-1"}',
            "m-1",
        ),
        Kind("wecom_robot", "handler", {}, b'{"errcode": 0}'),
        Kind(
            "wecom",
            "wecom:u1",
            {"corp_id": "ww1", "agent_id": 7},
            b'{"errcode": 0, "msgid": "w-1"}',
            "w-1",
            "/cgi-bin/gettoken",
        ),
        Kind("webhook_signed", "handler", {"secret": f"whsec_{KEY}"}, b"", "case:7:1:reply:1"),
        Kind(
            "sms_aliyun",
            "tel:13800001234",
            {"key_id": "AK", "signature": "西湖好差评", "templates": TEMPLATES},
            b'{"Code": "OK", "BizId": "9"}',
            "9",
        ),
        Kind(
            "sms_tencent",
            "tel:13800001234",
            {"key_id": "AK", "app_id": "14", "signature": "西湖好差评", "templates": TEMPLATES},
            b'{"Response": {"SendStatusSet": [{"Code": "Ok", "SerialNo": "5"}]}}',
            "5",
        ),
        Kind(
            "wechat_subscription",
            "wechat:o1",
            {"app_id": "wx1", "template_id": "T1"},
            b'{"errcode": 0, "msgid": 8}',
            "8",
            "/cgi-bin/stable_token",
        ),
        Kind(
            "wechat_template",
            "wechat:o1",
            {"app_id": "wx1", "template_id": "T1"},
            b'{"errcode": 0, "msgid": 8}',
            "8",
            "/cgi-bin/stable_token",
        ),
    )
}


@pytest.fixture(params=sorted(KIND))
def kind(request):
    return KIND[request.param]


@pytest.fixture
def http(clock):
    limits = Limits(connect_seconds=1, read_seconds=0.05, total_seconds=1)
    return Outgoing(Rules(frozenset({"127.0.0.1"}), loopback=True), clock, limits)


def sender(kind, http, robot, **settings):
    robot.answers = [Answer(body=kind.fine)]
    if kind.tokens:
        token = b'{"errcode": 0, "access_token": "T1", "expires_in": 7200}'
        robot.by_path[kind.tokens] = Answer(body=token)
    made = {
        "host": robot.origin,
        "url": f"{robot.origin}/hook",
        "secret": "the secret",
        "site": "https://hcp.example",
        **kind.settings,
        **settings,
    }
    return load(KINDS[kind.name].factory)(made, http)


@pytest.fixture
def send(kind, http, robot):
    return sender(kind, http, robot)


def message(kind, **changes):
    return a_message(**{"to": kind.to, "body": TEXT, **changes})


def test_a_message_arrives_and_its_reference_is_kept(kind, send, robot):
    assert send(message(kind)) == kind.reference
    assert len(robot.received) == 1


@pytest.mark.parametrize(
    ("answer", "retry", "after"),
    [
        (Answer(429, headers={"Retry-After": "120"}), True, 120),
        (Answer(429, headers={"Retry-After": "Mon, 16 Nov 2026 02:05:00 GMT"}), True, 300),
        (Answer(500), True, None),
        (Answer(503), True, None),
        (Answer(400), False, None),
        (Answer(404), False, None),
        (Answer(408), False, None),
        (Answer(slow=True), True, None),
        (Answer(cut=True), True, None),
    ],
    ids=["429", "429-date", "500", "503", "400", "404", "408", "slow", "cut"],
)
def test_only_what_may_pass_is_tried_again(kind, send, robot, answer, retry, after):
    robot.answers = [answer]
    with pytest.raises(OutgoingFault) as fault:
        send(message(kind))
    assert (fault.value.retry, fault.value.retry_after) == (retry, after)
    assert "the secret" not in str(fault.value)
    assert KEY not in str(fault.value)


def test_a_host_that_is_not_listed_is_not_called(kind, clock, robot):
    nowhere = Outgoing(Rules(frozenset({"other.example"}), loopback=True), clock)
    with pytest.raises(OutgoingFault) as fault:
        sender(kind, nowhere, robot)(message(kind))
    assert not fault.value.retry
    assert robot.received == robot.asked == []


@pytest.mark.parametrize("name", ["dingtalk", "wecom", "wechat_subscription", "wechat_template"])
def test_a_token_is_kept_and_fetched_again_when_it_is_not_known(http, robot, clock, name):
    kind = KIND[name]
    send = sender(kind, http, robot)
    send(message(kind))
    send(message(kind))
    assert len(robot.asked) == 1
    robot.answers = [Answer(body=b'{"errcode": 40014}'), Answer(body=kind.fine)]
    assert send(message(kind)) == kind.reference
    clock.advance(timedelta(hours=2))
    send(message(kind))
    assert len(robot.asked) == 3


@pytest.mark.parametrize("name", ["dingtalk", "wecom", "wechat_subscription"])
def test_a_platform_that_keeps_refusing_its_token_is_not_asked_for_ever(http, robot, name):
    send = sender(KIND[name], http, robot)
    robot.answers = [Answer(body=b'{"errcode": 40014}')]
    with pytest.raises(OutgoingFault, match="40014"):
        send(message(KIND[name]))
    assert len(robot.received) == 2


@pytest.mark.parametrize(
    ("name", "body", "retry"),
    [
        ("wecom", b'{"errcode": 45009}', True),
        ("wecom", b'{"errcode": 0, "invaliduser": "u1"}', False),
        ("wecom_robot", b'{"errcode": 93000}', False),
        ("wechat_subscription", b'{"errcode": 43101}', False),
        ("wechat_template", b'{"errcode": -1}', True),
        ("sms_aliyun", b'{"Code": "isv.BUSINESS_LIMIT_CONTROL"}', True),
        ("sms_aliyun", b'{"Code": "isv.MOBILE_NUMBER_ILLEGAL"}', False),
        ("sms_tencent", b'{"Response": {"Error": {"Code": "LimitExceeded.Daily"}}}', True),
        ("sms_tencent", b'{"Response": {"SendStatusSet": [{"Code": "Failed"}]}}', False),
        ("dingtalk_robot", b'{"errcode": 310000}', False),
    ],
)
def test_the_platforms_own_codes_count(http, robot, name, body, retry):
    send = sender(KIND[name], http, robot)
    robot.answers = [Answer(body=body)]
    with pytest.raises(OutgoingFault) as fault:
        send(message(KIND[name]))
    assert fault.value.retry is retry


def test_a_standard_webhook_is_signed_over_id_timestamp_and_body(http, robot, clock):
    older = base64.b64encode(b"the older one").decode()
    send = sender(KIND["webhook_signed"], http, robot, secret=f"whsec_{KEY}\nwhsec_{older}\n")
    send(message(KIND["webhook_signed"]))
    (got,) = robot.received
    named = {name.lower(): value for name, value in got.headers.items()}
    at = str(int(clock.now().timestamp()))
    assert (named["webhook-id"], named["webhook-timestamp"]) == ("case:7:1:reply:1", at)
    text = f"case:7:1:reply:1.{at}.".encode() + got.body
    expected = [
        "v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
        for key in (b"thirty-two bytes of a shared key", b"the older one")
    ]
    assert named["webhook-signature"].split(" ") == expected
    data = json.loads(got.body)
    assert data["type"] == "message.sent"
    assert data["data"]["link"] == "https://hcp.example/console/cases/ABC"


def test_the_signature_is_that_of_the_published_example():
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = standard_webhook.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_id_with_a_full_stop_is_hashed():
    assert standard_webhook.id_of("a.b").startswith("h_")


def test_a_secret_that_is_no_base64_is_refused(http, robot):
    send = sender(KIND["webhook_signed"], http, robot, secret="whsec_%")
    with pytest.raises(OutgoingFault, match="base64"):
        send(message(KIND["webhook_signed"]))


def test_an_application_of_wecom_sends_a_card_that_is_not_sent_twice(http, robot):
    sender(KIND["wecom"], http, robot)(message(KIND["wecom"]))
    (got,) = robot.received
    assert parse_qs(urlsplit(got.path).query) == {"access_token": ["T1"]}
    body = json.loads(got.body)
    assert (body["touser"], body["agentid"], body["enable_duplicate_check"]) == ("u1", 7, 1)
    assert body["textcard"]["url"] == "https://hcp.example/console/cases/ABC"
    asked = parse_qs(urlsplit(robot.asked[0].path).query)
    assert asked == {"corpid": ["ww1"], "corpsecret": ["the secret"]}


def test_a_wecom_robot_has_its_key_in_the_address(http, robot):
    sender(KIND["wecom_robot"], http, robot)(message(KIND["wecom_robot"], body=Words("长" * 900)))
    (got,) = robot.received
    assert parse_qs(urlsplit(got.path).query) == {"key": ["the secret"]}
    assert len(json.loads(got.body)["text"]["content"].encode()) <= 2048


def test_alibaba_cloud_gets_template_and_variables_signed(http, robot):
    sender(KIND["sms_aliyun"], http, robot)(message(KIND["sms_aliyun"]))
    (got,) = robot.received
    query = urlsplit(got.path).query
    asked = dict(parse_qsl(query))
    assert asked["TemplateCode"] == "SMS_1"
    assert json.loads(asked["TemplateParam"]) == {"item": "居住证", "link": "https://h.cn/r/A"}
    assert (asked["PhoneNumbers"], asked["SignName"]) == ("13800001234", "西湖好差评")
    assert asked["OutId"] == "case:7:1:reply:1"
    named = {name.lower(): value for name, value in got.headers.items()}
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    lines = "".join(f"{name}:{named[name]}\n" for name in names.split(";"))
    nothing = hashlib.sha256(b"").hexdigest()
    canonical = "\n".join(["POST", "/", query, lines, names, nothing])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.new(b"the secret", text.encode(), hashlib.sha256).hexdigest()
    told = f"ACS3-HMAC-SHA256 Credential=AK,SignedHeaders={names},Signature={expected}"
    assert named["authorization"] == told


def test_tencent_cloud_gets_template_and_values_signed(http, robot, clock):
    kind = KIND["sms_tencent"]
    sender(kind, http, robot)(message(kind, body=Words("验证码482913，5分钟内有效")))
    (got,) = robot.received
    body = json.loads(got.body)
    assert (body["TemplateId"], body["TemplateParamSet"]) == ("SMS_2", ["482913", "5"])
    assert body["PhoneNumberSet"] == ["+8613800001234"]
    key = b"TC3the secret"
    for part in ("2026-11-16", "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signed = (
        f"content-type:application/json; charset=utf-8\nhost:{got.headers['Host']}\n"
        "x-tc-action:sendsms\n"
    )
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            signed,
            "content-type;host;x-tc-action",
            hashlib.sha256(got.body).hexdigest(),
        ]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    stamp = str(int(clock.now().timestamp()))
    text = f"TC3-HMAC-SHA256\n{stamp}\n2026-11-16/sms/tc3_request\n{hashed}"
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert got.headers["Authorization"].endswith(f"Signature={expected}")
    assert got.headers["X-TC-Timestamp"] == stamp


@pytest.mark.parametrize("name", ["sms_aliyun", "sms_tencent"])
def test_a_text_without_an_approved_template_is_not_sent(http, robot, name):
    send = sender(KIND[name], http, robot)
    with pytest.raises(OutgoingFault, match="template") as fault:
        send(message(KIND[name], body=Words("别的话")))
    assert not fault.value.retry
    assert robot.received == []


def test_a_template_matches_the_whole_text_only():
    found = sms_templates.filled(TEMPLATES, "验证码1234，5分钟内有效")
    assert found.values == (("1", "1234"), ("2", "5"))
    with pytest.raises(OutgoingFault):
        sms_templates.filled(TEMPLATES, "验证码1234，5分钟内有效。")


def test_wechat_gets_fields_that_fit(http, robot):
    kind = KIND["wechat_subscription"]
    sender(kind, http, robot)(
        message(kind, subject=Words("您反映的问题已经有了处理结果请查看详情"))
    )
    (got,) = robot.received
    body = json.loads(got.body)
    assert (body["touser"], body["template_id"]) == ("o1", "T1")
    assert len(body["data"]["thing1"]["value"]) <= 20
    assert body["data"]["time3"]["value"] == "2026-11-16 10:00"
    assert body["page" if "page" in body else "url"] == "https://hcp.example/console/cases/ABC"


def test_a_template_message_can_be_known_again(http, robot):
    kind = KIND["wechat_template"]
    send = sender(kind, http, robot)
    send(message(kind))
    send(message(kind))
    first, second = (json.loads(one.body)["client_msg_id"] for one in robot.received)
    assert first == second
    assert len(first) == 32


@pytest.mark.parametrize("name", ["dingtalk", "wecom", "sms_aliyun", "sms_tencent", "email"])
def test_a_gateway_to_persons_refuses_other_receivers(http, robot, name):
    kind = KIND.get(name) or Kind("email", "", {"sender": "hcp@example.cn"}, b"")
    with pytest.raises(OutgoingFault) as fault:
        sender(kind, http, robot)(message(kind, to="handler"))
    assert not fault.value.retry
