"""DingTalk (钉钉): group robots and work notifications, at its public host or a configured one.

A robot's address carries its token, and `timestamp` and `sign` where it asks for a signature
(加签): base64 of the HMAC-SHA256 of timestamp, line feed and key under the key. A work
notification goes to one person; who has read it can be asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import (
    JSON,
    address_of,
    encoded,
    host_of,
    link_of,
    parsed,
    require_zero,
    setting,
    text_of,
)
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.tokens import Token, Tokens
from haochaping.hooks.services import OutgoingMessage
from haochaping.store.types import micros

ADDRESS: Final = "dingtalk"
HOST: Final = "https://oapi.dingtalk.com"
BUSY: Final = frozenset({-1, 90002, 90018, 130101, 130102, 410100})
"""`errcode` values that mean: too fast or busy, try later."""
_STALE: Final = frozenset({40014, 42001, 88})
_WHO: Final = "DingTalk"


def robot(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of a group robot for `secret` and optionally `host`.

    The secret holds the robot's access_token in its first line and, where it asks for a
    signature, the key (SEC…) in its second.
    """

    def send(message: OutgoingMessage) -> str:
        token, _, key = setting(settings, "secret", _WHO).partition("\n")
        at = str(micros(http.clock.now()) // 1000)
        query = [("access_token", token.strip()), *_signed(key.strip(), at)]
        body = {"msgtype": "text", "text": {"content": text_of(message, settings)}}
        return _posted(
            http, f"{host_of(settings, HOST)}/robot/send?{urlencode(query)}", body, message
        )

    return send


def sign(key: str, timestamp: str) -> str:
    """Return the value of a robot's `sign`, not yet quoted for an address."""
    text = f"{timestamp}\n{key}".encode()
    return base64.b64encode(hmac.digest(key.encode(), text, hashlib.sha256)).decode()


def notice(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of work notifications for `app_key`, `agent_id`, `secret`, `host`."""
    tokens = _tokens(settings, http)

    def send(message: OutgoingMessage) -> str:
        body = {
            "agent_id": int(setting(settings, "agent_id", _WHO)),
            "userid_list": address_of(message, ADDRESS),
            "msg": _content(message, settings),
        }
        path = "/topapi/message/corpconversation/asyncsend_v2"
        answer = _asked(settings, http, tokens, path, body)
        return str(answer.get("task_id", ""))[:100]

    return send


def receipts(settings: Mapping[str, Any], http: Outgoing) -> Callable[[str, str], bool]:
    """Return what asks whether a receiver has opened a work notification."""
    tokens = _tokens(settings, http)

    def was_read(reference: str, to: str) -> bool:
        body = {"agent_id": int(setting(settings, "agent_id", _WHO)), "task_id": int(reference)}
        path = "/topapi/message/corpconversation/getsendresult"
        found = _asked(settings, http, tokens, path, body).get("send_result", {})
        return to in found.get("read_user_id_list", ())

    return was_read


def _content(message: OutgoingMessage, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    link, language = link_of(message, settings), str(settings.get("language", "zh_Hans_CN"))
    if not link:
        return {"msgtype": "text", "text": {"content": text_of(message, settings)}}
    card = {
        "title": message.subject.into(language),
        "markdown": f"### {message.subject.into(language)}\n\n{message.body.into(language)}",
        "single_title": "查看办理" if language.startswith("zh") else "Open",
        "single_url": link,
    }
    return {"msgtype": "action_card", "action_card": card}


def _asked(
    settings: Mapping[str, Any],
    http: Outgoing,
    tokens: Tokens,
    path: str,
    body: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Post with the token; one that is not known any more is fetched again once."""
    for last in (False, True):
        url = f"{host_of(settings, HOST)}{path}?{urlencode({'access_token': tokens.value()})}"
        answer = parsed(http.post(url, encoded(body), JSON).body, _WHO)
        if answer.get("errcode") in _STALE and not last:
            tokens.forget()
            continue
        break
    require_zero(answer, _WHO, BUSY)
    return answer


def _tokens(settings: Mapping[str, Any], http: Outgoing) -> Tokens:
    def fetch() -> Token:
        named = {
            "appkey": setting(settings, "app_key", _WHO),
            "appsecret": setting(settings, "secret", _WHO),
        }
        answer = parsed(
            http.get(f"{host_of(settings, HOST)}/gettoken?{urlencode(named)}", {}).body, _WHO
        )
        require_zero(answer, _WHO, BUSY)
        if not answer.get("access_token"):
            raise OutgoingFault(f"{_WHO} handed out no token", retry=True)
        return Token(str(answer["access_token"]), int(answer.get("expires_in", 7200)))

    return Tokens(http.clock, fetch)


def _posted(http: Outgoing, url: str, body: Mapping[str, Any], message: OutgoingMessage) -> str:
    known = {"X-Haochaping-Id": message.business_id.encode("ascii", "backslashreplace").decode()}
    answer = parsed(http.post(url, encoded(body), {**JSON, **known}).body, _WHO)
    require_zero(answer, _WHO, BUSY)
    return str(answer.get("request_id", ""))[:100]


def _signed(key: str, timestamp: str) -> list[tuple[str, str]]:
    return [("timestamp", timestamp), ("sign", sign(key, timestamp))] if key else []
