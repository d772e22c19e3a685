"""WeCom (企业微信, 政务微信): group robots and messages of an application, at a configured host.

A robot's address carries its key. A message of an application needs a token that is fetched
with the application's secret and kept for two hours; the platform drops a message that it
has seen within half an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    shortened,
    text_of,
)
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.tokens import Token, Tokens
from haochaping.hooks.services import OutgoingMessage

ADDRESS: Final = "wecom"
HOST: Final = "https://qyapi.weixin.qq.com"
BUSY: Final = frozenset({-1, 45009, 45033})
"""`errcode` values that mean: too fast or busy, try later."""
STALE: Final = frozenset({40001, 40014, 42001})
DUPLICATE_SECONDS: Final = 1800
_TITLE_BYTES, _WORDS_BYTES, _TEXT_BYTES = 128, 512, 2048
_WHO: Final = "WeCom"


def robot(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of a group robot for `secret` (its key) and optionally `host`."""

    def send(message: OutgoingMessage) -> str:
        key = setting(settings, "secret", _WHO).strip()
        url = f"{host_of(settings, HOST)}/cgi-bin/webhook/send?{urlencode({'key': key})}"
        words = shortened(text_of(message, settings), _TEXT_BYTES)
        body = encoded({"msgtype": "text", "text": {"content": words}})
        require_zero(parsed(http.post(url, body, JSON).body, _WHO), _WHO, BUSY)
        return ""

    return send


def app(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of an application for `corp_id`, `agent_id`, `secret`, `host`."""
    tokens = Tokens(http.clock, lambda: _token(settings, http))

    def send(message: OutgoingMessage) -> str:
        user = address_of(message, ADDRESS)
        body = encoded(content(user, message, settings))
        for last in (False, True):
            named = urlencode({"access_token": tokens.value()})
            url = f"{host_of(settings, HOST)}/cgi-bin/message/send?{named}"
            answer = parsed(http.post(url, body, JSON).body, _WHO)
            if answer.get("errcode") not in STALE or last:
                break
            tokens.forget()
        require_zero(answer, _WHO, BUSY)
        if answer.get("invaliduser"):
            raise OutgoingFault(f"{_WHO} knows no such user", retry=False)
        return str(answer.get("msgid", ""))[:100]

    return send


def content(user: str, message: OutgoingMessage, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message: a card where there is a link, else a text."""
    language = str(settings.get("language", "zh_Hans_CN"))
    common = {
        "touser": user,
        "agentid": int(setting(settings, "agent_id", _WHO)),
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_SECONDS,
    }
    link = link_of(message, settings)
    if not link:
        words = shortened(text_of(message, settings), _TEXT_BYTES)
        return {**common, "msgtype": "text", "text": {"content": words}}
    card = {
        "title": shortened(message.subject.into(language), _TITLE_BYTES),
        "description": shortened(message.body.into(language), _WORDS_BYTES),
        "url": link,
        "btntxt": "查看" if language.startswith("zh") else "Open",
    }
    return {**common, "msgtype": "textcard", "textcard": card}


def _token(settings: Mapping[str, Any], http: Outgoing) -> Token:
    named = {
        "corpid": setting(settings, "corp_id", _WHO),
        "corpsecret": setting(settings, "secret", _WHO),
    }
    url = f"{host_of(settings, HOST)}/cgi-bin/gettoken?{urlencode(named)}"
    answer = parsed(http.get(url, {}).body, _WHO)
    require_zero(answer, _WHO, BUSY)
    if not answer.get("access_token"):
        raise OutgoingFault(f"{_WHO} handed out no token", retry=True)
    return Token(str(answer["access_token"]), int(answer.get("expires_in", 7200)))
