"""Planted names, numbers and words are found nowhere but where they belong.

The bird is pushed by a business system and sings in a rating; then every page that a unit's
people can open, every log line, journal payload, job, message, export, and every byte of the
database's files is searched for it.
"""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from haochaping import logs
from haochaping.access import accounts, api_keys, grants, one_time, sessions
from haochaping.access.api_keys import NewApiKey
from haochaping.access.roles import API_SCOPES, Role
from haochaping.access.sessions import Stage
from haochaping.catalog import importing
from haochaping.catalog.importing.exporting import export
from haochaping.clock import FakeClock
from haochaping.delivery.tables import inbox, message, message_attempt
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from haochaping.jobs.tables import job
from haochaping.journal.tables import journal, journal_parked
from haochaping.rectification.tables import rectification_case
from haochaping.settings import DATABASE_VARIABLE
from haochaping.testing.postgres import PostgresServer
from haochaping.testing.reuse import Shelf
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.catalogues import REGION, body, fill
from tests.conftest import MONDAY

NAME, MOBILE, CERTIFICATE = "金丝雀", "13987650123", "990000198506070027"
AGENT, AGENT_MOBILE = "云雀", "13576540321"
PERSONS = (NAME, MOBILE, CERTIFICATE, AGENT, AGENT_MOBILE)
WORDS = "排了三小时队还让我再跑一趟夜莺歌唱"
LATER_WORDS = "后来补充一句百灵鸟的话"
TYPED = "15098761234"
"""A number that the rater writes into the words."""
SAID = (WORDS, LATER_WORDS, TYPED)
BIRDS = (*PERSONS, *SAID)
UNIT_ROLES = (
    Role.LEADER,
    Role.HALL_MANAGER,
    Role.UNIT_LIAISON,
    Role.HANDLER,
    Role.STAFF_MEMBER,
    Role.PAPER_CLERK,
)
PROFILE = """\
extends: base
disclosure: {min_n: 1}
plugins:
  zhejiang: {}
  guangdong: {}
  shenzhen: {}
  inner_mongolia: {registry: {enabled: true, legal_basis: "〔2022〕12号", max_term_days: 90}}
"""


@dataclass
class Aviary:
    """A deployment in which the bird has sung, its pages and its logs."""

    deployment: Deployment
    app: Flask
    log: io.StringIO
    case: str

    def client(self, role: Role) -> FlaskClient:
        """A browser in which somebody of the unit is signed in."""
        deployment, at = self.deployment, self.deployment.clock.now()
        emit, keyring = deployment.journal.emit, deployment.keyring
        with deployment.store.write() as conn:
            new = accounts.NewAccount(f"{role}", "王经办", "x")
            account = accounts.create(conn, emit, new, at)
            row = accounts.account
            conn.execute(update(row).where(row.c.id == account).values(must_change=False))
            place = {"staff_id": 5} if role is Role.STAFF_MEMBER else {"organization_id": 1}
            grants.give(conn, emit, grants.NewGrant(account, role, **place), at)
            opened = sessions.open_session(conn, keyring, account, Stage.FULL, at)
        found = self.app.test_client()
        found.set_cookie(guard.SESSION_COOKIE, opened.token)
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def aviary(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aviary]:
    """One deployment for all tests of a kind of database: none of them changes it."""
    folder, clock = tmp_path_factory.mktemp("aviary"), FakeClock(MONDAY)
    with ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_template"), folder / "test.db")
            url = f"sqlite:///{folder / 'test.db'}"
        else:
            shelf: Shelf = request.getfixturevalue("postgres_shelf")
            name = shelf.take()
            stack.callback(shelf.give_back, name)
            url = shelf.server.url(name)
        stack.enter_context(pytest.MonkeyPatch.context()).setenv(DATABASE_VARIABLE, url)
        home = folder / "home"
        (home / "profiles").mkdir(parents=True)
        (home / "profiles" / "birds.yaml").write_text(PROFILE, encoding="utf-8")
        install(Wish(home, "birds"))
        log = stack.enter_context(logged())
        deployment = Deployment.open(home, clock=clock)
        stack.callback(deployment.close)
        fill(deployment)
        app = create_app(deployment)
        yield Aviary(deployment, app, log, sing(deployment, app, clock))


