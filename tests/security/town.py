"""Two counties, three units and an account for every role in each, for tests of who may what."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from haochaping.access import accounts, api_keys, devices, grants, passwords, sessions
from haochaping.access.api_keys import NewApiKey
from haochaping.access.persons import Person
from haochaping.access.roles import API_SCOPES, Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.tables import rectification_case
from haochaping.settings import write_secrets
from haochaping.store import Store, migrating
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_inner_mongolia.registry import Proposal

PASSWORD = "Correct-Horse-7"
MONTH = 202611
RATER = Person("natural", "张测试", "111", "990000199001010017", "13800001234")
SETTINGS = "profile: town\ndatabase: {database}\nbase_url: {base_url}\n"
PROFILE = """\
extends: base
access: {contact: liaison, idle_minutes: 30}
disclosure: {min_n: 1}
plugins:
  zhejiang: {}
  guangdong: {}
  sichuan: {}
  shenzhen: {}
  inner_mongolia: {registry: {enabled: true, legal_basis: "〔2022〕12号", max_term_days: 90}}
"""


@dataclass(frozen=True)
class Place:
    """A unit with its county, hall, window and staff member; all numbers differ."""

    region: str
    unit: int

    @property
    def hall(self) -> int:
        return self.unit + 10

    @property
    def window(self) -> int:
        return self.unit + 20

    @property
    def staff(self) -> int:
        return self.unit + 30


OWN = Place("330106", 1)
NEIGHBOUR = Place("330106", 2)
"""Another unit of the same county."""
ABROAD = Place("330108", 3)
"""A unit of another county."""
PLACES = (OWN, NEIGHBOUR, ABROAD)


@dataclass
class Town:
    """A deployment with its pages, and what the tests ask of it."""

    deployment: Deployment
    app: Flask
    clock: Any
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def account(self, role: Role, *, name: str = "王经办", **place: Any) -> int:
        """Make an account with one role."""
        new = accounts.NewAccount(f"user{next(self.numbers)}", name, passwords.hashed(PASSWORD))
        at, emit = self.clock.now(), self.deployment.journal.emit
        if role is Role.STAFF_MEMBER:
            place["staff_id"] = _place_of(place).staff
        with self.deployment.store.write() as conn:
            number = accounts.create(conn, emit, new, at)
            table = accounts.account
            conn.execute(update(table).where(table.c.id == number).values(must_change=False))
            if place:
                grants.give(conn, emit, grants.NewGrant(number, role, **place), at)
        return number

    def login(self) -> str:
        """Make a handler of our own unit; return the name to sign in with."""
        number = self.account(Role.HANDLER, organization_id=OWN.unit)
        with self.deployment.store.read() as conn:
            return accounts.load(conn, number).login

    def token(self, account_id: int, stage: Stage = Stage.FULL) -> str:
        """Open a session and return its token."""
        with self.deployment.store.write() as conn:
            opened = sessions.open_session(
                conn, self.deployment.keyring, account_id, stage, self.clock.now()
            )
        return opened.token

    def browser(self, token: str = "") -> FlaskClient:
        """Return a browser, signed in when it is given a token."""
        client = self.app.test_client()
        if token:
            client.set_cookie(guard.SESSION_COOKIE, token)
        return client

    def someone(self, role: Role, **place: Any) -> FlaskClient:
        """Return the browser of a new account with one role."""
        return self.browser(self.token(self.account(role, **place)))

    def serve(self, place: Place = OWN, *, named: bool = False) -> OccurrenceKey:
        """Store a service that was received at the place's window just now."""
        number, at = next(self.numbers) + 1000, self.clock.now()
        key = OccurrenceKey(place.region, MONTH, number)
        with self.deployment.store.write() as conn:
            person = self.deployment.vault.remember(conn, RATER, place.region, at)
            where = {"region": place.region, "served_month": MONTH, "item_id": 5}
            where |= {"organization_id": place.unit}
            case = {"id": number, "case_no": f"T-{number}", "status": "accepted"}
            case |= {"created_at": at, "updated_at": at, "person_id": person if named else None}
            conn.execute(insert(catalog.service_case).values(**where, **case))
            desk = {"hall_id": place.hall, "window_id": place.window, "staff_id": place.staff}
            served = {"id": number, "case_id": number, "no": 1, "stage": "application"}
            served |= {"service_channel": "hall", "served_at": at, "created_at": at}
            conn.execute(insert(catalog.occurrence).values(**where, **desk, **served))
        return key

    def rate(self, key: OccurrenceKey, grade: int, **more: Any) -> Receipt:
        """Rate a service through intake."""
        draft = Draft(
            occurrence=key,
            grade=grade,
            text=more.get("text", "跑了三趟" if grade < 3 else ""),
            idempotency_key=f"key-{next(self.numbers)}",
            channel=more.get("channel", Channel.QR),
            identity=more.get("identity", Identity.ANONYMOUS),
            rater_role=RaterRole.APPLICANT,
            client="test",
        )
        return self.deployment.intake.submit(draft)

    def case(self, place: Place = OWN, *, released: bool = True) -> Case:
        """Return the case of a named rater's bad rating."""
        key = self.serve(place, named=True)
        self.rate(key, 1, identity=Identity.VERIFIED)
        table = rectification_case
        with self.deployment.store.write() as conn:
            if released:
                mine = table.c.occurrence_id == key.id
                conn.execute(update(table).where(mine).values(visible_at=self.clock.now()))
            query = select(table.c.id).where(table.c.occurrence_id == key.id)
            return by_id(conn, conn.execute(query).scalar_one())

    def entry(self, place: Place = OWN) -> int:
        """Propose a rater for the registry; return the entry's number."""
        person = Person("natural", "李某", "111", f"99000019900101{next(self.numbers):04}", "")
        key = self.serve(place)
        with self.deployment.store.write() as conn:
            number = self.deployment.vault.remember(conn, person, place.region, self.clock.now())
            table = catalog.service_case
            conn.execute(update(table).where(table.c.id == key.id).values(person_id=number))
        self.rate(key, 1, identity=Identity.VERIFIED)
        by = self.account(Role.SUPERVISOR, region=place.region)
        registry: Any = self.deployment.hooks.plugin("inner_mongolia").plugin
        wanted = Proposal(f"T-{key.id}", 1, "多次恶意差评，有录音。", 30)
        found: int = registry.registry.propose(wanted, by)
        return found

    def link(self, key: OccurrenceKey) -> tuple[str, str]:
        """Return the signed and the short code of a service."""
        with self.deployment.store.write() as conn:
            issued = self.deployment.invitations.issue(conn, key, self.clock.now())
        return issued.code, issued.short_code

    def device(self, place: Place = OWN) -> tuple[int, str]:
        """Return a new device of the place's window: its id and its key."""
        with self.deployment.store.write() as conn:
            emit, at = self.deployment.journal.emit, self.clock.now()
            return devices.add(conn, self.deployment.keyring, emit, (place.window, "窗口"), at)

    def api_key(self, place: Place = OWN, **more: Any) -> tuple[int, str]:
        """Return a new key that may do everything within the place's county."""
        new = NewApiKey("业务系统", frozenset(API_SCOPES), place.region, **more)
        emit, at = self.deployment.journal.emit, self.clock.now()
        with self.deployment.store.write() as conn:
            return api_keys.add(conn, self.deployment.keyring, emit, new, at)


