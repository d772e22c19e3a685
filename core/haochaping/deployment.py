"""One configured instance: profile, plugins, store, keys and clock, assembled."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping import background, bulletining, flow, import_kinds, renewing
from haochaping.access.providers import Providers
from haochaping.access.vault import Vault
from haochaping.adapters import CaseTexts, Counts
from haochaping.bulletins.working import Work
from haochaping.channels import incoming
from haochaping.channels.sms_desk import SmsDesk
from haochaping.clock import Clock, SystemClock
from haochaping.crypto import Keyring
from haochaping.delivery import addresses, messages
from haochaping.delivery.gateways import SMS, WEBHOOK, Gateways
from haochaping.delivery.kinds import KINDS
from haochaping.delivery.outgoing import Limits, Outgoing
from haochaping.disclosing import Disclosing, Kept
from haochaping.evaluation.codes import Signer
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.opinions import COMPREHENSIVE
from haochaping.evaluation.rules import IntakeRules
from haochaping.grading.context import CountingRules
from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.values import Duration, Words
from haochaping.jobs import Handler, Periodic
from haochaping.journal import Journal
from haochaping.opendata.packages import Packer, Publisher
from haochaping.opendata.rows import Source
from haochaping.operating import own_key, upgrading
from haochaping.operating.meters import Meters
from haochaping.operating.receipts import ReceiptJournal
from haochaping.plugins import Hooks, PluginManager
from haochaping.plugins.references import load as load_reference
from haochaping.profile import Profile
from haochaping.rectification.context import Context
from haochaping.renewing import Ground
from haochaping.rulebook import read_profile
from haochaping.services import Late, PluginServices
from haochaping.settings import (
    HOME_VARIABLE,
    Secrets,
    Settings,
    SettingsRefused,
    plugin_manager,
    read_secret,
    read_secrets,
    read_settings,
    unknown_kind,
)
from haochaping.store import Store, StoreUnavailable, migrating
from haochaping.uplink.desk import Exchange
from haochaping.worktime import Calendar, Deadline

_EMPTY: Final = Words(
    "数据库是空的。新部署请运行 haochaping migrate；否则原来的数据库不在这里"
    "（磁盘没有挂上，或 database 写错了）：不要运行 migrate，先找回它",
    "the database is empty. For a new deployment run haochaping migrate; otherwise its database"
    " is elsewhere (a disk not mounted, a wrong `database`): do not migrate, bring it back first",
)
_EXCHANGE_LIMITS: Final = Limits(read_seconds=60.0, total_seconds=120.0, body_bytes=1_000_000)


@dataclass(frozen=True)
class Deployment:
    """Everything that one instance works with; made by `Deployment.open`."""

    settings: Settings
    secrets: Secrets
    profile: Profile
    store: Store
    clock: Clock
    calendar: Calendar
    hooks: Hooks
    journal: Journal
    vault: Vault
    desk: Desk
    intake: Intake
    invitations: Inviter
    rectification: Context
    case_counts: Counts
    disclosing: Disclosing
    gateways: Gateways
    providers: Providers
    receipts: ReceiptJournal
    meters: Meters
    exchange: Exchange
    manager: PluginManager
    written: Profile
    """The profile as its files say; `profile` has the changes that stand laid over it."""
    replica: Store | None = None
    changes: tuple[int, ...] = ()  # ids of the stored changes that `profile` holds

    @classmethod
    def open(
        cls, home: Path | None = None, *, clock: Clock | None = None, checked: bool = True
    ) -> Deployment:
        """Assemble the deployment in `home`, or at `HAOCHAPING_HOME`.

        `checked` refuses tables that do not fit the code, and lays the changes that stand over
        the profile. Raises SettingsRefused, ProfileError, DeploymentRefused, StoreUnavailable.
        """
        settings = read_settings(home or home_of_environment())
        secrets = read_secrets(settings.home)
        deployment = assemble(settings, secrets, clock or SystemClock())
        with ExitStack() as refused:
            refused.callback(deployment.close)
            if checked:
                deployment.require_migrated()
                deployment.require_own_key()
                deployment = renewing.up_to_date(deployment)
            refused.pop_all()
        return deployment

    def by_profile(self, profile: Profile, changes: tuple[int, ...]) -> Deployment:
        """Return this deployment by other rules: the same database, keys, files and clock.

        Raises DeploymentRefused when the plugins cannot work by them.
        """
        late = Late()
        hooks = self.manager.assemble(profile, partial(PluginServices, late))
        hooks.timed_by(self.clock)
        ground = Ground(self.store, self.replica, self.receipts, self.meters)
        parts = _Assembly(self.settings, self.secrets, self.clock, profile, hooks, self.manager)
        built = replace(parts.build(ground), written=self.written, changes=changes)
        late.fill(built)
        return built

    @property
    def home(self) -> Path:
        """The deployment's folder."""
        return self.settings.home

    @property
    def keyring(self) -> Keyring:
        """The deployment's keys."""
        return self.secrets.keyring

    @property
    def zone(self) -> ZoneInfo:
        """The jurisdiction's time zone."""
        return self.calendar.zone

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers of all jobs by kind."""
        return background.handlers(self)

    @property
    def periodic(self) -> tuple[Periodic, ...]:
        """All periodic work."""
        return background.periodic(self)

    @property
    def packer(self) -> Packer:
        """What makes the packages of open data."""
        profile = self.profile
        publisher = Publisher(
            code=profile.jurisdiction.code,
            place=profile.jurisdiction.name,
            by=profile.rules.privacy.controller,
            rules=profile.rules.disclosure.open_data,
            profile_digest=profile.digest,
        )
        return Packer(Source(self.disclosing.boards, self.case_counts.notes), publisher)

    @property
    def bulletins(self) -> Work:
        """What drafts, moves along and writes the bulletins."""
        return bulletining.work_of(self)

    @property
    def texting(self) -> SmsDesk:
        """What asking and answering by SMS work with."""
        return SmsDesk(
            store=self.store,
            intake=self.intake,
            inviter=self.invitations,
            vault=self.vault,
            rules=self.profile.rules.channels.sms,
            emit=self.journal.emit,
            site=self.settings.base_url,
        )

    def receiver(self, name: str) -> incoming.Receive | None:
        """Return the reader of an SMS platform's replies, None when there is none of this name."""
        key = {"key": self.secrets.sms_key}
        if name == incoming.STANDARD:
            return incoming.make(key)
        for plugin, one in self.hooks.contributions("message_receivers"):
            if one.name == name:
                found: incoming.Receive = load_reference(one.factory)(
                    {**self.hooks.plugin(plugin).config, **key}
                )
                return found
        return None

    def duties(self) -> tuple[background.Duty, ...]:
        """Return what the worker does again and again."""
        return background.duties(self)

    def migration_lines(self) -> tuple[migrating.Line, ...]:
        """Return the lines of migrations: the core's and each plugin's own."""
        contributed = self.hooks.contributions("database_tables")
        plugins = (migrating.Line(name, tables.migrations) for name, tables in contributed)
        return (migrating.CORE, *plugins)

    def require_migrated(self) -> None:
        """Raise SettingsRefused when the code cannot work with the tables as they are.

        It can when a newer version has only added to them, or when all that is left to be done
        is to take away what it no longer uses.
        """
        with self.store.read() as conn:
            if migrating.is_empty(conn):
                raise SettingsRefused(_EMPTY)
        states = migrating.states(self.store, self.migration_lines())
        pending = [state.line.name for state in states if state.required]
        newer = [state for state in states if state.newer]
        if newer:
            with self.store.read() as conn:
                pending += upgrading.taken_away(conn, newer)
        if pending:
            names = ", ".join(pending)
            raise SettingsRefused(
                Words(
                    f"数据库表需要升级（{names}）。请运行：haochaping migrate",
                    f"the tables of {names} are not up to date; run: haochaping migrate",
                )
            )

    def require_own_key(self) -> None:
        """Raise SettingsRefused when the master key is not that of this database."""
        with self.store.read() as conn:
            if not own_key.fits(conn, self.keyring):
                raise SettingsRefused(own_key.WRONG)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction for public pages: on the replica, on the database when it is away.

        What it shows may be some moments old. Raises StoreUnavailable.
        """
        with ExitStack() as stack:
            conn = None
            if self.replica is not None:
                with suppress(StoreUnavailable):
                    conn = stack.enter_context(self.replica.read())
            yield stack.enter_context(self.store.read()) if conn is None else conn

    def readable(self) -> Store:
        """Return the replica if it answers, else the database itself.

        For public pages that read several times and must see one and the same database.
        """
        if self.replica is not None:
            with suppress(StoreUnavailable), self.replica.read():
                return self.replica
        return self.store

    def close(self) -> None:
        """Close the connections to the databases, and end plugins' own processes."""
        self.hooks.close()
        self.store.close()
        if self.replica is not None:
            self.replica.close()


