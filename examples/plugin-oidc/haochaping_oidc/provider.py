"""The authorization code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from haochaping.hooks.identity import (
    Arrival,
    Departure,
    HttpClient,
    IdentityRefused,
    ProvenIdentity,
    ProviderSettings,
)
from haochaping.hooks.values import Words
from haochaping_oidc.tokens import BadToken, Claims, verified

CANCELLED: Final = Words("您取消了登录", "You cancelled the sign-in")
REFUSED: Final = Words("对方系统没有同意登录", "The other side did not agree to sign you in")
UNSIGNED: Final = Words(
    "对方系统的身份凭证不可信，请联系管理员",
    "The proof from the other side cannot be trusted: tell your administrator",
)


@dataclass
class OidcProvider:
    """One OpenID Connect provider; its discovery document is read with the first sign-in."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    second_factor: frozenset[str]
    client: HttpClient
    found: dict[str, Any] = field(default_factory=dict)

    def depart(self, departure: Departure) -> str:
        """Return the authorization address."""
        query = {
            "response_type": "code",
            "scope": "openid profile",
            "client_id": self.client_id,
            "redirect_uri": departure.redirect_uri,
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": departure.code_challenge,
            "code_challenge_method": "S256",
            "ui_locales": departure.language.split("_")[0],
        }
        return f"{self._discovered()['authorization_endpoint']}?{urlencode(query)}"

    def arrive(self, arrival: Arrival) -> ProvenIdentity:
        """Exchange the code for an id_token and check it. Raises IdentityRefused."""
        refused = arrival.query.get("error")
        if refused:
            raise IdentityRefused(CANCELLED if refused == "access_denied" else REFUSED)
        if arrival.query.get("iss", self.issuer) != self.issuer:  # RFC 9207
            raise IdentityRefused(UNSIGNED)
        token = self._exchange(arrival).get("id_token", "")
        wanted = Claims(self.issuer, self.client_id, arrival.nonce, arrival.at)
        try:
            claims = verified(token, self._keys(), wanted)
        except BadToken as bad:
            raise IdentityRefused(UNSIGNED) from bad
        methods = claims.get("amr", [])
        seen = isinstance(methods, list) and bool(self.second_factor.intersection(methods))
        return ProvenIdentity(str(claims["sub"]), str(claims.get("name", "")), seen)

    def _exchange(self, arrival: Arrival) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": arrival.query.get("code", ""),
            "redirect_uri": arrival.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": arrival.code_verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | self._basic()
        url = self._discovered()["token_endpoint"]
        answer = self.client.post(url, urlencode(form).encode(), headers)
        return dict(json.loads(answer.body))

    def _basic(self) -> dict[str, str]:
        if not self.secret:
            return {}
        pair = f"{quote(self.client_id, '')}:{quote(self.secret, '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def _keys(self) -> list[dict[str, Any]]:
        answer = self.client.get(self._discovered()["jwks_uri"], {"Accept": "application/json"})
        return list(json.loads(answer.body)["keys"])

    def _discovered(self) -> dict[str, Any]:
        if not self.found:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = json.loads(self.client.get(url, {"Accept": "application/json"}).body)
            if found.get("issuer") != self.issuer:
                raise ValueError("the discovery document is another issuer's")
            self.found = found
        return self.found


def make(settings: ProviderSettings, client: HttpClient) -> OidcProvider:
    """Return the provider of the plugin's configuration."""
    return OidcProvider(
        issuer=settings["issuer"],
        client_id=settings["client_id"],
        secret=settings["secret"],
        second_factor=frozenset(settings["second_factor"]),
        client=client,
    )
