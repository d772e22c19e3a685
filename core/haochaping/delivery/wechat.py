"""WeChat (微信): subscription messages, and template messages where they are still granted.

The receiver is the openid of whoever agreed to be told there. A subscription message (订阅消息)
may be sent once for each consent; the answer 43101 means that there is none (any more), and is
never tried again. Tokens come from `stable_token`, which several processes may ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

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
)
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.tokens import Token, Tokens
from haochaping.hooks.services import OutgoingMessage

ADDRESS: Final = "wechat"
HOST: Final = "https://api.weixin.qq.com"
BUSY: Final = frozenset({-1, 45009, 45011})
STALE: Final = frozenset({40001, 40014, 42001})
SUBSCRIBE: Final = "/cgi-bin/message/subscribe/bizsend"
MINI: Final = "/cgi-bin/message/subscribe/send"
TEMPLATE: Final = "/cgi-bin/message/template/send"
FIELDS: Final = {"thing1": "subject", "thing2": "body", "time3": "time"}
_LENGTHS: Final = {"thing": 20, "phrase": 5, "character_string": 32}
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_WHO: Final = "WeChat"


def subscribe(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of subscription messages for `app_id`, `template_id`, `secret`.

    `fields` says what stands in each field of the template: `subject`, `body`, `time`, or a
    text of its own; `mini_program` sends as a mini program, to the page `page`.
    """
    path = MINI if settings.get("mini_program") else SUBSCRIBE
    return _sender(settings, http, path, {})


def template(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender of template messages; the platform knows a business id again."""
    return _sender(settings, http, TEMPLATE, {"dedup": "client_msg_id"})


def _sender(
    settings: Mapping[str, Any], http: Outgoing, path: str, names: Mapping[str, str]
) -> Send:
    tokens = Tokens(http.clock, lambda: _token(settings, http))

    def send(message: OutgoingMessage) -> str:
        content = _content(message, settings, http)
        if "dedup" in names:
            content[names["dedup"]] = sha256(message.business_id.encode()).hexdigest()[:32]
        body = encoded(content)
        for last in (False, True):
            query = urlencode({"access_token": tokens.value()})
            answer = parsed(
                http.post(f"{host_of(settings, HOST)}{path}?{query}", body, JSON).body, _WHO
            )
            if answer.get("errcode") not in STALE or last:
                break
            tokens.forget()
        require_zero(answer, _WHO, BUSY)
        return str(answer.get("msgid", ""))[:100]

    return send


def _content(
    message: OutgoingMessage, settings: Mapping[str, Any], http: Outgoing
) -> dict[str, Any]:
    where = str(settings.get("page", "")) or link_of(message, settings)
    link = {"page": where} if settings.get("mini_program") or "page" in settings else {"url": where}
    said = {
        "subject": message.subject.zh,
        "body": message.body.zh,
        "time": http.clock.now().astimezone(_CHINA).strftime("%Y-%m-%d %H:%M"),
    }
    given: Mapping[str, str] = settings.get("fields") or FIELDS
    data = {name: {"value": _fitting(name, said.get(of, of))} for name, of in given.items()}
    return {
        "touser": address_of(message, ADDRESS),
        "template_id": setting(settings, "template_id", _WHO),
        "data": data,
        **(link if where else {}),
    }


def _fitting(name: str, value: str) -> str:
    """Return a value cut to what the platform takes in a field of this type."""
    longest = _LENGTHS.get(name.rstrip("0123456789"), 200)
    return value if len(value) <= longest else value[: longest - 1] + "…"


def _token(settings: Mapping[str, Any], http: Outgoing) -> Token:
    body = {
        "grant_type": "client_credential",
        "appid": setting(settings, "app_id", _WHO),
        "secret": setting(settings, "secret", _WHO),
    }
    url = f"{host_of(settings, HOST)}/cgi-bin/stable_token"
    answer = parsed(http.post(url, encoded(body), JSON).body, _WHO)
    require_zero(answer, _WHO, BUSY)
    if not answer.get("access_token"):
        raise OutgoingFault(f"{_WHO} handed out no token", retry=True)
    return Token(str(answer["access_token"]), int(answer.get("expires_in", 7200)))
