"""Reading the JSON answers of message platforms."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault
from haochaping.hooks.services import OutgoingMessage

JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


def parsed(body: bytes, who: str) -> Mapping[str, Any]:
    """Return an answer as a mapping. Raises OutgoingFault (tried again) when it is none."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise OutgoingFault(f"the answer of {who} is no JSON object", retry=True)
    return answer


def require_zero(answer: Mapping[str, Any], who: str, busy: Collection[int]) -> None:
    """Raise OutgoingFault unless `errcode` is 0; codes in `busy` are tried again later."""
    code = answer.get("errcode", 0)
    if code not in (0, "0", None):
        raise OutgoingFault(f"{who} answered errcode {str(code)[:20]}", retry=code in busy)


def text_of(message: OutgoingMessage, settings: Mapping[str, Any]) -> str:
    """Return subject, words and link as one text, in the gateway's language."""
    language = str(settings.get("language", "zh_Hans_CN"))
    subject = f"【{message.subject.into(language)}】"
    parts = (subject, message.body.into(language), link_of(message, settings))
    return "\n".join(part for part in parts if part)


def link_of(message: OutgoingMessage, settings: Mapping[str, Any]) -> str:
    """Return the message's link, absolute under the deployment's address."""
    site = str(settings.get("site", "")).rstrip("/")
    return site + message.link if message.link.startswith("/") else message.link


def encoded(content: Mapping[str, Any]) -> bytes:
    """Return JSON as it is posted."""
    return json.dumps(content, ensure_ascii=False).encode()


def setting(settings: Mapping[str, Any], name: str, who: str) -> str:
    """Return a setting that must be there. Raises OutgoingFault (not tried again)."""
    value = str(settings.get(name, "") or "")
    if not value:
        raise OutgoingFault(f"{who}: {name} is missing in the settings", retry=False)
    return value


def address_of(message: OutgoingMessage, kind: str) -> str:
    """Return the receiver's address of a kind. Raises OutgoingFault when it is another."""
    prefix = f"{kind}:"
    if not message.to.startswith(prefix):
        raise OutgoingFault(f"this gateway reaches people by {kind} only", retry=False)
    return message.to.removeprefix(prefix)


def host_of(settings: Mapping[str, Any], usual: str = "") -> str:
    """Return scheme and host of a platform: https unless the settings say otherwise."""
    host = str(settings.get("host", "") or usual).rstrip("/")
    return host if "://" in host else f"https://{host}"


def shortened(text: str, most_bytes: int) -> str:
    """Return a text that is at most so many bytes in UTF-8."""
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: most_bytes - 3].decode(errors="ignore") + "…"