def opened(
    home: Path, template: str, clock: FakeClock, *, base_url: str = "http://localhost"
) -> Iterator[Town]:
    """Open a town in `home` on the database at `template`; close it afterwards."""
    (home / "profiles").mkdir(parents=True)
    settings = SETTINGS.format(database=template, base_url=base_url)
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    (home / "profiles" / "town.yaml").write_text(PROFILE, encoding="utf-8")
    write_secrets(home)
    deployment = Deployment.open(home, clock=clock, checked=False)
    migrating.migrate(deployment.store, deployment.migration_lines())
    _fill(deployment.store)
    app = create_app(deployment)
    yield Town(deployment, app, clock)
    deployment.close()


def _fill(store: Store) -> None:
    with store.write() as conn:
        conn.execute(insert(catalog.item).values(id=5, code="I-5", name="社保登记"))
        for code in dict.fromkeys(place.region for place in PLACES):
            row = {"code": code, "name": f"{code}区", "level": "county", "path": f"/{code}/"}
            conn.execute(insert(catalog.region).values(**row, county=code))
        for place in PLACES:
            for table, one in _unit(place):
                conn.execute(insert(table).values(**one))


def _unit(place: Place) -> list[tuple[Any, dict[str, Any]]]:
    where = {"region": place.region, "place": place.region}
    unit, name = place.unit, f"{place.unit}号局"
    return [
        (catalog.organization, {"id": unit, "code": f"U{unit}", "uscc": "", "name": name,
                                "path": f"/{unit}/", **where}),
        (catalog.hall, {"id": place.hall, "code": f"H{unit}", "name": f"{unit}号大厅",
                        "organization_id": unit, **where}),
        (catalog.window, {"id": place.window, "hall_id": place.hall, "code": "08",
                          "name": "8号窗口", "organization_id": unit}),
        (catalog.staff, {"id": place.staff, "number": f"A{unit:04}", "organization_id": unit}),
    ]  # fmt: skip


def _place_of(place: dict[str, Any]) -> Place:
    units = {one.unit: one for one in PLACES}
    regions = {one.region: one for one in reversed(PLACES)}
    return units.get(place.get("organization_id", 0)) or regions[place["region"]]


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page."""
    found: dict[str, str] = {}
    for mark in re.findall(r"<input\b[^>]*>", page):
        pairs = dict(re.findall(r'([\w-]+)="([^"]*)"', mark))
        if pairs.get("type") == "hidden" and "name" in pairs:
            found.setdefault(pairs["name"], html.unescape(pairs.get("value", "")))
    return found


def bare(answer: TestResponse, *asked: str) -> tuple[int, str]:
    """Return an answer without what was asked for, form tokens and the request's number."""
    page = answer.get_data(as_text=True)
    for one in asked:
        page = page.replace(one, "*")
    page = re.sub(r'(value|data-token)="[^"]*"', "", page)
    return answer.status_code, re.sub(r"\b[0-9A-HJKMNP-TV-Z]{12}\b", "#", page)
