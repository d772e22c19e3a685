"""What the core offers to one plugin: the Protocols of `hooks.services`, filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, time, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, Select, Table, and_, bindparam, select

from haochaping.access import accounts, grants
from haochaping.access.principals import Scope, allowed, visible
from haochaping.catalog import halls, organizations, regions, subjects
from haochaping.catalog.tables import organization, region
from haochaping.delivery import messages, read_receipts
from haochaping.evaluation.for_plugins import EvaluationService, OpinionService
from haochaping.evaluation.plugin_photos import PhotoService
from haochaping.excluding import PluginExclusion
from haochaping.hooks.services import (
    CaseProgress,
    HallView,
    MessageReceipt,
    OutgoingMessage,
    Unit,
)
from haochaping.hooks.values import Duration, Period, Subject, Words
from haochaping.ids import new_id
from haochaping.journal import Event
from haochaping.plugins.references import load
from haochaping.problems import Problem
from haochaping.rectification import opening, publicly
from haochaping.store.prepared import Prepared
from haochaping.store.small import SmallTable
from haochaping.worktime import Deadline

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


class NoSuchTable(Problem):
    """A plugin asked for a table that it did not contribute."""

    code = "HCP-PLUGIN-TABLE"
    status = 500
    title = Words("插件没有声明这张表", "The plugin contributes no such table")


class Late:
    """Holds the deployment that is being assembled while plugins already get their services."""

    def __init__(self) -> None:
        self._deployment: Deployment | None = None

    def fill(self, deployment: Deployment) -> None:
        """Hand over the assembled deployment."""
        self._deployment = deployment

    @property
    def deployment(self) -> Deployment:
        """Return the deployment. Raises RuntimeError while it is still being assembled."""
        if self._deployment is None:
            raise RuntimeError("services are not to be used while the deployment is assembled")
        return self._deployment


class PluginServices:
    """The services of one plugin."""

    def __init__(self, late: Late, plugin: str) -> None:
        self._late = late
        self._plugin = plugin
        self.lookup = PluginTables(late, plugin)
        self.records = PluginRecords(late, self.lookup)
        self.messages = PluginMessages(late)
        self.worktime = PluginWorkTime(late)
        self.accounts = PluginAccounts(late)
        self.cases = PluginCases(late, plugin)
        self.catalog = PluginCatalog(late)
        self.sealing = PluginSealing(late, plugin)
        self.exclusion = PluginExclusion(late, plugin)

    @property
    def opinions(self) -> OpinionService:
        """Ratings without an occurrence."""
        return OpinionService(self._late.deployment.desk, self._plugin)

    @property
    def photos(self) -> PhotoService:
        """Photos that the plugin's pages take in."""
        return PhotoService(self._late.deployment.desk, self._plugin)

    @property
    def evaluations(self) -> EvaluationService:
        """Evaluations, as far as plugins may touch them."""
        return EvaluationService(self._late.deployment.desk, self._plugin)

    def now(self) -> datetime:
        """Return the deployment's time, UTC."""
        return self._late.deployment.clock.now()

    def new_id(self) -> int:
        """Return a new unique id."""
        return new_id()

    def audit(self, kind: str, subject: str, details: Mapping[str, Any]) -> None:
        """Append an event `plugin.<name>.<kind>` to the sealed journal."""
        deployment = self._late.deployment
        event = Event(f"plugin.{self._plugin}.{kind}", f"{self._plugin}:{subject}", details)
        with deployment.store.write() as conn:
            deployment.journal.emit(conn, event, deployment.clock.now())


