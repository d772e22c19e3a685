"""A small deployment to test a plugin in: a county, its units, services, people, browsers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import yaml
from flask.testing import FlaskClient
from sqlalchemy import insert

from haochaping.access import accounts, devices, grants, sessions
from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.delivery import book
from haochaping.deployment import Deployment, assemble
from haochaping.evaluation.changes import Decree, void
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.integrity.tables import integrity_flag, integrity_flag_rating
from haochaping.kit.town_handling import Handling
from haochaping.kit.town_months import Months
from haochaping.kit.town_place import HALL, ITEM, OTHER, REGION, UNIT, Place
from haochaping.kit.town_seen import Seen
from haochaping.plugins import PluginManager
from haochaping.plugins.references import load
from haochaping.settings import read_secrets, read_settings, write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping.worker import Worker

__all__ = ["HALL", "ITEM", "OTHER", "REGION", "UNIT", "Place", "Town", "settle"]

AnyTown = TypeVar("AnyTown", bound="Town")

_SETTINGS: Final = {
    "profile": "town",
    "base_url": "http://localhost",
    "outgoing": {"allow_loopback": True},
}


@dataclass
class Town:
    """A deployment with people in it.

    A plugin's own tests subclass it, name their `place` and add what is theirs.
    """

    place: ClassVar[Place] = Place()

    deployment: Deployment
    clock: FakeClock
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def seen(self) -> Seen:
        """Ratings, cases, messages, events and boards as they are now."""
        return Seen(self.deployment)

    @property
    def handling(self) -> Handling:
        """Steps of cases: the unit takes up, calls, rectifies, replies; a supervisor confirms."""
        return Handling(self.deployment)

    @property
    def months(self) -> Months:
        """Months counted, closed, appraised and published without a rating behind them."""
        return Months(self.deployment, self.place)

    def plugin_called(self, name: str) -> Any:
        """Return the instance of a plugin. Raises KeyError."""
        return self.deployment.hooks.plugin(name).plugin

    def serve(self, person: Person | None = None, **changes: Any) -> OccurrenceKey:
        """Serve somebody once; return the key of the service, which can be rated.

        It was served at the first unit, hall and item; `changes` are columns of the
        occurrence. `person` is remembered in the vault as the applicant.
        """
        number, at = next(self.numbers), self.clock.now()
        month = int(at.astimezone(self.deployment.zone).strftime("%Y%m"))
        where = {"region": self.place.region, "served_month": month}
        unit = changes.get("organization_id", next(iter(self.place.units)))
        item = next(iter(self.place.items), None)
        business = {"id": number, "case_no": f"C{number}", "organization_id": unit}
        business |= {"status": "accepted", "created_at": at, "updated_at": at, "item_id": item}
        served = {"id": number, "case_id": number, "no": 1, "stage": "application"}
        served |= {"service_channel": "hall", "organization_id": unit, "item_id": item}
        served |= {"hall_id": next(iter(self.place.halls), None), "served_at": at, **changes}
        with self.deployment.store.write() as conn:
            if person is not None:
                known = self.deployment.vault.remember(conn, person, self.place.region, at)
                business["person_id"] = known
            conn.execute(insert(catalog.service_case).values(**where, **business))
            conn.execute(insert(catalog.occurrence).values(**where, **served, created_at=at))
        return OccurrenceKey(self.place.region, month, number)

    def rate(self, service: OccurrenceKey | None = None, grade: int = 5, **changes: Any) -> Receipt:
        """Rate a service, a new one unless told; return the receipt."""
        key = service or self.serve()
        values: dict[str, Any] = {
            "occurrence": key,
            "grade": grade,
            "text": "" if grade > 2 else "等了很久",
            "idempotency_key": f"key-{key.id}",
            "channel": Channel.WEB,
            "identity": Identity.PRESUMED,
            "rater_role": RaterRole.APPLICANT,
            "client": "test",
        }
        return self.deployment.intake.submit(Draft(**{**values, **changes}))

    def account(self, role: Role = Role.SUPERVISOR, **place: Any) -> int:
        """Make an account with one role; of the county unless told."""
        new = accounts.NewAccount(f"user{next(self.numbers)}", "王某", "unused")
        at, emit = self.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            account_id = accounts.create(conn, emit, new, at)
            grant = grants.NewGrant(account_id, role, **(place or {"region": self.place.region}))
            grants.give(conn, emit, grant, at)
        return account_id

    def void(self, key: OccurrenceKey, reason: str = "mistaken") -> None:
        """Declare a rating void: mistaken or malicious; `key` is the one `seen.ratings` tells."""
        decree = Decree(reason, self.clock.now())
        with self.deployment.store.write() as conn:
            void(conn, self.deployment.intake.desk, key, decree)

    def flag(self, signal: str) -> None:
        """Raise an integrity flag about all ratings there are."""
        at, number = self.clock.now(), next(self.numbers)
        row = {"id": number, "day": at.date(), "region": self.place.region, "signal": signal}
        row |= {"origin": "core", "about": "device:x", "ratings": 1, "evidence": {}}
        row |= {"organization_id": self.place.first["organization_id"]}
        with self.deployment.store.write() as conn:
            conn.execute(insert(integrity_flag).values(**row, state="open", raised_at=at))
            for one in self.seen.ratings():
                key = {"region": one.key.region, "served_month": one.key.served_month}
                about = {"flag_id": number, "evaluation_id": one.key.id, **key}
                conn.execute(insert(integrity_flag_rating).values(about))

    def address(self, account_id: int, kind: str, address: str) -> None:
        """Note where messages of a kind of gateway reach somebody. Raises AddressRefused."""
        with self.deployment.store.write() as conn:
            book.note(conn, self.deployment.keyring, account_id, kind, address, self.clock.now())

    def screen(self, window_id: int | None = None) -> tuple[FlaskClient, int]:
        """Return the screen of a window, the first unless told, its key entered, and its number."""
        window = window_id or self.place.first["window_id"]
        assert window is not None, "the place has no window"
        at, emit = self.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            number, key = devices.add(
                conn, self.deployment.keyring, emit, (window, self.place.windows[window]), at
            )
        screen = self.client()
        screen.post(f"/device/{number}/key", data={"key": key})
        return screen, number

    def client(self, account_id: int | None = None) -> FlaskClient:
        """Return a browser, signed in when an account is given."""
        client = create_app(self.deployment).test_client()
        if account_id is not None:
            with self.deployment.store.write() as conn:
                opened = sessions.open_session(
                    conn, self.deployment.keyring, account_id, Stage.FULL, self.clock.now()
                )
            client.set_cookie(guard.SESSION_COOKIE, opened.token)
        return client

    def work(self, days: float = 0) -> None:
        """Let `days` pass, then let the worker do all that waits."""
        self.clock.advance(timedelta(days=days))
        Worker(self.deployment).drain()


def settle(
    kind: type[AnyTown],
    home: Path,
    database: str,
    clock: FakeClock,
    profile: str,
    manager: PluginManager | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AnyTown:
    """Make a town in the new folder `home` whose profile is the text `profile`.

    `database` is the address of a database with the core's tables; those of the plugins are
    made. `manager` knows plugins that are not installed. `settings` are further keys of
    deployment.yaml, for example gateways. Raises like `Deployment.open`.
    """
    (home / "profiles").mkdir(parents=True)
    written = yaml.safe_dump({**_SETTINGS, "database": database, **(settings or {})})
    (home / "deployment.yaml").write_text(written, encoding="utf-8")
    (home / "profiles" / "town.yaml").write_text(profile, encoding="utf-8")
    write_secrets(home)
    deployment = _opened(home, clock, manager or PluginManager())
    with deployment.store.write() as conn:
        for tables in deployment.hooks.contribute("database_tables"):
            load(tables.metadata).create_all(conn)
        for table, row in kind.place.rows():
            conn.execute(insert(table), row)
    return kind(deployment, clock)


def _opened(home: Path, clock: FakeClock, manager: PluginManager) -> Deployment:
    return assemble(read_settings(home), read_secrets(home), clock, manager=manager)
