"""Values of identity providers: what a plugin gets and answers when somebody proves who they are.

The core knows no protocol. It makes `state`, `nonce` and the PKCE verifier, keeps them for one
attempt of one browser, and asks the provider twice: where to send the browser, and who came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from haochaping.hooks.values import Words


class IdentityRefused(Exception):
    """What came back proves nobody; `why` is said to the person at the browser."""

    def __init__(self, why: Words) -> None:
        self.why = why
        super().__init__(why.en or why.zh)


class Answer(Protocol):
    """What the other side answered with a status of 200 to 299."""

    @property
    def body(self) -> bytes:
        """The body."""
        ...


class HttpClient(Protocol):
    """The deployment's one way out: allowed hosts, checked addresses, no redirects."""

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Get a URL. Raises an exception when it is not allowed or not answered."""
        ...

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body. Raises an exception when it is not allowed or not answered."""
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """One attempt to prove who one is, before the browser leaves.

    `redirect_uri` is where the provider sends the browser back to, with `state` in its query.
    `nonce` must come back inside what the provider signs. `code_challenge` is the S256
    challenge of RFC 7636.
    """

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    language: str
    """Language of the page that was left, for example `zh_Hans_CN`."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The browser that came back; the core has already found `state` to be its own."""

    redirect_uri: str
    query: Mapping[str, str] = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Who came back.

    `subject` is the provider's own lasting identifier, never used again for somebody else.
    """

    subject: str = field(repr=False)
    name: str = field(default="", repr=False)
    """A display name, shown when an account is about to be bound."""
    second_factor: bool = False
    """The provider saw a second factor (a code, a card, a face) in this very sign-in."""


class SignInProvider(Protocol):
    """What the factory of an `IdentityProvider` makes."""

    def depart(self, departure: Departure) -> str:
        """Return the http(s) address that the browser is sent to."""
        ...

    def arrive(self, arrival: Arrival) -> ProvenIdentity:
        """Return who came back. Raises IdentityRefused with the reason in words."""
        ...


ProviderSettings = Mapping[str, Any]
"""What a provider is made of: the plugin's configuration, `site` (the deployment's address) and
`secret` (from `secrets/<provider>.secret` or HAOCHAPING_SECRET_<PROVIDER>, empty if neither)."""
