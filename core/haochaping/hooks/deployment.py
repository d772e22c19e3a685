"""Hooks and values of the deployment family: what a plugin adds to the software itself.

Code is named as `package.module:function` and imported on first use, so that
assembling a deployment stays quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from haochaping.hooks.kinds import contributes
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column of a plugin that holds personal data: what for, and how long it is kept.

    `column` is `table.column`; `keep` one of `person`, `words`, `message`, `photo` (the
    profile's `privacy.keep_days`), `days` (deleted by the plugin's own job), `figures`,
    `account`, `audit`, `published`.
    """

    column: str
    purpose: Words
    keep: str


@dataclass(frozen=True, slots=True)
class TableSet:
    """A plugin's own tables, prefixed with its name, and the package of its migrations.

    `metadata` is `package.module:name` of a SQLAlchemy MetaData, `migrations` the
    package with an Alembic `versions` folder. Every column of words or bytes is declared
    in `personal`, or named in `neutral` as `table.column`.
    """

    metadata: str
    migrations: str
    personal: tuple[PersonalColumn, ...] = ()
    neutral: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A web page. `rule` is relative to `/console/x/<plugin>` or, for public ones, `/x/<plugin>`.

    `view` is `package.module:function`, called with the plugin, its services ready, and a
    `PageRequest`; it returns a `PageResponse`. `policy` is a policy name of the core
    (`public`, or a permission). `photos` is how many photos a post may bring along, in a form of
    type `multipart/form-data` with the field `photos`; 8 MB each.
    """

    rule: str
    view: str
    policy: str
    methods: tuple[str, ...] = ("GET",)
    photos: int = 0


@dataclass(frozen=True, slots=True)
class ApiResource:
    """An API resource under `/api/v1/x/<plugin>`, same calling convention as a page."""

    rule: str
    view: str
    policy: str
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True, slots=True)
class Command:
    """A command `haochaping <plugin> <name>`; `call` is `package.module:function`.

    The function is called with the plugin, its services ready, and the tuple of the words
    behind the command's name; it prints data on stdout and returns None or an exit code.
    """

    name: str
    summary: str
    call: str


@dataclass(frozen=True, slots=True)
class ConsolePanel:
    """An entry in the console's navigation and start page."""

    name: str
    title: Words
    rule: str
    policy: str


@dataclass(frozen=True, slots=True)
class PublicPanel:
    """An entry in the navigation of the public pages; `rule` is that of a public page."""

    name: str
    title: Words
    rule: str


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A periodic job: a cron expression in the profile's time zone and `package.module:function`.

    The function is called with the plugin and the slot's moment; a slot runs once.
    """

    name: str
    cron: str
    call: str


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of file for `haochaping import`; `call` is `package.module:function`.

    The function is called with the plugin, a transaction (a SQLAlchemy Connection) and up
    to 1,000 rows, each a mapping from column to text; it answers for each row with None
    when it was stored, or with the reason in Words when it was refused.
    """

    name: str
    title: Words
    columns: tuple[str, ...]
    call: str


@dataclass(frozen=True, slots=True)
class MessageGateway:
    """A way to deliver messages; `factory` makes a callable `send(OutgoingMessage) -> str`.

    `settings` are handed to the factory beside the deployment's outgoing-HTTP client.
    `address` is the kind of address by which it reaches one person at a time (`mobile`,
    `email`, or a word for ids of its own): a message to a role then goes to each holder, and
    `to` is `<kind>:<address>` (`tel:<number>` for `mobile`). Empty: one message to a group.
    `receipts` names the factory of a callable `was_read(reference, address) -> bool`, where
    the other side can tell; it may make None where it is not set up.
    """

    name: str
    title: Words
    factory: str
    address: str = ""
    receipts: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceiver:
    """The form in which an SMS platform hands replies in, at `POST /api/v1/sms/<name>/replies`.

    `factory` is called with the settings (the plugin's own, and `key`, the bytes shared with the
    platform) and makes a callable `receive(headers, body, at) -> Sequence[IncomingText]`:
    `headers` by lower-case names, `body` as it came, `at` the moment (UTC). It checks the
    platform's signature and raises `haochaping.problems.Problem` when it does not hold.
    """

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class TicketGateway:
    """A way to take tickets from another system, for example the 12345 hotline, and to report back.

    `factory` is called with the settings and the deployment's `HttpClient` and makes a
    `haochaping.hooks.exchange.TicketSystem`. A source of the deployment (`exchange.sources`)
    names the gateway that speaks to it.
    """

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A way to prove who one is, offered on the console's sign-in page.

    `factory` is called with `haochaping.hooks.identity.ProviderSettings` and the
    deployment's `HttpClient` and makes a `SignInProvider`; it is called once, with the
    first sign-in. `name` stands in addresses: lower-case letters, digits and hyphens.
    """

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class DeviceProtocol:
    """A wire protocol of window devices."""

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class ReceiptPrinter:
    """A receipt format or printer; `factory` makes `render(blocks) -> bytes`."""

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class UplinkDialect:
    """The language of the next platform; the profile chooses it (`uplink.dialect`).

    `factory` is called with `haochaping.hooks.exchange.DialectSettings` and makes a `Dialect`.
    """

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class PayloadCrypto:
    """Signing and encryption of payloads, for example SM2; chosen by `uplink.crypto`.

    `factory` is called with the shared secret (bytes) and the plugin's configuration and makes
    a `haochaping.hooks.exchange.Crypto`.
    """

    name: str
    title: Words
    factory: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What a plugin plays while a demonstration is made; `call` is `package.module:function`.

    The function is called with the plugin, its services ready, and a `SceneSetting`. It may
    write through the services; the deployment's time stands in the past.
    """

    name: str
    call: str


