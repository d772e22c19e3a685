"""The 浙政钉 group robot: a text message, signed in the address as DingTalk robots want it.

The address gets `timestamp` (milliseconds since 1970 UTC) and `sign`, the base64 of the
HMAC-SHA256 of timestamp, line feed and key under the key. An `errcode` other than 0 in
the answer is a refusal. This is the form of DingTalk's custom robots; whether a robot of
浙政钉 asks for the same has to be confirmed with whoever runs it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from haochaping.doors.outgoing import Outgoing, OutgoingFault
from haochaping.hooks.services import OutgoingMessage
from haochaping.store.types import micros

Send = Callable[[OutgoingMessage], str]

BUSY: Final = frozenset({-1, 130101, 130102, 410100})
"""`errcode` values that mean: too fast or busy, try later."""
LANGUAGE: Final = "zh_Hans_CN"


@dataclass(frozen=True, slots=True)
class Robot:
    """Where the robot is and the key it shares (empty: it checks words or addresses instead)."""

    url: str = field(repr=False)
    key: str = field(repr=False)
    signed: bool
    site: str = ""


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for the plugin's settings.

    `settings["robot"]` names the environment variables with address (`url_env`) and key
    (`key_env`, left out when the robot does not ask for a signature); `settings["site"]`
    makes links absolute.
    """
    named = settings.get("robot", {})
    robot = Robot(
        url=os.environ.get(named.get("url_env", ""), ""),
        key=os.environ.get(named.get("key_env", ""), ""),
        signed="key_env" in named,
        site=str(settings.get("site", "")).rstrip("/"),
    )

    def send(message: OutgoingMessage) -> str:
        return _post(robot, http, message)

    return send


def sign(key: str, timestamp: str) -> str:
    """Return the value of `sign`, not yet quoted for an address."""
    text = f"{timestamp}\n{key}".encode()
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


def address(robot: Robot, timestamp: str) -> str:
    """Return the robot's address for a message at `timestamp`, signed when it has a key."""
    if not robot.signed:
        return robot.url
    parts = urlsplit(robot.url)
    signature = [("timestamp", timestamp), ("sign", sign(robot.key, timestamp))]
    query = urlencode([*parse_qsl(parts.query), *signature])
    return urlunsplit(parts._replace(query=query))


def body_of(robot: Robot, message: OutgoingMessage) -> bytes:
    """Return the JSON body: subject, text and link in Chinese."""
    link = robot.site + message.link if message.link.startswith("/") else message.link
    lines = (f"【{message.subject.into(LANGUAGE)}】", message.body.into(LANGUAGE), link)
    content = "\n".join(line for line in lines if line)
    body = {"msgtype": "text", "text": {"content": content}}
    return json.dumps(body, ensure_ascii=False).encode()


def _post(robot: Robot, http: Outgoing, message: OutgoingMessage) -> str:
    if not robot.url or (robot.signed and not robot.key):
        raise OutgoingFault("the robot's address or key is not in the environment", retry=False)
    timestamp = str(micros(http.clock.now()) // 1000)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Haochaping-Id": message.business_id.encode("ascii", "backslashreplace").decode(),
    }
    answer = http.post(address(robot, timestamp), body_of(robot, message), headers)
    return _reference(answer.body)


def _reference(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        raise OutgoingFault("the robot's answer is no JSON", retry=True) from None
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if code == 0:
        return str(answer.get("request_id", ""))[:100]
    raise OutgoingFault(f"the robot answered errcode {str(code)[:20]}", retry=code in BUSY)