class PluginTables:
    """Read-only look-ups in the plugin's own tables, by key; statements are made once.

    Small tables are read whole and remembered for a second (`store.small`).
    """

    def __init__(self, late: Late, plugin: str) -> None:
        self._late = late
        self._plugin = plugin
        self._statements: dict[tuple[str, ...], Select[Any]] = {}
        self._ready: dict[tuple[str, ...], Prepared] = {}
        self._small: dict[tuple[str, ...], SmallTable] = {}

    def one(self, table: str, **key: Any) -> Mapping[str, Any] | None:
        """Return the row whose columns equal `key`, or None. Raises NoSuchTable."""
        rows = self._remembered(table, key).rows()
        if rows is None:
            return self._looked_up(table, key)
        return rows.get(tuple(key[column] for column in sorted(key)))

    def all(self, table: str, **key: Any) -> Sequence[Mapping[str, Any]]:
        """Return all rows whose columns equal `key`. Raises NoSuchTable."""
        with self._late.deployment.store.read() as conn:
            return [dict(row) for row in conn.execute(self._statement(table, key), key).mappings()]

    def forget(self) -> None:
        """Read remembered tables again: the plugin has written."""
        for small in list(self._small.values()):
            small.forget()

    def _looked_up(self, table: str, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with self._late.deployment.store.look() as conn:
            row = self._prepared(table, key).first(conn, key)
        return None if row is None else row._asdict()

    def _remembered(self, name: str, key: Mapping[str, Any]) -> SmallTable:
        wanted = (name, *sorted(key))
        found = self._small.get(wanted)
        if found is None:
            every = select(self._table(name)).limit(bindparam("most"))
            found = self._small[wanted] = SmallTable(partial(self._first, every), wanted[1:])
        return found

    def _first(self, statement: Select[Any], most: int) -> Sequence[Mapping[str, Any]]:
        with self._late.deployment.store.look() as conn:
            return [dict(row) for row in conn.execute(statement, {"most": most}).mappings()]

    def _prepared(self, name: str, key: Mapping[str, Any]) -> Prepared:
        wanted = (name, *sorted(key))
        if wanted not in self._ready:
            statement = self._statement(name, key)
            self._ready[wanted] = Prepared(lambda dialect: statement)
        return self._ready[wanted]

    def _statement(self, name: str, key: Mapping[str, Any]) -> Select[Any]:
        wanted = (name, *sorted(key))
        if wanted not in self._statements:
            found = self._table(name)
            match = and_(True, *(found.c[column] == bindparam(column) for column in wanted[1:]))
            self._statements[wanted] = select(found).where(match)
        return self._statements[wanted]

    def _table(self, name: str) -> Table:
        for plugin, tables in self._late.deployment.hooks.contributions("database_tables"):
            metadata: MetaData = load(tables.metadata)
            if plugin == self._plugin and name in metadata.tables:
                return metadata.tables[name]
        raise NoSuchTable(Words(f"{self._plugin}: {name}", f"{self._plugin}: {name}"))


@dataclass(frozen=True, slots=True)
class PluginRecords:
    """Transactions over the plugin's own tables."""

    late: Late
    tables: PluginTables

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction: commits at the end, rolls back on any exception."""
        with self.late.deployment.store.write() as conn:
            yield conn
        self.tables.forget()


@dataclass(frozen=True, slots=True)
class PluginMessages:
    """The outbox."""

    late: Late

    def send(self, message: OutgoingMessage) -> None:
        """Queue a message; the same business id and gateway go out once."""
        deployment = self.late.deployment
        with deployment.store.write() as conn:
            messages.queue(conn, message, deployment.clock.now())

    def receipts(self, business_id: str) -> Sequence[MessageReceipt]:
        """Return what became of a message, for each gateway and each person it went to."""
        with self.late.deployment.store.read() as conn:
            return read_receipts.of_business(conn, business_id)


@dataclass(frozen=True, slots=True)
class PluginWorkTime:
    """The working-day calendar."""

    late: Late

    @property
    def zone(self) -> tzinfo:
        """The time zone that people there live by."""
        return self.late.deployment.calendar.zone

    def due(self, start: datetime, duration: Duration) -> datetime:
        """Return the due moment (UTC, exclusive) of a duration that starts at `start`."""
        deadline = Deadline(duration.count, duration.unit)
        return self.late.deployment.calendar.due(start, deadline).moment


@dataclass(frozen=True, slots=True)
class PluginAccounts:
    """Who acts, and where they belong."""

    late: Late

    def outside(self, account_id: int, organization_id: int) -> bool:
        """Say whether an account belongs to no unit within `organization_id`."""
        with self.late.deployment.store.read() as conn:
            return accounts.outside(conn, account_id, organization_id)

    def may(self, account_id: int, permission: str, organization_id: int) -> bool:
        """Say whether an account holds a permission where an organization lies."""
        with self.late.deployment.store.read() as conn:
            who = grants.principal(conn, account_id)
            where = _scope(conn, organization_id)
        return who is not None and where is not None and allowed(who, permission, where)

    def name(self, account_id: int) -> str:
        """Return the display name of an account."""
        with self.late.deployment.store.read() as conn:
            return accounts.name(conn, account_id)


def _scope(conn: Connection, organization_id: int) -> Scope | None:
    unit = organizations.get(conn, organization_id)
    place = regions.find(conn, unit.place) if unit is not None else None
    return Scope(place.path, unit.path) if unit is not None and place is not None else None


@dataclass(frozen=True, slots=True)
class PluginCases:
    """Rectification cases opened by plugins."""

    late: Late
    plugin: str

    def open(self, *, idempotency_key: str, opinion_id: int, reason: str) -> str:
        """Open the case of an opinion and return its public id; an opinion has one case."""
        deployment = self.late.deployment
        at = deployment.clock.now()
        with deployment.store.write() as conn:
            case = opening.open_for_opinion(deployment.rectification, conn, opinion_id, at)
            details = {"plugin": self.plugin, "key": idempotency_key, "reason": reason}
            deployment.journal.emit(conn, case.event("case.asked_for", **details), at)
        return case.public_id

    def counts(self, subject: Subject, period: Period) -> Mapping[str, int]:
        """Return counts over the cases of `subject` in `period` by name."""
        deployment = self.late.deployment
        with deployment.store.read() as conn:
            found = deployment.case_counts(conn, subject.kind, [subject.id], period)
        return asdict(found[subject.id]) if subject.id in found else {}

    def progress(self, public_id: str) -> CaseProgress | None:
        """Return how the case of an opinion stands, None while it has not reached its unit."""
        deployment = self.late.deployment
        with deployment.store.read() as conn:
            case = publicly.of_opinion(conn, public_id, deployment.clock.now())
        if case is None:
            return None
        return CaseProgress(
            public_id=case.public_id,
            state=case.state,
            opened_at=case.opened_at,
            due_day=case.due_day,
            late=case.late,
            reply=case.reply,
        )


@dataclass(frozen=True, slots=True)
class PluginCatalog:
    """Organizations, as far as an account reaches."""

    late: Late

    def organization(self, organization_id: int) -> Unit | None:
        """Return an organization, None when there is none."""
        with self.late.deployment.store.read() as conn:
            found = organizations.get(conn, organization_id)
        return None if found is None else _unit(found)

    def organizations(self, account_id: int, permission: str) -> Sequence[Unit]:
        """Return the active organizations for which an account holds a permission, by name."""
        with self.late.deployment.store.read() as conn:
            who = grants.principal(conn, account_id)
            if who is None:
                return ()
            columns = organization.c.path, region.c.path
            held = visible(who, permission, *columns)
            return tuple(_unit(one) for one in organizations.among(conn, held))

    def halls(self) -> Sequence[HallView]:
        """Return the active halls by name."""
        hours = self.late.deployment.profile.rules.calendar.working_hours
        with self.late.deployment.store.read() as conn:
            found = halls.all_active(conn)
        return tuple(_hall(one, hours) for one in found)

    def names(self, kind: str, ids: Sequence[int]) -> Mapping[int, Subject]:
        """Return subjects of a kind by id as the public may see them."""
        with self.late.deployment.store.read() as conn:
            return subjects.names(conn, kind, ids)


def _hall(found: halls.Hall, hours: Sequence[tuple[time, time]]) -> HallView:
    usual = [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in hours]
    spans = [(start, end) for start, end in found.opening or usual]
    subject = Subject("hall", found.id, found.name, found.region, found.code)
    return HallView(subject, found.organization_id, tuple(spans))


def _unit(found: organizations.Organization) -> Unit:
    return Unit(found.id, found.code, found.name, found.region)


@dataclass(frozen=True, slots=True)
class PluginSealing:
    """Encryption under a key that only this plugin's rows are sealed with."""

    late: Late
    plugin: str

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt `text` for this plugin alone."""
        keyring = self.late.deployment.keyring
        return keyring.seal(f"plugin/{self.plugin}", text.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Return what was sealed. Raises Unsealable when it was changed."""
        keyring = self.late.deployment.keyring
        return keyring.open(f"plugin/{self.plugin}", sealed, context.encode()).decode()

    def index(self, text: str) -> str:
        """Return a keyed hash (64 hex digits) to look `text` up by."""
        return self.late.deployment.keyring.mac(f"plugin/{self.plugin}", text.encode()).hex()
