"""The database busy or away: a page in words, a time to come back, nothing falsely received."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.pushing import take_in
from haochaping.testing.postgres import PostgresServer, start_postgres
from haochaping.web.app import create_app
from tests.catalogues import body
from tests.faults.ground import Ground, prepare, stock

Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    server = start_postgres()
    yield server
    server.stop()


def _stopped(server: PostgresServer) -> Away:
    data = str(server.folder / "data")

    @contextmanager
    def stopped() -> Iterator[None]:
        server._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
        yield
        log, options = str(server.folder / "log"), f"-p {server.port} -k {server.folder}"
        server._run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)

    return stopped


def _busy(lock: Path) -> Away:
    @contextmanager
    def busy() -> Iterator[None]:
        held = os.open(lock, os.O_RDWR)
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
        os.close(held)

    return busy


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Away]:
    """The database's address, and what takes it away."""
    if request.param == "sqlite":
        file = tmp_path / "faults.db"
        return f"sqlite:///{file}", _busy(Path(f"{file}.writer"))
    server: PostgresServer = request.getfixturevalue("own_server")
    return server.url(), _stopped(server)


@pytest.fixture
def deployment(
    place: tuple[str, Away], tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    monkeypatch.setattr("haochaping.store.engine.BUSY_SECONDS", 1.0)
    home = tmp_path / "home"
    prepare(home, place[0])
    found = Ground(home).open(clock)
    stock(found, 2)
    yield found
    found.close()


@pytest.fixture
def client(deployment: Deployment) -> FlaskClient:
    return create_app(deployment).test_client()


def link(deployment: Deployment) -> str:
    invitation = take_in(deployment, body(deployment, 1))[0].invitation
    assert invitation is not None
    return f"/r/{invitation.code}"


def filled(client: FlaskClient, path: str) -> dict[str, str]:
    page = client.get(path).get_data(as_text=True)
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return {"token": token[1], "grade": "5"}


def stored(deployment: Deployment) -> int:
    with deployment.store.read() as conn:
        return conn.execute(select(func.count()).select_from(evaluation)).scalar_one()


def test_a_rating_that_cannot_be_stored_is_not_called_received(
    deployment: Deployment, client: FlaskClient, place: tuple[str, Away]
) -> None:
    path = link(deployment)
    form = filled(client, path)
    with place[1]():
        answer = client.post(path, data=form)
        again = client.post(path, data=form, headers={"Accept": "application/json"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == again.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert int(again.headers["Retry-After"]) > 0
    assert again.mimetype == "application/problem+json"
    assert "12345" in page
    assert "还没有保存" in page
    assert not any(word in page for word in ("已收到", "Traceback", "sqlite", "psycopg"))

    received = _until_back(client, path, form)
    assert received.status_code == 200
    assert "已收到" in received.get_data(as_text=True)
    assert stored(deployment) == 1


def _until_back(client: FlaskClient, path: str, form: dict[str, str]):
    """Send the same form again, as the page tells its reader; connections heal on the way."""
    for _ in range(40):
        answer = client.post(path, data=form)
        if answer.status_code != 503:
            break
    return answer
