"""The identity providers that plugins contribute, each made on first use and called guarded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import urlsplit

from haochaping.containment import contained
from haochaping.hooks.deployment import IdentityProvider
from haochaping.hooks.identity import (
    Arrival,
    Departure,
    HttpClient,
    IdentityRefused,
    ProvenIdentity,
    ProviderSettings,
    SignInProvider,
)
from haochaping.hooks.values import Words
from haochaping.logs import log
from haochaping.problems import Problem

Factory = Callable[[ProviderSettings, HttpClient], SignInProvider]
Value = TypeVar("Value")

SUBJECT_MAX: Final = 255


class NoSuchProvider(Problem):
    """No plugin offers this way to sign in."""

    code = "HCP-NO-SUCH-PROVIDER"
    status = 404
    title = Words("没有这种登录方式", "There is no such way to sign in")


class ProviderUnavailable(Problem):
    """The provider could not be asked, or answered what was not agreed."""

    code = "HCP-PROVIDER-UNAVAILABLE"
    status = 503
    title = Words(
        "该登录方式暂时无法使用，请稍后再试或使用密码登录",
        "This way to sign in does not work at the moment: try again later or use the password",
    )


class IdentityNotProven(Problem):
    """The provider proved nobody; `detail` says why."""

    code = "HCP-IDENTITY-NOT-PROVEN"
    status = 401
    title = Words("未能确认您的身份", "It could not be confirmed who you are")


class Providers:
    """Identity providers by name."""

    def __init__(
        self,
        client: HttpClient,
        settings: Mapping[str, ProviderSettings],
        load: Callable[[str], Factory],
        contributed: Iterable[IdentityProvider] = (),
    ) -> None:
        """Take the way out, settings by provider, and the plugins' providers.

        `load` imports a factory named as `package.module:function`.
        """
        self._client = client
        self._settings = settings
        self._load = load
        self._specs = {spec.name: spec for spec in contributed}
        self._made: dict[str, SignInProvider] = {}

    @property
    def offered(self) -> tuple[IdentityProvider, ...]:
        """The providers in plugin order."""
        return tuple(self._specs.values())

    def spec(self, name: str) -> IdentityProvider:
        """Return a provider's spec. Raises NoSuchProvider."""
        if name not in self._specs:
            raise NoSuchProvider()
        return self._specs[name]

    def depart(self, name: str, departure: Departure) -> str:
        """Return where to send the browser. Raises NoSuchProvider or ProviderUnavailable."""
        return self._asked(name, "depart", lambda one: _address(one.depart(departure)))

    def arrive(self, name: str, arrival: Arrival) -> ProvenIdentity:
        """Return who came back.

        Raises NoSuchProvider, ProviderUnavailable, or IdentityNotProven with the reason.
        """
        return self._asked(name, "arrive", lambda one: _proven(one.arrive(arrival)))

    def _asked(self, name: str, what: str, ask: Callable[[SignInProvider], Value]) -> Value:
        spec = self.spec(name)
        result = contained(f"{name}.{what}", lambda: ask(self._provider(spec)))
        if isinstance(result.error, IdentityRefused):
            raise IdentityNotProven(result.error.why)
        if result.error is not None:
            log("provider.failed", provider=name, call=what, error=result.message)
            raise ProviderUnavailable() from result.error
        return result.unwrap()

    def _provider(self, spec: IdentityProvider) -> SignInProvider:
        made = self._made.get(spec.name)
        if made is None:
            settings = self._settings.get(spec.name, MappingProxyType({}))
            made = partial(self._load(spec.factory), settings, self._client)()
            self._made[spec.name] = made
        return made


def _address(url: object) -> str:
    parts = urlsplit(url) if isinstance(url, str) and url.isprintable() else None
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("depart must return an http(s) address")
    return str(url)


def _proven(found: object) -> ProvenIdentity:
    if not isinstance(found, ProvenIdentity) or not 0 < len(found.subject) <= SUBJECT_MAX:
        raise ValueError(f"arrive must return an identity with a subject of 1 to {SUBJECT_MAX}")
    return found
