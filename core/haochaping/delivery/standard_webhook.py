"""A signed webhook after Standard Webhooks (standardwebhooks.com), for any receiver.

Each request carries

    webhook-id          the message's business id: the same on every retry
    webhook-timestamp   seconds since 1970 UTC
    webhook-signature   `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`; one
                        for each secret, with spaces between, while a secret is being changed

and the body `{"type": "message.sent", "timestamp": …, "data": {…}}`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import JSON, encoded, link_of, setting
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.services import OutgoingMessage
from haochaping.store.types import micros

TYPE: Final = "message.sent"
PREFIX: Final = "whsec_"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_:@/-]{1,220}")
_WHO: Final = "the webhook"


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for `url` and `secret`: a `whsec_…` a line, the newest first."""

    def send(message: OutgoingMessage) -> str:
        url = setting(settings, "url", _WHO)
        keys = keys_of(setting(settings, "secret", _WHO))
        body = encoded(content(message, settings, http))
        named, at = id_of(message.business_id), str(micros(http.clock.now()) // 1_000_000)
        signed = " ".join(signature(key, named, at, body) for key in keys)
        headers = {"webhook-id": named, "webhook-timestamp": at, "webhook-signature": signed}
        http.post(url, body, {**JSON, **headers})
        return named[:100]

    return send


def content(
    message: OutgoingMessage, settings: Mapping[str, Any], http: Outgoing
) -> Mapping[str, Any]:
    """Return the body: both languages, so that the receiver chooses."""
    return {
        "type": TYPE,
        "timestamp": http.clock.now().isoformat(),
        "data": {
            "business_id": message.business_id,
            "to": message.to,
            "subject": {"zh": message.subject.zh, "en": message.subject.en},
            "body": {"zh": message.body.zh, "en": message.body.en},
            "link": link_of(message, settings),
        },
    }


def keys_of(secret: str) -> Sequence[bytes]:
    """Return the keys of a secret: base64 behind `whsec_`. Raises OutgoingFault."""
    try:
        return [
            base64.b64decode(line.strip().removeprefix(PREFIX), validate=True)
            for line in secret.splitlines()
            if line.strip()
        ]
    except binascii.Error:
        raise OutgoingFault(f"{_WHO}: the secret must be whsec_ and base64", retry=False) from None


def signature(key: bytes, named: str, at: str, body: bytes) -> str:
    """Return one signature."""
    signed = hmac.digest(key, f"{named}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode()


def id_of(business_id: str) -> str:
    """Return the id as it may stand before a full stop: a hash where it has other characters."""
    if _PLAIN.fullmatch(business_id):
        return business_id
    return "h_" + hashlib.sha256(business_id.encode()).hexdigest()
