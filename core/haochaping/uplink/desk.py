"""What the exchange works with, put together once by the deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from haochaping.access.vault import Vault
from haochaping.clock import Clock
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.hooks.deployment import PayloadCrypto, TicketGateway, UplinkDialect
from haochaping.hooks.exchange import Crypto, Dialect, DialectSettings, TicketSystem
from haochaping.hooks.identity import HttpClient
from haochaping.hooks.values import Words
from haochaping.journal import Emit, EmitMany
from haochaping.plugins.calls import Hooks
from haochaping.plugins.references import load
from haochaping.problems import Problem
from haochaping.profile.exchanging import UplinkRules
from haochaping.profile.nearest import nearest
from haochaping.rectification.context import Context
from haochaping.store import Store
from haochaping.uplink import signing

UPPER: Final = "upper"
"""The target that stands for the next platform."""

DIALECTS: Final = (
    UplinkDialect(
        "haochaping", Words("haochaping", "haochaping"), "haochaping.uplink.own_dialect:make"
    ),
    UplinkDialect(
        "national", Words("国家平台字段", "National fields"), "haochaping.uplink.national:make"
    ),
)
GATEWAYS: Final = (
    TicketGateway("http", Words("HTTP 工单接口", "HTTP tickets"), "haochaping.uplink.hotline:make"),
    TicketGateway("folder", Words("文件交换", "Files"), "haochaping.uplink.folder:make"),
)
"""What is always there beside what plugins contribute."""

Secret = Callable[[str], str]
"""Returns the secret of a name, empty when there is none."""

Named = TypeVar("Named", UplinkDialect, PayloadCrypto, TicketGateway)


class ExchangeSettings(Problem):
    """The profile or the settings name a dialect, crypto or gateway that is not there."""

    code = "HCP-EXCHANGE-SETTINGS"
    status = 500
    title = Words("上下级对接的设置有误", "The settings of the exchange cannot be used")
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A system that hands tickets in: its gateway's name, its settings, whether it is asked."""

    name: str
    title: str
    pull: bool
    system: Callable[[], TicketSystem] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Store, clock, rules and the makers of dialects, crypto and gateways.

    `code` is the jurisdiction's, by which others know this platform. `home` is the
    deployment's folder.
    """

    store: Store
    clock: Clock
    zone: ZoneInfo
    code: str
    rules: UplinkRules
    desk: Desk
    intake: Intake
    cases: Context
    vault: Vault
    emit: Emit
    emit_many: EmitMany
    http: HttpClient
    hooks: Hooks
    secret: Secret = field(repr=False)
    upper_url: str = ""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    home: Path = Path()

    def __post_init__(self) -> None:
        """Raise ExchangeSettings when a name is unknown: a deployment must not start with it."""
        for names in (self.rules.dialect, self.rules.receive.dialect):
            self._named("uplink_dialects", DIALECTS, names)
        for names in (self.rules.crypto, self.rules.receive.crypto):
            self._named("payload_crypto", signing.CORE, names)
        for one in self.settings.values():
            self._named("ticket_gateways", GATEWAYS, one["gateway"])

    @property
    def sends(self) -> bool:
        """True when there is a next platform."""
        return bool(self.upper_url)

    @property
    def targets(self) -> tuple[str, ...]:
        """Whom something is sent to: the next platform and the sources of tickets."""
        return ((UPPER,) if self.sends else ()) + tuple(self.settings)

    def dialect(self) -> Dialect:
        """Return the language of the next platform."""
        return self._dialect(self.rules.dialect, self.rules.channels)

    def receiving_dialect(self) -> Dialect:
        """Return the language that lower platforms speak."""
        return self._dialect(self.rules.receive.dialect, self.rules.receive.channels)

    def crypto(self) -> Crypto:
        """Return what signs for the next platform."""
        return self._crypto(self.rules.crypto, "uplink-sign")

    def receiving_crypto(self, sender: str) -> Crypto:
        """Return what checks the messages of a lower platform."""
        return self._crypto(self.rules.receive.crypto, f"exchange-{sender}")

    def source(self, name: str) -> Source | None:
        """Return a source of tickets, None when the settings have none of this name."""
        given = self.settings.get(name)
        if given is None:
            return None
        spec, config = self._named("ticket_gateways", GATEWAYS, given["gateway"])

        def system() -> TicketSystem:
            secret = self.secret(f"source-{name}")
            settings = {**config, **given, "secret": secret, "home": str(self.home)}
            made: TicketSystem = load(spec.factory)(settings, self.http)
            return made

        title = str(given.get("title", "")) or name
        return Source(name, title, bool(given.get("pull", False)), system)

    def _dialect(self, name: str, channels: Mapping[str, str]) -> Dialect:
        spec, config = self._named("uplink_dialects", DIALECTS, name)
        made: Dialect = load(spec.factory)(DialectSettings(self.zone.key, channels, config))
        return made

    def _crypto(self, name: str, secret: str) -> Crypto:
        spec, config = self._named("payload_crypto", signing.CORE, name)
        made: Crypto = load(spec.factory)(self.secret(secret).encode(), config)
        return made

    def _named(
        self, hook: str, core: Iterable[Named], name: str
    ) -> tuple[Named, Mapping[str, Any]]:
        found: dict[str, tuple[Named, Mapping[str, Any]]] = {one.name: (one, {}) for one in core}
        for plugin, one in self.hooks.contributions(hook):
            found[one.name] = (one, self.hooks.plugin(plugin).config)
        if name not in found:
            raise ExchangeSettings(_unknown(hook, name, sorted(found)))
        return found[name]


def _unknown(hook: str, name: str, known: Sequence[str]) -> Words:
    """Return that nobody brings a name, which there are, and the one that resembles it."""
    listed, close = ", ".join(known), nearest(name, known)
    zh, en = (f"；是否想写：{close}", f"; did you mean: {close}") if close else ("", "")
    return Words(
        f"没有名为“{name}”的 {hook}；可用：{listed}{zh}",
        f"{hook}: there is no “{name}”; known: {listed}{en}",
    )
