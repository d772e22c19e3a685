"""Replies as an SMS platform hands them in: signed, with an id of its own."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from haochaping.delivery.webhook import signature
from haochaping.hooks.deployment import MessageReceiver
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.store.types import micros

STANDARD: Final = "standard"
SKEW: Final = timedelta(minutes=5)
MOST: Final = 100
_LONGEST_ID: Final = 100
_LONGEST_TEXT: Final = 2000

CORE: Final = MessageReceiver(
    STANDARD, Words("标准短信回复接口", "Standard SMS replies"), "haochaping.channels.incoming:make"
)
"""The receiver that is always there."""


class BadSignature(Problem):
    """A post that the SMS platform did not sign, or signed too long ago; all look alike."""

    code = "HCP-SMS-SIGNATURE"
    status = 401
    title = Words(
        "短信回复的签名无效或已过期，请核对密钥和服务器时间",
        "The signature is not valid or too old; check the key and the server's time",
    )


class UnreadableReplies(Problem):
    """The body of a signed post is not as described."""

    code = "HCP-SMS-BODY"
    status = 422
    title = Words(
        '正文应为 {"messages": [{"id": "…", "from": "…", "text": "…"}]}，最多 100 条',
        'The body is {"messages": [{"id": "…", "from": "…", "text": "…"}]}, at most 100',
    )


class Receive(Protocol):
    """Reads the replies of one post. Raises BadSignature, UnreadableReplies."""

    def __call__(
        self, headers: Mapping[str, str], body: bytes, at: datetime
    ) -> Sequence[IncomingText]:
        """Return the replies; `headers` are by lower-case names."""
        ...


@dataclass(frozen=True, slots=True)
class Standard:
    """The core's own form: the headers of the webhook robot, a JSON list of replies."""

    key: bytes = field(repr=False)

    def __call__(
        self, headers: Mapping[str, str], body: bytes, at: datetime
    ) -> Sequence[IncomingText]:
        """Return the replies. Raises BadSignature, UnreadableReplies."""
        timestamp = headers.get("x-haochaping-timestamp", "")
        given = headers.get("x-haochaping-signature", "")
        expected = signature(self.key or b"\x00", timestamp, body)
        genuine = hmac.compare_digest(given.encode(), expected.encode())
        if not (self.key and genuine and _recent(timestamp, at)):
            raise BadSignature
        return _read(body)


def make(settings: Mapping[str, Any]) -> Receive:
    """Return the standard receiver for the setting `key` (bytes)."""
    return Standard(settings.get("key", b""))


def _recent(timestamp: str, at: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 16:
        return False
    away = abs(int(timestamp) - micros(at) // 1000)
    return away <= SKEW // timedelta(milliseconds=1)


def _read(body: bytes) -> Sequence[IncomingText]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableReplies from error
    listed = found.get("messages") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise UnreadableReplies
    return tuple(_text(one) for one in listed)


def _text(one: Any) -> IncomingText:
    given = one if isinstance(one, dict) else {}
    message_id, sender, text = given.get("id"), given.get("from"), given.get("text")
    if not (isinstance(message_id, str) and isinstance(sender, str) and isinstance(text, str)):
        raise UnreadableReplies
    if not 1 <= len(message_id) <= _LONGEST_ID or not message_id.isprintable():
        raise UnreadableReplies
    return IncomingText(message_id, sender[:_LONGEST_ID], text[:_LONGEST_TEXT])
