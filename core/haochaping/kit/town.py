"""A small deployment to test a plugin in: a county, its units, services, people, browsers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from flask.testing import FlaskClient
from sqlalchemy import insert

from haochaping.access import accounts, grants, sessions
from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment, assemble
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.plugins import PluginManager
from haochaping.plugins.references import load
from haochaping.profile import Known
from haochaping.profile import load as load_profile
from haochaping.settings import read_secrets, read_settings, write_secrets
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping.worker import Worker

AnyTown = TypeVar("AnyTown", bound="Town")

REGION: Final = "110101"
UNIT: Final = 1
OTHER: Final = 2
HALL: Final = 5
ITEM: Final = 7
_SETTINGS: Final = (
    "profile: town\ndatabase: {database}\nbase_url: http://localhost\n"
    "outgoing: {{allow_loopback: true}}\n"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What there is in a town: a county, units by id, and if wanted halls, items and staff.

    The first unit serves; halls, items and staff belong to it.
    """

    region: str = REGION
    name: str = "示例区"
    units: Mapping[int, str] = field(default_factory=lambda: {UNIT: "区审批局", OTHER: "区税务局"})
    codes: str = "U{}"
    """How a unit's code is made of its id."""
    halls: Mapping[int, str] = field(default_factory=dict)
    items: Mapping[int, str] = field(default_factory=dict)
    staff: Mapping[int, str] = field(default_factory=dict)
    """Staff numbers by id."""

    def rows(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield tables with the rows of this place, those others refer to first."""
        at = {"region": self.region, "place": self.region}
        path, unit = f"/{self.region}/", next(iter(self.units))
        county = {"code": self.region, "name": self.name, "level": "county", "path": path}
        yield catalog.region, {**county, "county": self.region}
        for one, name in self.units.items():
            code = {"code": self.codes.format(one), "uscc": "", "path": f"/{one}/"}
            yield catalog.organization, {"id": one, "name": name, **code, **at}
        mine = {"organization_id": unit}
        for one, name in self.halls.items():
            yield catalog.hall, {"id": one, "code": f"H{one}", "name": name, **mine, **at}
        for one, name in self.items.items():
            yield catalog.item, {"id": one, "code": f"I{one}", "name": name, **mine}
        for one, number in self.staff.items():
            yield catalog.staff, {"id": one, "number": number, **mine}


@dataclass
class Town:
    """A deployment with people in it.

    A plugin's own tests subclass it, name their `place` and add what is theirs.
    """

    place: ClassVar[Place] = Place()

    deployment: Deployment
    clock: FakeClock
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

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
) -> AnyTown:
    """Make a town in the new folder `home` whose profile is the text `profile`.

    `database` is the address of a database with the core's tables; those of the plugins are
    made. `manager` knows plugins that are not installed. Raises like `Deployment.open`.
    """
    (home / "profiles").mkdir(parents=True)
    (home / "deployment.yaml").write_text(_SETTINGS.format(database=database), encoding="utf-8")
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
    known, folders = Known(plugins=manager.schemas()), manager.profile_folders()
    profile = load_profile("town", deployment_dir=home, plugin_profiles=folders, known=known)
    settings, secrets = read_settings(home), read_secrets(home)
    return assemble(settings, secrets, clock, profile=profile, manager=manager)