@contextmanager
def open_deployment(home: Path | None = None, *, checked: bool = True) -> Iterator[Deployment]:
    """Open a deployment for the length of a block. Raises like `Deployment.open`."""
    deployment = Deployment.open(home, checked=checked)
    try:
        yield deployment
    finally:
        deployment.close()


def home_of_environment() -> Path:
    """Return the folder that `HAOCHAPING_HOME` names. Raises SettingsRefused."""
    named = os.environ.get(HOME_VARIABLE)
    if not named:
        raise SettingsRefused(
            Words(f"请设置环境变量 {HOME_VARIABLE}", f"set the variable {HOME_VARIABLE}")
        )
    return Path(named)


def assemble(
    settings: Settings,
    secrets: Secrets,
    clock: Clock,
    *,
    profile: Profile | None = None,
    manager: PluginManager | None = None,
) -> Deployment:
    """Put a deployment together; tests hand in their own profile or plugins."""
    import_kinds.register()
    plugins = manager or plugin_manager(settings.home)
    home, production = settings.home, settings.production
    found = profile or read_profile(plugins, settings.profile, home, production=production)
    late = Late()
    hooks = plugins.assemble(found, partial(PluginServices, late))
    hooks.timed_by(clock)
    parts = _Assembly(settings, secrets, clock, found, hooks, plugins)
    deployment = parts.build(Ground.of(settings))
    late.fill(deployment)
    return deployment


