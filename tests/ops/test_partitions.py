"""Logs month by month: made ahead once, archived into files that were read back first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, insert, inspect, select

from haochaping.access.tables import reveal
from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.copying import archiving, backing, rehearsing
from haochaping.copying.archive import BackupUnreadable
from haochaping.copying.archiving import LogsTooYoung
from haochaping.delivery.tables import message_attempt
from haochaping.deployment import Deployment
from haochaping.examining import Level
from haochaping.operating import partitions
from haochaping.operating.partitions import LOGS, NotPartitioned, Part
from haochaping.settings import read_backup_key
from haochaping.store import Store
from haochaping.worker import Worker
from tests.ops.test_doctor import level

OLD = datetime(2025, 11, 3, tzinfo=UTC)
LATER = date(2026, 5, 1)


@pytest.fixture
def store_url(postgres_url: str) -> str:
    """PostgreSQL alone keeps logs month by month."""
    return postgres_url


def look(number: int, at: datetime) -> dict[str, object]:
    return {
        "id": number,
        "at": at,
        "account_id": 1,
        "person_id": 2,
        "purpose": f"核实第 {number} 件",
    }


def started(deployment: Deployment, at: datetime) -> None:
    for log in LOGS:
        with deployment.store.write() as conn:
            assert partitions.start(conn, log, at, deployment.zone)


@pytest.fixture
def monthly(deployment: Deployment) -> Deployment:
    """Started a year ago, with a look each month since: the worker made the months in between."""
    with deployment.store.write() as conn:
        conn.execute(insert(reveal), [look(1, OLD), look(2, OLD + timedelta(days=1))])
    started(deployment, OLD)
    looks = [look(100 + month, OLD + timedelta(days=31 * month)) for month in range(1, 13)]
    with deployment.store.write() as conn:
        partitions.make(conn, OLD, deployment.zone, ahead=13)
        conn.execute(insert(reveal), looks)
    return deployment


def names(deployment: Deployment) -> list[str]:
    with deployment.store.read() as conn:
        return [one.name for one in partitions.parts(conn, reveal)]


def count(deployment: Deployment) -> int:
    with deployment.store.read() as conn:
        return conn.execute(select(func.count()).select_from(reveal)).scalar_one()


def key(deployment: Deployment) -> bytes:
    return read_backup_key(deployment.home / "secrets" / "backup.key")


def test_a_log_becomes_monthly_without_losing_rows_keys_or_indexes(deployment: Deployment) -> None:
    before = inspect(deployment.store.engine)
    shapes = [(before.get_indexes(log.name), before.get_foreign_keys(log.name)) for log in LOGS]
    at = deployment.clock.now()
    with deployment.store.write() as conn:
        conn.execute(insert(reveal), [look(n, at) for n in range(5)])
    started(deployment, at)
    after = inspect(deployment.store.engine)
    assert [
        (after.get_indexes(log.name), after.get_foreign_keys(log.name)) for log in LOGS
    ] == shapes
    assert count(deployment) == 5
    assert names(deployment) == [
        "reveal_before", "reveal_202612", "reveal_202701", "reveal_202702", "reveal_rest"
    ]  # fmt: skip
    with deployment.store.write() as conn:
        assert not any(partitions.start(conn, log, at, deployment.zone) for log in LOGS)


def test_the_worker_makes_the_coming_months_once(deployment: Deployment, clock: FakeClock) -> None:
    started(deployment, clock.now())
    other = Deployment.open(deployment.home, clock=clock)
    clock.advance(timedelta(days=100))
    for each in (deployment, other, deployment):
        Worker(each).drain()
    other.close()
    assert names(deployment)[-4:] == [
        "reveal_202703", "reveal_202704", "reveal_202705", "reveal_rest"
    ]  # fmt: skip
    assert level(deployment, "months") is Level.FINE


def test_months_that_nobody_made_are_missed_by_the_doctor_and_lose_nothing(
    deployment: Deployment, clock: FakeClock
) -> None:
    started(deployment, clock.now())
    clock.advance(timedelta(days=250))
    with deployment.store.write() as conn:
        conn.execute(insert(reveal), look(9, clock.now() - timedelta(days=60)))
    assert level(deployment, "months") is Level.FAULT
    with deployment.store.write() as conn:
        made = partitions.make(conn, clock.now(), deployment.zone)
        assert partitions.rest_rows(conn, reveal) == 0
        assert partitions.make(conn, clock.now(), deployment.zone) == ()
    assert {"reveal_202703", "reveal_202705", "message_attempt_202710"} <= set(made)
    assert level(deployment, "months") is Level.FINE
    assert count(deployment) == 1


def test_old_months_go_into_files_that_were_read_back(monthly: Deployment, tmp_path: Path) -> None:
    folder, whole = tmp_path / "logs", count(monthly)
    done = list(archiving.archive(monthly, LATER, folder, key(monthly)))
    gone = {one.part for one in done}
    assert {"reveal_before", "reveal_202601", "reveal_202604", "message_attempt_202604"} <= gone
    assert not gone & set(names(monthly))
    assert "reveal_202605" in names(monthly)
    in_files = sum(one.rows for one in done if one.log == "reveal")
    assert in_files == 7
    assert count(monthly) == whole - in_files
    for one in done:
        path = folder / one.file
        assert archiving.sum_of(path) == one.sha256
        read = archiving.check(path, key(monthly))
        assert (read.rows, read.content) == (one.rows, one.content)
    with monthly.store.read() as conn:
        assert set(archiving.listed(conn)) == set(done)
    first = next(one for one in done if one.part == "reveal_before")
    rows = list(archiving.content(folder / first.file, key(monthly)))
    assert [row["purpose"] for row in rows] == ["核实第 1 件", "核实第 2 件"]
    assert list(archiving.archive(monthly, LATER, folder, key(monthly))) == []
    assert not list(folder.glob("*.part"))


def test_logs_younger_than_the_law_asks_are_refused(monthly: Deployment, tmp_path: Path) -> None:
    whole = count(monthly)
    with pytest.raises(LogsTooYoung, match="183"):
        list(archiving.archive(monthly, date(2026, 6, 1), tmp_path, key(monthly)))
    assert count(monthly) == whole


def test_a_file_that_was_changed_is_refused(monthly: Deployment, tmp_path: Path) -> None:
    done = next(archiving.archive(monthly, LATER, tmp_path, key(monthly)))
    path = tmp_path / done.file
    path.write_bytes(path.read_bytes()[:-3] + b"abc")
    with pytest.raises(BackupUnreadable):
        archiving.check(path, key(monthly))


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from haochaping.copying import archiving
from haochaping.deployment import Deployment
from haochaping.operating import facts, partitions
from haochaping.settings import read_backup_key

def die(*a, **k):
    os.kill(os.getpid(), 9)

home, folder, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
place, name = {
    "written": (archiving, "check"),
    "read": (archiving, "_done"),
    "taken": (facts, "note"),
    "noted": (archiving, "Event"),
}[moment]
setattr(place, name, die)
key = read_backup_key(home / "secrets" / "backup.key")
list(archiving.archive(Deployment.open(home), date(2026, 5, 1), folder, key))
"""