def logged() -> Any:
    """Collect every log line of every library, down to the finest."""

    class Logged:
        def __enter__(self) -> io.StringIO:
            self.stream = io.StringIO()
            self.ours, self.root = logging.getLogger("haochaping"), logging.getLogger()
            self.before = self.ours.handlers[:], self.ours.level, self.ours.propagate
            logs.configure(self.stream, logging.DEBUG)
            self.handler = logging.StreamHandler(self.stream)
            self.root.addHandler(self.handler)
            return self.stream

        def __exit__(self, *_: object) -> None:
            self.root.removeHandler(self.handler)
            self.ours.handlers[:], self.ours.level, self.ours.propagate = self.before

    return Logged()


def sing(deployment: Deployment, app: Flask, clock: FakeClock) -> str:
    """Push the bird, rate by its link, change the rating, make mistakes; return the case."""
    address = pushed(deployment, app)
    page = app.test_client().get(address).get_data(as_text=True)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    form = {"token": token[1], "grade": "1", "options": "108", "text": f"{WORDS}，{TYPED}"}
    asked = {"Accept": "application/json"}
    app.test_client().post(address, data={**form, "text": WORDS * 100}, headers=asked)
    received = app.test_client().post(address, data=form, headers=asked)
    assert received.status_code == 201, received.text
    Worker(deployment).drain()
    clock.advance(timedelta(hours=3))
    receipt = received.get_json()["receipt"]
    answer = app.test_client().post("/mine", data={"receipt": receipt, "text": LATER_WORDS})
    assert answer.status_code < 500
    report_and_seek(deployment, app, receipt)
    Worker(deployment).drain()
    clock.advance(timedelta(days=20))
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        return conn.execute(select(rectification_case.c.public_id)).scalar_one()


def report_and_seek(deployment: Deployment, app: Flask, receipt: str) -> None:
    """Report pressure, then find the services by number: wrong digits, then the right ones."""
    client = app.test_client()
    pressed = client.post("/mine", data={"receipt": receipt, "action": "pressed"})
    assert pressed.status_code == 200
    asked = client.post("/find", data={"mobile": MOBILE})
    proof = re.search(r'name="proof" value="(\d+)"', asked.text)
    assert proof is not None
    right = one_time.code(deployment.keyring, int(proof[1]))
    for digits in ("999999", right):
        step = {"step": "prove", "proof": proof[1], "digits": digits}
        found = client.post("/find", data=step)
        assert heard_in(asked.text + found.text, PERSONS) == []
    assert "我的办件" in found.text