@dataclass(frozen=True, slots=True)
class SceneSetting:
    """What a scene starts from: a bad rating of a verified rater who will rate again later.

    `case_no` and `occurrence_no` name the service that was rated, `organization_id` the rated
    organization, `accounts` the ids of the demonstration's accounts by sign-in name
    (`supervisor`, `reviewer1`, …).
    """

    case_no: str
    occurrence_no: int
    organization_id: int
    accounts: dict[str, int]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request to a plugin's page: no Flask, only what a page needs."""

    method: str
    path: dict[str, str]
    query: dict[str, str]
    form: dict[str, str]
    language: str
    account_id: int | None
    account_name: str
    base_url: str = ""
    """Where the public reaches this deployment, without a slash at the end."""
    visitor: str = ""
    """A keyed hash that tells one browser from another on public pages that take posts; empty
    before the cookie that it stands on has come back once. Each plugin gets its own."""
    network: str = ""
    """A keyed hash of the address asked from, on the same pages: many people may share it."""
    photos: tuple[bytes, ...] = ()
    """Photos that were sent to a page that takes them, drawn anew as JPEG: nothing but pictures."""
    photo_refusal: Words | None = None
    """Why photos were not taken; then none is there, and the page says so beside its form."""


@dataclass(frozen=True, slots=True)
class PageResponse:
    """What a plugin's page answers: a template with values, a redirect, or bytes."""

    template: str = ""
    values: dict[str, Any] | None = None
    redirect: str = ""
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200


class DeploymentHooks:
    """Specs of the deployment family; all of them contribute."""

    @contributes(TableSet)
    def database_tables(self) -> Iterable[TableSet]:  # type: ignore[empty-body]
        """Add tables of the plugin's own.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: at most one table set a plugin.
        :since: 1
        """

    @contributes(Page)
    def web_pages(self) -> Iterable[Page]:  # type: ignore[empty-body]
        """Add web pages.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: pages with their policies.
        :since: 1
        """

    @contributes(ApiResource)
    def api_resources(self) -> Iterable[ApiResource]:  # type: ignore[empty-body]
        """Add API resources.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: resources with their policies.
        :since: 1
        """

    @contributes(Command)
    def cli_commands(self) -> Iterable[Command]:  # type: ignore[empty-body]
        """Add commands.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: commands, run as `haochaping <plugin> <name>`.
        :since: 1
        """

    @contributes(ConsolePanel)
    def console_panels(self) -> Iterable[ConsolePanel]:  # type: ignore[empty-body]
        """Add entries to the console's navigation.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: panels with their policies.
        :since: 1
        """

    @contributes(PublicPanel)
    def public_panels(self) -> Iterable[PublicPanel]:  # type: ignore[empty-body]
        """Add entries to the navigation of the public pages.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: panels; each leads to a page of the plugin whose policy is `public`.
        :since: 1
        """

    @contributes(ScheduledJob)
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:  # type: ignore[empty-body]
        """Add periodic jobs.

        Kind: contributes. Combination: all. Failure: the deployment refuses to start.

        :returns: jobs with cron expressions.
        :since: 1
        """

    @contributes(ImportKind)
    def import_kinds(self) -> Iterable[ImportKind]:  # type: ignore[empty-body]
        """Add kinds of files that can be imported.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: import kinds.
        :since: 1
        """

    @contributes(MessageGateway)
    def message_gateways(self) -> Iterable[MessageGateway]:  # type: ignore[empty-body]
        """Add ways to deliver messages.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: gateways.
        :since: 1
        """

    @contributes(MessageReceiver)
    def message_receivers(self) -> Iterable[MessageReceiver]:  # type: ignore[empty-body]
        """Add forms in which SMS platforms hand replies in.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: receivers.
        :since: 1
        """

    @contributes(TicketGateway)
    def ticket_gateways(self) -> Iterable[TicketGateway]:  # type: ignore[empty-body]
        """Add ways to take tickets from other systems and to report back.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: gateways.
        :since: 1
        """

    @contributes(IdentityProvider)
    def identity_providers(self) -> Iterable[IdentityProvider]:  # type: ignore[empty-body]
        """Add ways to prove who somebody is: buttons of the console's sign-in page.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: providers.
        :since: 1
        """

    @contributes(DeviceProtocol)
    def device_protocols(self) -> Iterable[DeviceProtocol]:  # type: ignore[empty-body]
        """Add wire protocols of window devices.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: protocols.
        :since: 1
        """

    @contributes(ReceiptPrinter)
    def receipt_printers(self) -> Iterable[ReceiptPrinter]:  # type: ignore[empty-body]
        """Add receipt formats.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: printers.
        :since: 1
        """

    @contributes(UplinkDialect)
    def uplink_dialects(self) -> Iterable[UplinkDialect]:  # type: ignore[empty-body]
        """Add languages of the next platform.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: dialects.
        :since: 1
        """

    @contributes(PayloadCrypto)
    def payload_crypto(self) -> Iterable[PayloadCrypto]:  # type: ignore[empty-body]
        """Add signing and encryption of payloads.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: crypto providers.
        :since: 1
        """

    @contributes(Scene)
    def demonstration_scenes(self) -> Iterable[Scene]:  # type: ignore[empty-body]
        """Add scenes to the demonstration, so that what the plugin does can be seen in it.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start.

        :returns: scenes; they are played by `haochaping demo` only.
        :since: 1
        """
