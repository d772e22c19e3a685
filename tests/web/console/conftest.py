"""Staff of two counties, bad reviews that became cases, and browsers to sign in with."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from tests.web.conftest import REGION, SETTINGS, Site
from werkzeug.test import TestResponse

from haochaping.access import accounts, grants, passwords, sessions
from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Channel, Identity, RaterRole
from haochaping.jobs import Runner
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.tables import rectification_case
from haochaping.settings import write_secrets
from haochaping.web import guard

PASSWORD = "Correct-Horse-7"
ELSEWHERE = "330108"
UNIT, FOREIGN_UNIT, STAFF = 1, 6, 4
RULES = """\
extends: base
rectification:
  release_delay: {min_minutes: 10, max_minutes: 12}
"""


@dataclass
class Browser:
    """A signed-in browser: reads pages, sends their forms with the tokens they carry."""

    client: FlaskClient
    last: TestResponse | None = None

    def get(self, path: str) -> TestResponse:
        self.last = self.client.get(path)
        return self.last

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def send(self, action: str, page: str = "", **fields: str) -> TestResponse:
        """Post the form of the last page (or of `page`) whose address is `action`."""
        if page:
            self.page(page)
        assert self.last is not None
        hidden = fields_of(self.last.get_data(as_text=True), action)
        self.last = self.client.post(action, data={**hidden, **fields})
        return self.last


def fields_of(page: str, action: str) -> dict[str, str]:
    """The fields of the form with that address, as a browser would send them untouched."""
    forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.S)
    found = [body for head, body in forms if f'action="{action}"' in head]
    found = found or [body for head, body in forms if "action=" not in head and "post" in head]
    assert found, f"no form with address {action}"
    inputs = re.findall(r"<input\b([^>]*)>", found[0])
    pairs = [dict(re.findall(r'(\w+)="([^"]*)"', one)) for one in inputs]
    return {
        one["name"]: html.unescape(one.get("value", ""))
        for one, raw in zip(pairs, inputs, strict=True)
        if "name" in one and (one.get("type") != "radio" or "checked" in raw)
    }


@dataclass
class Office:
    """The console of a deployment: its people and its cases."""

    site: Site
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def deployment(self) -> Deployment:
        return self.site.deployment

    def account(self, *roles: tuple[Role, dict[str, Any]], login: str = "", **more: Any) -> int:
        """Make an account that holds roles; it need not change its password."""
        login = login or f"user{next(self.numbers)}"
        new = accounts.NewAccount(login, more.get("name", "王经办"), passwords.hashed(PASSWORD))
        at, emit = self.site.clock.now(), self.deployment.journal.emit
        with self.deployment.store.write() as conn:
            account_id = accounts.create(conn, emit, new, at)
            if not more.get("must_change", False):
                table = accounts.account
                conn.execute(
                    update(table).where(table.c.id == account_id).values(must_change=False)
                )
            for role, place in roles:
                grants.give(conn, emit, grants.NewGrant(account_id, role, **place), at)
        return account_id

    def browser(self, account_id: int, stage: Stage = Stage.FULL) -> Browser:
        """Return a browser with a session of that account."""
        with self.deployment.store.write() as conn:
            opened = sessions.open_session(
                conn, self.deployment.keyring, account_id, stage, self.site.clock.now()
            )
        client = self.site.client()
        client.set_cookie(guard.SESSION_COOKIE, opened.token)
        return Browser(client)

    def someone(self, role: Role, *, name: str = "王经办", **place: Any) -> Browser:
        """Return the browser of a new account with one role."""
        return self.browser(self.account((role, place), name=name))

    def handler(self, unit: int = UNIT) -> Browser:
        return self.someone(Role.HANDLER, organization_id=unit)

    def supervisor(self, region: str = REGION) -> Browser:
        return self.someone(Role.SUPERVISOR, name="李监督", region=region)

    def reviewer(self, name: str = "赵复核") -> Browser:
        return self.someone(Role.APPEAL_REVIEWER, name=name, region=REGION)

    def bad_review(self, grade: int = 1, text: str = "跑了三趟", **more: Any) -> Case:
        """Rate a service badly; return its case before it has reached the unit."""
        person = more.get("person")
        key = self.site.serve()
        if person is not None:
            self._applicant(key.id, person)
        draft = Draft(
            occurrence=key,
            grade=grade,
            options=more.get("options", ()),
            text=text,
            idempotency_key=f"key-{next(self.numbers)}",
            channel=Channel.QR,
            identity=more.get("identity", Identity.ANONYMOUS),
            rater_role=RaterRole.APPLICANT,
            client="test",
        )
        self.deployment.intake.submit(draft)
        with self.deployment.store.read() as conn:
            table = rectification_case
            query = select(table.c.id).where(table.c.occurrence_id == key.id)
            return by_id(conn, conn.execute(query).scalar_one())

    def case(self, **more: Any) -> Case:
        """Return the case of a bad review that has reached its unit."""
        found = self.bad_review(**more)
        self.site.clock.set(max(self.site.clock.now(), found.visible_at))
        return self.now(found)

    def answered(self, **more: Any) -> Case:
        """Return a case that its handler has replied to."""
        case = self.case(**more)
        self.act(self.handler(), case, "answer", outcome="rectified", text="已经改好了")
        return self.now(case)

    def act(self, browser: Browser, case: Case, action: str, **fields: str) -> TestResponse:
        """Send one of the forms of a case's page."""
        here = f"/console/cases/{case.public_id}"
        return browser.send(f"{here}/{action}", here, **fields)

    def work(self) -> None:
        """Run every job that is due."""
        deployment = self.deployment
        runner = Runner(deployment.store, self.site.clock, deployment.handlers, _no_log)
        while runner.run_due():
            pass

    def pass_days(self, count: float) -> None:
        self.site.clock.advance(timedelta(days=count))

    def now(self, case: Case) -> Case:
        with self.deployment.store.read() as conn:
            return by_id(conn, case.id)

    def _applicant(self, occurrence_id: int, person: Person) -> None:
        deployment, at = self.deployment, self.site.clock.now()
        with deployment.store.write() as conn:
            person_id = deployment.vault.remember(conn, person, REGION, at)
            number = select(catalog.occurrence.c.case_id).where(
                catalog.occurrence.c.id == occurrence_id
            )
            conn.execute(
                update(catalog.service_case)
                .where(catalog.service_case.c.id == number.scalar_subquery())
                .values(person_id=person_id)
            )


