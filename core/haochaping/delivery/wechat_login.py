"""Learning a rater's openid: WeChat's page authorization with the scope `snsapi_base`.

The scope shows no page of its own and gives the openid only: no name, no picture, no number.
Our own page has asked for consent before. The code that comes back is used once, by WeChat's
own rule, and exchanged over the deployment's client (allow-list, no redirects).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.answers import host_of, parsed, require_zero, setting
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.outgoing import Outgoing
from haochaping.delivery.wechat import BUSY, HOST

AUTHORIZE: Final = "https://open.weixin.qq.com"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{8,128}")
_OPENID: Final = re.compile(r"[A-Za-z0-9_-]{6,64}")
_WHO: Final = "WeChat"
_KINDS: Final = ("wechat_subscription", "wechat_template")


@dataclass(frozen=True, slots=True)
class WechatLogin:
    """The WeChat account through which raters may be told, and its client."""

    gateway: str
    settings: Mapping[str, Any] = field(repr=False)
    http: Outgoing

    def departure(self, back: str, state: str) -> str:
        """Return the address that the browser goes to; it comes back to `back` with a code."""
        query = urlencode(
            {
                "appid": setting(self.settings, "app_id", _WHO),
                "redirect_uri": back,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
            }
        )
        host = str(self.settings.get("authorize", "") or AUTHORIZE).rstrip("/")
        return f"{host}/connect/oauth2/authorize?{query}#wechat_redirect"

    def openid(self, code: str) -> str:
        """Return the openid that a code stands for. Raises OutgoingFault."""
        if not _CODE.fullmatch(code):
            raise OutgoingFault("that is no code of WeChat", retry=False)
        query = urlencode(
            {
                "appid": setting(self.settings, "app_id", _WHO),
                "secret": setting(self.settings, "secret", _WHO),
                "code": code,
                "grant_type": "authorization_code",
            }
        )
        url = f"{host_of(self.settings, HOST)}/sns/oauth2/access_token?{query}"
        answer = parsed(self.http.get(url, {}).body, _WHO)
        require_zero(answer, _WHO, BUSY)
        found = str(answer.get("openid", ""))
        if not _OPENID.fullmatch(found):
            raise OutgoingFault(f"{_WHO} gave no openid", retry=False)
        return found


def offered(gateways: Gateways) -> WechatLogin | None:
    """Return the account that the settings open to raters (`raters: true`), None without one."""
    for name in sorted(gateways.names):
        settings, http = gateways.connection(name)
        if settings.get("kind") in _KINDS and settings.get("raters") is True:
            return WechatLogin(name, settings, http)
    return None
