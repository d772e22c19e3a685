"""The SMS gateway: a signed JSON post with one number and one text.

Every text goes out under the jurisdiction's signature and with the way out behind it.

The request carries the same headers as the webhook robot's (`delivery.webhook`) and the body
`{"mobile": "…", "text": "…", "business_id": "…"}`. The platform drops a business id it has
seen. A `code` in its answer other than 0, "0" or "OK" is a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.raters import NUMBER
from haochaping.delivery.webhook import signature
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.store.types import micros

WAY_OUT: Final = Words("回T退订", "Reply T to opt out")
_KNOWN: Final = "退订"
"""A text that says this says itself how to opt out."""
_FINE: Final = (0, "0", "OK", None)


def make(settings: Mapping[str, Any], outgoing: Outgoing) -> Send:
    """Return the sender for `url`, `signature` and `key` (bytes) or `secret` (text)."""
    url = str(settings.get("url", ""))
    key = settings.get("key") or str(settings.get("secret", "")).encode()
    language, signed_by = settings.get("language", "zh_Hans_CN"), settings.get("signature", "")

    def send(message: OutgoingMessage) -> str:
        if not url or not key:
            raise OutgoingFault("the SMS gateway has no url or no key", retry=False)
        if not message.to.startswith(NUMBER):
            raise OutgoingFault("an SMS goes to a telephone number only", retry=False)
        body = body_of(message, text_of(message, str(language), str(signed_by)))
        return _reference(outgoing.post(url, body, _headers(key, message, body, outgoing)).body)

    return send


def text_of(message: OutgoingMessage, language: str, signed_by: str) -> str:
    """Return the text as it goes out: signature, words, way out."""
    words = message.body.into(language)
    head = f"【{signed_by}】" if signed_by and not words.startswith("【") else ""
    return head + words + ("" if _KNOWN in words else WAY_OUT.into(language))


def body_of(message: OutgoingMessage, text: str) -> bytes:
    """Return the JSON body."""
    content = {
        "mobile": message.to.removeprefix(NUMBER),
        "text": text,
        "business_id": message.business_id,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _headers(
    key: bytes, message: OutgoingMessage, body: bytes, outgoing: Outgoing
) -> Mapping[str, str]:
    timestamp = str(micros(outgoing.clock.now()) // 1000)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Haochaping-Id": message.business_id.encode("ascii", "backslashreplace").decode(),
        "X-Haochaping-Timestamp": timestamp,
        "X-Haochaping-Signature": signature(key, timestamp, body),
    }


def _reference(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    code = answer.get("code", 0)
    if code in _FINE:
        return str(answer.get("id", ""))[:100]
    raise OutgoingFault(f"the SMS platform answered code {str(code)[:20]}", retry=False)
