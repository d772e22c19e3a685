"""SMS through Alibaba Cloud (阿里云短信服务): SendSms, version 2017-05-25.

Requests are signed after ACS3-HMAC-SHA256: over the canonical request (method, path, query,
headers, hash of the body) under the AccessKey Secret. The business id goes along as `OutId`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import host_of, parsed, setting
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.raters import NUMBER
from haochaping.delivery.sms_templates import filled
from haochaping.hooks.services import OutgoingMessage
from haochaping.ids import random_code

HOST: Final = "https://dysmsapi.aliyuncs.com"
ACTION, VERSION, ALGORITHM = "SendSms", "2017-05-25", "ACS3-HMAC-SHA256"
BUSY: Final = ("Throttling", "isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "ServiceUnavailable")
_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_WHO: Final = "Alibaba Cloud SMS"


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for `key_id`, `secret`, `templates`; optionally `host`, `signature`."""

    def send(message: OutgoingMessage) -> str:
        if not message.to.startswith(NUMBER):
            raise OutgoingFault("an SMS goes to a telephone number only", retry=False)
        query = _query(parameters(message, settings))
        host = host_of(settings, HOST)
        named = headers(urlsplit(host).netloc, query, settings, http.clock.now())
        return _reference(parsed(http.post(f"{host}/?{query}", b"", named).body, _WHO))

    return send


def parameters(message: OutgoingMessage, settings: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what SendSms is asked with. Raises OutgoingFault when no template fits."""
    text = filled(settings.get("templates", ()), message.body.into("zh_Hans_CN"))
    return {
        "PhoneNumbers": message.to.removeprefix(NUMBER),
        "SignName": setting(settings, "signature", _WHO),
        "TemplateCode": text.id,
        "TemplateParam": json.dumps(dict(text.values), ensure_ascii=False),
        "OutId": message.business_id,
    }


def headers(host: str, query: str, settings: Mapping[str, Any], at: datetime) -> Mapping[str, str]:
    """Return the headers of a signed request without a body."""
    signed = {
        "host": host,
        "x-acs-action": ACTION,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": random_code(26),
        "x-acs-version": VERSION,
    }
    key_id = setting(settings, "key_id", _WHO)
    found = signature(setting(settings, "secret", _WHO), query, signed)
    names = ";".join(sorted(signed))
    told = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={found}"
    return {**{n: v for n, v in signed.items() if n != "host"}, "Authorization": told}


def signature(secret: str, query: str, signed: Mapping[str, str]) -> str:
    """Return the signature of a POST of nothing to `/` with a query and headers."""
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = "\n".join(("POST", "/", query, lines, ";".join(sorted(signed)), _EMPTY))
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _query(values: Mapping[str, str]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(values.items()))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _reference(answer: Mapping[str, Any]) -> str:
    code = str(answer.get("Code", ""))
    if code == "OK":
        return str(answer.get("BizId", ""))[:100]
    raise OutgoingFault(f"{_WHO} answered {code[:60]}", retry=code.startswith(BUSY))