@dataclass(frozen=True)
class _Assembly:
    """The parts that the rest is made of, in the order of the floors."""

    settings: Settings
    secrets: Secrets
    clock: Clock
    profile: Profile
    hooks: Hooks
    manager: PluginManager

    def build(self, ground: Ground) -> Deployment:
        """Return the deployment."""
        rules, store = self.profile.rules, ground.store
        calendar = Calendar.load(rules.calendar, deployment_dir=self.settings.home)
        vault, journal = Vault(self.secrets.keyring), Journal()
        texts = CaseTexts(vault, self.clock)
        desk = self._desk(store, calendar, journal)
        cases = self._cases(calendar, texts, journal)
        counting, counts = CountingRules.of(rules), Counts(self.clock, calendar.zone)
        kept = Kept(texts, partial(_due, calendar))
        shown = Disclosing.of(self.profile, self.hooks, journal, counts, kept)
        intake = Intake(desk, acknowledged=ground.receipts.receipt)
        journal.follow(flow.steps(flow.Rooms(desk, counting, cases, shown, rules.channels)))
        return Deployment(
            settings=self.settings,
            secrets=self.secrets,
            profile=self.profile,
            store=store,
            clock=self.clock,
            calendar=calendar,
            hooks=self.hooks,
            journal=journal,
            vault=vault,
            desk=desk,
            intake=intake,
            receipts=ground.receipts,
            replica=ground.replica,
            meters=ground.meters,
            manager=self.manager,
            written=self.profile,
            invitations=Inviter(desk.signer, desk.rules),
            rectification=cases,
            case_counts=counts,
            disclosing=shown,
            gateways=self._gateways(),
            providers=self._providers(),
            exchange=self._exchange(intake, cases, journal, vault),
        )

    def _desk(self, store: Store, calendar: Calendar, journal: Journal) -> Desk:
        keyring, channels = self.secrets.keyring, self.hooks.contribute("evaluation_channels")
        return Desk(
            store=store,
            clock=self.clock,
            keyring=keyring,
            hooks=self.hooks,
            rules=IntakeRules.of(self.profile.rules, channels),
            signer=Signer.of(keyring, self.settings.link_keys),
            emit=journal.emit,
            emit_many=journal.emit_many,
            due=partial(_due, calendar),
        )

    def _cases(self, calendar: Calendar, texts: CaseTexts, journal: Journal) -> Context:
        rules = self.profile.rules
        opens = rules.channels.comprehensive.open_cases
        return Context(
            rules=rules.rectification,
            bad_grades=rules.scale.bad_grades,
            calendar=calendar,
            zone=calendar.zone,
            opens_at=rules.calendar.working_hours[0][0],
            questions=self.hooks,
            vault=texts,
            notify=messages.queue,
            emit=journal.emit,
            opinion_kinds=frozenset({COMPREHENSIVE} if opens else ()),
            site=self.settings.base_url,
        )

    def _exchange(self, intake: Intake, cases: Context, journal: Journal, vault: Vault) -> Exchange:
        return Exchange(
            store=intake.desk.store,
            clock=self.clock,
            zone=cases.zone,
            code=self.profile.jurisdiction.code,
            rules=self.profile.rules.uplink,
            desk=intake.desk,
            intake=intake,
            cases=cases,
            vault=vault,
            emit=journal.emit,
            emit_many=journal.emit_many,
            http=replace(self._outgoing(), limits=_EXCHANGE_LIMITS),
            hooks=self.hooks,
            secret=partial(read_secret, self.settings.home),
            upper_url=self.settings.upper_url,
            settings=self.settings.sources,
            home=self.settings.home,
        )

    def _outgoing(self) -> Outgoing:
        settings = self.settings
        rules = addresses.Rules(
            hosts=frozenset(settings.allow_hosts),
            networks=tuple(map(ip_network, settings.networks)),
            loopback=settings.allow_loopback,
        )
        return Outgoing(rules, self.clock)

    def _gateways(self) -> Gateways:
        settings = self.settings
        robot = {
            "url": settings.robot_url,
            "key": self.secrets.robot_key,
            "site": settings.base_url,
        }
        contributed = self.hooks.contribute("message_gateways")
        named = self._named(contributed)
        return Gateways(
            self._outgoing(),
            {
                WEBHOOK: robot,
                SMS: self._sms(),
                **self._settings_of("message_gateways"),
                **{spec.name: self._of_settings(spec.name) for spec in named},
            },
            load_reference,
            (*contributed, *named),
        )

    def _named(self, contributed: Iterable[MessageGateway]) -> tuple[MessageGateway, ...]:
        """Return the gateways that the settings make of the kinds there are."""
        kinds = {**KINDS, **{spec.name: spec for spec in contributed}}
        found = []
        for name, given in self.settings.gateways.items():
            kind = kinds.get(given["kind"])
            if kind is None:
                raise unknown_kind(name, given["kind"], sorted(kinds))
            title = Words(given["title"]) if given.get("title") else kind.title
            found.append(replace(kind, name=name, title=title))
        return tuple(found)

    def _of_settings(self, name: str) -> Mapping[str, Any]:
        """Return what a gateway of the settings is made of: also its secret, never logged."""
        secret = read_secret(self.settings.home, name)
        return {
            "signature": self.profile.rules.channels.sms.signature,
            **self.settings.gateways[name],
            "site": self.settings.base_url,
            "secret": secret,
        }

    def _sms(self) -> Mapping[str, Any]:
        """Return what the SMS gateway is made of."""
        settings, signature = self.settings, self.profile.rules.channels.sms.signature
        return {"url": settings.sms_url, "key": self.secrets.sms_key, "signature": signature}

    def _providers(self) -> Providers:
        home, given = self.settings.home, self._settings_of("identity_providers")
        settings = {name: {**one, "secret": read_secret(home, name)} for name, one in given.items()}
        contributed = self.hooks.contribute("identity_providers")
        return Providers(self._outgoing(), settings, load_reference, contributed)

    def _settings_of(self, hook: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what each contribution is made of: the plugin's own configuration."""
        return {
            one.name: {**self.hooks.plugin(plugin).config, "site": self.settings.base_url}
            for plugin, one in self.hooks.contributions(hook)
        }


def _due(calendar: Calendar, start: datetime, within: Duration) -> datetime:
    return calendar.due(start, Deadline(within.count, within.unit)).moment
