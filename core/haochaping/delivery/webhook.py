"""The webhook robot: a signed JSON text message, as group robots of chat systems take it.

Each request carries

    X-Haochaping-Id         the message's business id: the same on every retry
    X-Haochaping-Timestamp  milliseconds since 1970 UTC, when it was signed
    X-Haochaping-Signature  v1=<hex HMAC-SHA256 of "<timestamp>.<body>" under the shared key>

and the body `{"msgtype": "text", "text": {"content": "…"}, "business_id": "…"}`. A receiver
checks the signature over the bytes as they came, refuses timestamps more than five
minutes off, and drops an id it has seen. An `errcode` other than 0 in the answer is a
refusal, as with the robots of 浙政钉 and 钉钉.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.services import OutgoingMessage
from haochaping.store.types import micros

BUSY_CODES: Final = frozenset({-1, 130101, 130102, 410100})
"""`errcode` values that mean: too fast or busy, try later."""


@dataclass(frozen=True, slots=True)
class Robot:
    """Where the robot is and the key it shares; `site` makes links absolute."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    site: str = ""
    language: str = "zh_Hans_CN"


def make(settings: Mapping[str, Any], outgoing: Outgoing) -> Send:
    """Return the sender for settings `url`, `key` (bytes), and optionally `site`, `language`."""
    robot = Robot(
        url=settings.get("url", ""),
        key=settings.get("key", b""),
        site=settings.get("site", "").rstrip("/"),
        language=settings.get("language", "zh_Hans_CN"),
    )

    def send(message: OutgoingMessage) -> str:
        return _post(robot, outgoing, message)

    return send


def signature(key: bytes, timestamp: str, body: bytes) -> str:
    """Return the value of the signature header."""
    return "v1=" + hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def body_of(robot: Robot, message: OutgoingMessage) -> bytes:
    """Return the JSON body: subject, text and link in the robot's language."""
    link = robot.site + message.link if message.link.startswith("/") else message.link
    parts = (f"【{message.subject.into(robot.language)}】", message.body.into(robot.language), link)
    content = "\n".join(part for part in parts if part)
    body = {
        "msgtype": "text",
        "text": {"content": content},
        "business_id": message.business_id,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _post(robot: Robot, outgoing: Outgoing, message: OutgoingMessage) -> str:
    if not robot.url or not robot.key:
        raise OutgoingFault("the robot has no url or no key in the settings", retry=False)
    body = body_of(robot, message)
    timestamp = str(micros(outgoing.clock.now()) // 1000)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Haochaping-Id": message.business_id.encode("ascii", "backslashreplace").decode(),
        "X-Haochaping-Timestamp": timestamp,
        "X-Haochaping-Signature": signature(robot.key, timestamp, body),
    }
    answer = outgoing.post(robot.url, body, headers)
    return _reference(answer.body)


def _reference(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    code = answer.get("errcode", 0)
    if code in (0, "0", None):
        return str(answer.get("id", answer.get("request_id", "")))[:100]
    raise OutgoingFault(f"the robot answered errcode {str(code)[:20]}", retry=code in BUSY_CODES)
