"""SMS through Tencent Cloud (腾讯云短信): SendSms, version 2021-01-11.

Requests are signed after TC3-HMAC-SHA256 under a key derived of the SecretKey, day and
service. The business id goes along as `SessionContext`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import encoded, host_of, parsed, setting
from haochaping.delivery.gateways import Send
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.raters import NUMBER
from haochaping.delivery.sms_templates import filled
from haochaping.hooks.services import OutgoingMessage

HOST: Final = "https://sms.tencentcloudapi.com"
ACTION, VERSION, ALGORITHM, SERVICE = "SendSms", "2021-01-11", "TC3-HMAC-SHA256", "sms"
REGION: Final = "ap-guangzhou"
BUSY: Final = ("LimitExceeded", "RequestLimitExceeded", "InternalError", "FailedOperation.Timeout")
_TYPE: Final = "application/json; charset=utf-8"
_WHO: Final = "Tencent Cloud SMS"


def make(settings: Mapping[str, Any], http: Outgoing) -> Send:
    """Return the sender for `key_id`, `app_id`, `secret`, `templates`; optionally `region`."""

    def send(message: OutgoingMessage) -> str:
        if not message.to.startswith(NUMBER):
            raise OutgoingFault("an SMS goes to a telephone number only", retry=False)
        body = encoded(content(message, settings))
        host = host_of(settings, HOST)
        named = headers(urlsplit(host).netloc, body, settings, http.clock.now())
        return _reference(parsed(http.post(f"{host}/", body, named).body, _WHO))

    return send


def content(message: OutgoingMessage, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what SendSms is asked with. Raises OutgoingFault when no template fits."""
    text = filled(settings.get("templates", ()), message.body.into("zh_Hans_CN"))
    return {
        "PhoneNumberSet": ["+86" + message.to.removeprefix(NUMBER)],
        "SmsSdkAppId": setting(settings, "app_id", _WHO),
        "SignName": setting(settings, "signature", _WHO),
        "TemplateId": text.id,
        "TemplateParamSet": [value for _, value in text.values],
        "SessionContext": message.business_id,
    }


def headers(host: str, body: bytes, settings: Mapping[str, Any], at: datetime) -> Mapping[str, str]:
    """Return the headers of a signed request."""
    stamp, day = str(int(at.timestamp())), at.strftime("%Y-%m-%d")
    scope = f"{day}/{SERVICE}/tc3_request"
    signed = f"content-type:{_TYPE}\nhost:{host}\nx-tc-action:{ACTION.lower()}\n"
    names = "content-type;host;x-tc-action"
    canonical = "\n".join(("POST", "/", "", signed, names, hashlib.sha256(body).hexdigest()))
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, stamp, scope, hashed))
    found = hmac.new(_key(setting(settings, "secret", _WHO), day), text.encode(), hashlib.sha256)
    credential = f"{setting(settings, 'key_id', _WHO)}/{scope}"
    return {
        "Authorization": f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, "
        f"Signature={found.hexdigest()}",
        "Content-Type": _TYPE,
        "X-TC-Action": ACTION,
        "X-TC-Region": str(settings.get("region", REGION)),
        "X-TC-Timestamp": stamp,
        "X-TC-Version": VERSION,
    }


def _key(secret: str, day: str) -> bytes:
    """Return the key of a day: derived step by step as TC3 states."""
    key = f"TC3{secret}".encode()
    for part in (day, SERVICE, "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


def _reference(answer: Mapping[str, Any]) -> str:
    found = answer.get("Response", {})
    status: Mapping[str, Any] = next(iter(found.get("SendStatusSet", ())), {})
    code = str(found.get("Error", {}).get("Code", "") or status.get("Code", ""))
    if code == "Ok":
        return str(status.get("SerialNo", ""))[:100]
    raise OutgoingFault(f"{_WHO} answered {code[:60]}", retry=code.startswith(BUSY))