@pytest.fixture
def profile() -> str:
    """The rules of the site; a module overrides this fixture for other ones."""
    return RULES


@pytest.fixture
def deployment(
    console_url: str, clock: FakeClock, tmp_path: Path, profile: str
) -> Iterator[Deployment]:
    home = tmp_path / "home"
    (home / "profiles").mkdir(parents=True)
    (home / "profiles" / "town.yaml").write_text(profile + "\n", encoding="utf-8")
    settings = SETTINGS.format(database=console_url).replace("profile: base", "profile: town")
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    found = Deployment.open(home, clock=clock, checked=False)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what a hash costs is tested where passwords are."""
    monkeypatch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")


@pytest.fixture
def office(site: Site) -> Office:
    """The console of the site, with a second county and unit."""
    place = {"region": ELSEWHERE, "place": ELSEWHERE}
    county = {"code": ELSEWHERE, "name": "滨江区", "level": "county", "parent": None}
    unit = {"id": FOREIGN_UNIT, "code": "12990000E00000010A", "uscc": "12990000E00000010A"}
    with site.deployment.store.write() as conn:
        conn.execute(
            insert(catalog.region).values(**county, path=f"/{ELSEWHERE}/", county=ELSEWHERE)
        )
        conn.execute(
            insert(catalog.organization).values(
                **unit, **place, name="滨江区税务局", path=f"/{FOREIGN_UNIT}/"
            )
        )
    return Office(site)


def _no_log(event: str, **facts: Any) -> None:
    """Keep the runner's talk out of the tests."""


def receipt_of(office: Office, case: Case) -> str:
    """Return the receipt code of the rating that a case is about."""
    with office.deployment.store.read() as conn:
        query = select(evaluation.c.receipt).where(evaluation.c.id == case.evaluation_id)
        return str(conn.execute(query).scalar_one())


def text_of(answer: TestResponse) -> str:
    """The words of a page, without its marks."""
    page = answer.get_data(as_text=True)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