def pushed(deployment: Deployment, app: Flask) -> str:
    """Push the bird twice, once wrongly; return the path of its link."""
    new = NewApiKey("业务系统", frozenset(API_SCOPES), REGION)
    with deployment.store.write() as conn:
        emit, at = deployment.journal.emit, deployment.clock.now()
        _, key = api_keys.add(conn, deployment.keyring, emit, new, at)
    sent = body(deployment, 1, name=NAME, mobile=MOBILE, certificate_no=CERTIFICATE)
    sent["cases"][0]["agent"] = {"name": AGENT, "mobile": AGENT_MOBILE, "type": "1"}
    headers = {"Authorization": f"Bearer {key}"}
    wrong = json.loads(json.dumps(sent))
    wrong["cases"][0]["applicant"]["certificate_type"] = ["111"]
    refused = app.test_client().post("/api/v1/service-cases", json=wrong, headers=headers)
    assert refused.status_code == 422
    assert not heard_in(refused.text)
    answer = app.test_client().post("/api/v1/service-cases", json=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    assert not heard_in(answer.text)
    url: str = answer.get_json()["results"][0]["rating_url"]
    return "/r/" + url.rpartition("/r/")[2]


def heard_in(page: str, birds: tuple[str, ...] = BIRDS) -> list[str]:
    """The birds that are heard in a text, also in its escapes."""
    escaped = {bird: json.dumps(bird)[1:-1] for bird in birds}
    return [bird for bird in birds if bird in page or escaped[bird] in page]


def test_no_page_of_the_units_people_names_the_rater(aviary: Aviary) -> None:
    """What was written stands on the case for its handler, without the number in it."""
    own = f"/console/cases/{aviary.case}"
    seen = 0
    for role in UNIT_ROLES:
        client = aviary.client(role)
        for path in (*addresses(aviary.app), own):
            answer = client.get(path)
            assert answer.status_code < 500, path
            birds = (*PERSONS, TYPED) if path == own else BIRDS
            assert heard_in(answer.get_data().decode(errors="ignore"), birds) == [], (role, path)
            seen += answer.status_code == 200
    assert seen > 40


def addresses(app: Flask) -> list[str]:
    """The addresses of all pages that need nothing filled in."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted(rule.rule for rule in rules if not rule.arguments)


def test_the_log_says_nothing_of_persons_and_words(aviary: Aviary) -> None:
    for path in addresses(aviary.app):
        aviary.app.test_client().get(path)
    said = aviary.log.getvalue()
    assert said.count("\n") > 20
    assert heard_in(said) == []


def test_journal_jobs_and_messages_carry_ids_only(aviary: Aviary) -> None:
    rows = 0
    with aviary.deployment.store.read() as conn:
        for table in (journal, journal_parked, job, message, message_attempt, inbox):
            for row in conn.execute(select(table)):
                rows += 1
                assert heard_in(str(row._asdict())) == [], table.name
    assert rows > 10


def test_no_export_names_anybody(aviary: Aviary) -> None:
    client = aviary.app.test_client()
    for name in ("organizations", "halls", "windows", "items"):
        answer = client.get(f"/api/v1/boards/{name}?format=csv")
        assert answer.status_code in (200, 404)
        assert heard_in(answer.text) == []
    with aviary.deployment.store.read() as conn:
        exportable = [one for one in importing.OWN_KINDS if one.export is not None]
        for kind in exportable:
            out = io.BytesIO()
            export(conn, kind, out)
            assert heard_in(out.getvalue().decode("utf-8-sig")) == []


def test_no_byte_of_the_database_is_in_the_clear(
    aviary: Aviary, request: pytest.FixtureRequest
) -> None:
    store = aviary.deployment.store
    if store.dialect == "sqlite":
        files = sorted(Path(str(store.engine.url.database)).parent.glob("*.db*"))
        found = b"".join(file.read_bytes() for file in files)
    else:
        found = _dump(aviary.deployment) + _files(request.getfixturevalue("postgres"))
    assert aviary.case.encode() in found, "the files are those of the database"
    for bird in BIRDS:
        raw = bird.encode()
        for written in (raw, raw.hex().encode(), bird.encode("utf-16-le")):
            assert written not in found, bird


def _dump(deployment: Deployment) -> bytes:
    """Every row of every table as text, as a dump writes it."""
    tables = text(
        "SELECT quote_ident(table_name) FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    with deployment.store.read() as conn:
        names = list(conn.execute(tables).scalars())
        rows = [
            str(row)
            for name in names
            for row in conn.execute(text(f"SELECT t::text FROM {name} AS t")).scalars()
        ]
    return "\n".join(rows).encode()


def _files(server: PostgresServer) -> bytes:
    """The server's files: tables, indexes and the write-ahead log."""
    data = server.folder / "data"
    folders = (data / "base", data / "pg_wal")
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return b"".join(file.read_bytes() for file in files)
