"""Work notifications (工作通知) of a private DingTalk (专有钉钉), such as 浙政钉.

Every request is signed in its headers:

    apiKey                   the application's key (App Key)
    X-Hmac-Auth-Timestamp    local time with offset, 2026-11-16T10:00:00.000+08:00
    X-Hmac-Auth-Version      1.0
    X-Hmac-Auth-Nonce        milliseconds and four digits, never used twice
    X-Hmac-Auth-IP, -MAC     the calling machine, as registered with the platform
    X-Hmac-Auth-Signature    base64 of HMAC-SHA256, under the App Secret, over the lines
                             method, timestamp, nonce, path and the parameters, sorted and
                             joined as `name=value&…` before they are encoded

The message's business id goes along as `bizMsgId`: the platform refuses one that it has seen
(重复), which is success here. Which request tells who has read a notification is not published;
a deployment names it under `receipts` from its platform's documents.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import urlencode

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import (
    address_of,
    host_of,
    link_of,
    parsed,
    setting,
    shortened,
    text_of,
)
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.services import OutgoingMessage
from haochaping.ids import random_digits
from haochaping.store.types import micros

ADDRESS: Final = "dingtalk_private"
SEND: Final = "/message/workNotification"
TEXT_BYTES: Final = 1400
"""The platform takes 2,048 bytes; the rest of the object needs some."""
_CHINA: Final = timezone(timedelta(hours=8))
_WHO: Final = "the private DingTalk"
_AGAIN: Final = ("重复", "duplicate", "repeat")
_BUSY: Final = ("限流", "繁忙", "稍后", "throttl", "busy", "timeout")


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the platform is, and the application that speaks to it."""

    host: str
    key: str
    secret: str = field(repr=False)
    tenant: str
    ip: str
    mac: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Platform:
        """Return the platform of a gateway's settings. Raises OutgoingFault."""
        return cls(
            host=host_of({"host": setting(settings, "host", _WHO)}),
            key=setting(settings, "app_key", _WHO),
            secret=setting(settings, "secret", _WHO),
            tenant=setting(settings, "tenant_id", _WHO),
            ip=str(settings.get("ip", "127.0.0.1")),
            mac=str(settings.get("mac", "00:00:00:00:00:00")),
        )

    def post(self, http: Outgoing, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        """Post parameters, signed, and return the answer. Raises OutgoingFault."""
        headers = self.headers("POST", path, parameters, http.clock.now())
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urlencode(sorted(parameters.items())).encode()
        answer = http.post(f"{self.host}{path}", body, {**form, **headers})
        return parsed(answer.body, _WHO)

    def headers(
        self, method: str, path: str, parameters: Mapping[str, str], at: datetime
    ) -> Mapping[str, str]:
        """Return the headers of a signed request."""
        timestamp = at.astimezone(_CHINA).isoformat(timespec="milliseconds")
        nonce = f"{micros(at) // 1000}{random_digits(4)}"
        return {
            "apiKey": self.key,
            "X-Hmac-Auth-Timestamp": timestamp,
            "X-Hmac-Auth-Version": "1.0",
            "X-Hmac-Auth-Nonce": nonce,
            "X-Hmac-Auth-IP": self.ip,
            "X-Hmac-Auth-MAC": self.mac,
            "X-Hmac-Auth-Signature": signature(
                self.secret, (method, timestamp, nonce, path), parameters
            ),
        }


def signature(secret: str, lines: tuple[str, str, str, str], parameters: Mapping[str, str]) -> str:
    """Return the signature over method, timestamp, nonce and path, and the parameters."""
    pairs = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    text = "\n".join((*lines, pairs) if pairs else lines)
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha256)).decode()


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for `host`, `app_key`, `tenant_id`, `secret`; optionally `ip`, `mac`."""

    def send(message: OutgoingMessage) -> str:
        platform = Platform.of(settings)
        parameters = {
            "receiverIds": address_of(message, ADDRESS),
            "tenantId": platform.tenant,
            "bizMsgId": message.business_id,
            "msg": content(message, settings),
        }
        return _reference(platform.post(http, SEND, parameters))

    return send


def receipts(settings: Mapping[str, Any], http: Outgoing) -> Callable[[str, str], bool] | None:
    """Return what asks whether a receiver has opened a message, None where it is not set up.

    `receipts` names the request's `path`, the `parameter` that takes the message's id, and the
    `list` in the answer that holds the ids of those who have read it.
    """
    asked = settings.get("receipts", {})
    if not asked:
        return None

    def was_read(reference: str, to: str) -> bool:
        platform = Platform.of(settings)
        named = {str(asked.get("parameter", "msgId")): reference, "tenantId": platform.tenant}
        answer = platform.post(http, setting(asked, "path", _WHO), named)
        _require_success(answer)
        wanted = str(asked.get("list", "readAccountIds"))
        return to in {str(one) for found in _named(answer, wanted) for one in _listed(found)}

    return was_read


def content(message: OutgoingMessage, settings: Mapping[str, Any]) -> str:
    """Return the notification: a card with a button where there is a link, else a text."""
    link = link_of(message, settings)
    if not link:
        words = shortened(text_of(message, settings), TEXT_BYTES)
        return _json({"msgtype": "text", "text": {"content": words}})
    language = str(settings.get("language", "zh_Hans_CN"))
    title = message.subject.into(language)
    card = {
        "title": title,
        "markdown": shortened(f"### {title}\n\n{message.body.into(language)}", TEXT_BYTES),
        "single_title": "查看办理" if language.startswith("zh") else "Open",
        "single_url": link,
        "single_pc_url": link,
    }
    return _json({"msgtype": "action_card", "action_card": card})


def _reference(answer: Mapping[str, Any]) -> str:
    said = _said(answer)
    if not _succeeded(answer) and any(word in said for word in _AGAIN):
        return ""
    _require_success(answer)
    found = next((str(one) for one in _named(answer, "msgId")), "")
    plain = answer.get("content")
    return (found or (plain if isinstance(plain, str) else ""))[:100]


def _require_success(answer: Mapping[str, Any]) -> None:
    if _succeeded(answer):
        return
    said = _said(answer)
    code = next((str(one) for name in _CODES for one in _named(answer, name)), "")
    busy = any(word in said for word in _BUSY)
    raise OutgoingFault(f"{_WHO} refused: {code[:40] or 'no code'}", retry=busy)


_CODES: Final = ("bizErrorCode", "errorCode", "Code", "code")


def _succeeded(answer: Mapping[str, Any]) -> bool:
    inner = _opened(answer.get("content"))
    deeper = inner.get("success", True) if isinstance(inner, dict) else True
    return answer.get("success") is True and deeper is not False


def _said(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False).lower()


def _named(found: Any, name: str) -> Iterator[Any]:
    """Yield every value called `name`, however deep; texts that hold JSON are opened."""
    opened = _opened(found)
    if isinstance(opened, dict):
        for key, value in opened.items():
            if key == name and value is not None:
                yield value
            yield from _named(value, name)
    elif isinstance(opened, list):
        for one in opened:
            yield from _named(one, name)


def _opened(found: Any) -> Any:
    if not isinstance(found, str) or found[:1] not in ("{", "["):
        return found
    try:
        return json.loads(found)
    except ValueError:
        return found


def _listed(found: Any) -> list[Any]:
    opened = _opened(found)
    if isinstance(opened, list):
        return opened
    return str(opened).split(",")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