LONG = [pytest.param(one, marks=pytest.mark.long) for one in ("written", "read", "taken")]


@pytest.mark.parametrize("moment", [*LONG, "noted"])
def test_killed_while_archiving_every_row_is_in_the_database_or_in_a_noted_file(
    monthly: Deployment, tmp_path: Path, moment: str
) -> None:
    whole = count(monthly)
    command = [sys.executable, "-c", KILLED, str(monthly.home), str(tmp_path / "logs"), moment]
    done = subprocess.run(command, check=False, timeout=60, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert count(monthly) == whole
    with monthly.store.read() as conn:
        assert archiving.listed(conn) == ()
    again = list(archiving.archive(monthly, LATER, tmp_path / "logs", key(monthly)))
    assert count(monthly) + sum(one.rows for one in again if one.log == "reveal") == whole
    assert {one.file for one in again} == {path.name for path in (tmp_path / "logs").iterdir()}


def test_a_backup_holds_all_months_once(monthly: Deployment, tmp_path: Path) -> None:
    made = backing.backup(monthly, tmp_path / "backups", key(monthly))
    found = backing.check(made.path, key(monthly)).rows
    assert found["reveal"] == count(monthly)
    assert not any(name.startswith("reveal_2") for name in found)
    assert rehearsing.rehearse(monthly, made.path, key(monthly)).sound


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "--lang", "en", *words])


def test_the_commands(home: Path, tmp_path: Path) -> None:
    """By the clock of the machine: what is old is what was before."""
    assert "partitions start" in run(home, "partitions", "archive", "--before", "2020-01").stderr
    assert run(home, "partitions", "start").stdout == "message_attempt\t+\nreveal\t+\n"
    assert run(home, "partitions", "start").stdout == "message_attempt\t=\nreveal\t=\n"
    assert run(home, "partitions", "make").stdout == ""
    listed = json.loads(run(home, "partitions", "list", "--json").stdout)
    assert {Part(**one).log for one in listed["parts"]} == {"message_attempt", "reveal"}
    young = run(home, "partitions", "archive", "--before", f"{datetime.now(UTC):%Y-%m}")
    assert (young.exit_code, "six months" in young.stderr) == (2, True)
    assert run(home, "partitions", "archive", "--before", "soon").exit_code == 2


def test_an_archived_file_is_checked_and_shown(monthly: Deployment, tmp_path: Path) -> None:
    home = monthly.home
    done = next(
        one
        for one in archiving.archive(monthly, LATER, tmp_path, key(monthly))
        if one.log == "reveal"
    )
    file = str(tmp_path / done.file)
    assert done.content in run(home, "partitions", "check", file).stdout
    assert "核实第 1 件" in run(home, "partitions", "show", file).stdout
    assert done.sha256 in run(home, "partitions", "list").stdout


def test_sqlite_says_that_it_needs_none(sqlite_url: str, clock: FakeClock) -> None:
    store = Store.open(sqlite_url)
    with store.write() as conn, pytest.raises(NotPartitioned, match="SQLite"):
        partitions.start(conn, message_attempt, clock.now(), UTC)  # type: ignore[arg-type]
    with store.write() as conn:
        assert partitions.make(conn, clock.now(), UTC) == ()  # type: ignore[arg-type]
    store.close()
