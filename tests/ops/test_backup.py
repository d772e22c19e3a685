"""Backups: consistent while ratings come in, unreadable when changed, restored with a report."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select

from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.copying import backing, moving, rehearsing, restoring, rows
from haochaping.copying.archive import BackupUnreadable
from haochaping.copying.backing import Made
from haochaping.copying.restoring import RestoreRefused
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.disclosure import reviews, search
from haochaping.disclosure.tables import review, review_batch
from haochaping.evaluation import conservation
from haochaping.evaluation.tables import evaluation
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.journal.reading import Reader, read_on
from haochaping.journal.sealing import latest, verify
from haochaping.journal.tables import journal
from haochaping.operating import facts, receipts
from haochaping.settings import DATABASE_VARIABLE
from haochaping.store import migrating
from haochaping.telling import tell
from haochaping.worker import Worker
from tests.conftest import MONDAY
from tests.faults.ground import stock
from tests.ops.conftest import rate

KEY = bytes(range(32))


@pytest.fixture
def home(home: Path, tmp_path: Path) -> Path:
    """The deployment notes its receipts on another path."""
    settings = home / "deployment.yaml"
    settings.write_text(f"profile: base\nreceipt_journal: {tmp_path / 'receipts.log'}\n")
    return home


@pytest.fixture
def empty(
    home: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[FakeClock], Deployment]]:
    """Open the same deployment over a fresh, empty database of the same kind."""
    opened: list[Deployment] = []

    def make(clock: FakeClock) -> Deployment:
        url = f"sqlite:///{tmp_path / 'fresh.db'}"
        if "postgresql" in request.node.callspec.id:
            admin = request.getfixturevalue("postgres_admin")
            admin.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
            admin.execute("CREATE DATABASE fresh")
            url = request.getfixturevalue("postgres").url("fresh")
        monkeypatch.setenv(DATABASE_VARIABLE, url)
        opened.append(Deployment.open(home, clock=clock, checked=False))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def made(deployment: Deployment, tmp_path: Path) -> Made:
    return backing.backup(deployment, tmp_path / "backups", KEY)


def everything(deployment: Deployment) -> dict[str, list[Any]]:
    """All rows of all tables but those that tell of the copies themselves."""
    with deployment.store.read() as conn:
        found = rows.tables(conn, deployment.migration_lines())
        return {
            table.name: [tuple(row) for row in rows.read(conn, table)]
            for table in found
            if table.name not in {"ops_fact", "process_beat"}
        }


def test_a_backup_holds_every_row_and_is_read_back(rated: Deployment, tmp_path: Path) -> None:
    Worker(rated).drain()
    done = made(rated, tmp_path)
    checked = backing.check(done.path, KEY)
    kept = {name: len(found) for name, found in everything(rated).items()}
    assert {name: n for name, n in checked.rows.items() if name in kept} == kept
    assert done.path.stat().st_mode & 0o077 == 0
    assert checked.header.received == 12
    assert list(done.path.parent.glob("*.part")) == []
    with rated.store.read() as conn:
        assert facts.last(conn, "backup") is not None


def test_it_is_encrypted_and_opens_for_nobody_else_nor_when_changed(
    rated: Deployment, tmp_path: Path
) -> None:
    path = made(rated, tmp_path).path
    data = path.read_bytes()
    assert "社保".encode() not in data
    assert b"evaluation" not in data
    with pytest.raises(BackupUnreadable):
        backing.check(path, bytes(32))
    for broken in (
        data[:-20],
        data[:200] + b"x" + data[201:],
        data[:-1],
        b"x",
        data + b"\0\0\0\1x",
    ):
        path.write_bytes(broken)
        with pytest.raises(BackupUnreadable):
            backing.check(path, KEY)


def test_it_is_consistent_while_ratings_come_in(rated: Deployment, tmp_path: Path) -> None:
    """Ratings go on during five backups; each holds as many ratings as its journal says."""
    import tests.ops.conftest as ground

    stop, numbers = threading.Event(), count(13)
    from haochaping.pushing import take_in
    from tests.catalogues import body

    def go_on() -> None:
        while not stop.is_set():
            number = next(numbers)
            take_in(rated, {"cases": body(rated, number)["cases"]})
            ground.rate(rated, number)

    writers = [threading.Thread(target=go_on)]
    for each in writers:
        each.start()
    try:
        received = []
        for _ in range(5):
            checked = backing.check(made(rated, tmp_path).path, KEY)
            assert checked.rows["evaluation"] == checked.header.received
            received.append(checked.header.received)
    finally:
        stop.set()
        for each in writers:
            each.join()
    assert received[-1] > received[0]


def test_a_restore_brings_back_everything_and_says_what_is_missing(
    rated: Deployment,
    tmp_path: Path,
    clock: FakeClock,
    empty: Callable[[FakeClock], Deployment],
) -> None:
    """The drill of a lost disk: ratings, seals, readers, deadlines, messages, the report."""
    heard: list[str] = []
    reader = Reader("test", lambda conn, some: heard.extend(row.subject for row in some))
    from haochaping.pushing import take_in
    from tests.catalogues import body

    take_in(rated, {"cases": body(rated, 13)["cases"]})
    Worker(rated).drain()
    while read_on(rated.store, clock, reader):
        pass
    before = everything(rated)
    backup = made(rated, tmp_path).path
    clock.advance(timedelta(minutes=1))
    code = rate(rated, 13)  # acknowledged after the backup: it will be lost
    rated.receipts.message("warning-1", "sms", clock.now())
    Worker(rated).drain()

    later = empty(clock)
    done = restoring.restore(later, backup, KEY)
    (lost,) = done.lost
    assert lost.case_no == "I-5-20261116-0013"
    assert lost.code == receipts.digest(code)
    assert done.seals == 1
    assert restoring.report(later) == done.lost
    after = everything(later)
    numbers = {"journal": 1, "message": 1}
    for name, found in before.items():
        assert len(after[name]) == len(found) + numbers.get(name, 0), name
    assert after["evaluation"] == before["evaluation"]

    again = restoring.restore(later, backup, KEY)
    assert again.again
    assert everything(later) == after
    _goes_on(later, clock, (reader, heard))


def _goes_on(later: Deployment, clock: FakeClock, reading: tuple[Reader, list[str]]) -> None:
    """Ratings come in again, nobody is told twice, seals go on from the backup's."""
    reader, heard = reading
    known = list(heard)
    rate(later, 13)
    assert restoring.report(later), "the lost receipt stays lost"
    while read_on(later.store, clock, reader):
        pass
    new = heard[len(known) :]
    assert any(subject.startswith("backup:") for subject in new)
    assert not set(new) & {one for one in known if one.startswith("occurrence")}
    words = Words("催办", "warning")
    with later.store.write() as conn:
        assert _queue(conn, OutgoingMessage("warning-1", "handler", 1, "sms", words, words)) is None
    with later.store.read() as conn:
        first = latest(conn)
    clock.advance(timedelta(minutes=1))
    Worker(later).drain()
    with later.store.read() as conn:
        second = latest(conn)
        assert first is not None
        assert second is not None
        assert second.number == first.number + 1
        assert list(verify(conn)) == []
        told = conn.execute(select(journal.c.payload).where(journal.c.kind == "journal.restored"))
        break_ = json.loads(told.scalar_one())
        assert break_["lost"] == 1
        assert break_["void_seals"] == 1
        assert conservation.count(conn).holds
        assert conn.execute(select(func.count()).select_from(evaluation)).scalar() == 13
        ours = select(message.c.state).where(message.c.business_id == "warning-1")
        assert conn.execute(ours).scalar_one() == "sent"
    with later.store.write() as conn:
        assert tallies.compare(conn, CountingRules.of(later.profile.rules)) == ()


def _queue(conn: Any, outgoing: OutgoingMessage) -> int | None:
    from haochaping.delivery import messages

    return messages.queue(conn, outgoing, FakeClock(MONDAY).now())


def test_a_database_that_is_not_empty_is_left_alone(rated: Deployment, tmp_path: Path) -> None:
    path = made(rated, tmp_path).path
    before = everything(rated)
    with pytest.raises(RestoreRefused, match="不是空的"):
        restoring.restore(rated, path, KEY)
    assert everything(rated) == before


def test_a_drill_restores_aside_checks_and_leaves_nothing(
    rated: Deployment, tmp_path: Path
) -> None:
    Worker(rated).drain()
    done = rehearsing.rehearse(rated, made(rated, tmp_path).path, KEY)
    assert done.sound
    assert list((rated.home / "data").iterdir()) == []
    with rated.store.read() as conn:
        assert facts.last(conn, "drill") is not None


def test_the_commands_back_up_report_and_refuse(rated: Deployment, tmp_path: Path) -> None:
    home = ["--home", str(rated.home), "--lang", "en"]
    run = CliRunner().invoke(main, [*home, "backup", "--to", str(tmp_path / "b"), "--json"])
    assert run.exit_code == 0, run.output
    file = json.loads(run.stdout)["file"]
    run = CliRunner().invoke(main, [*home, "restore", file])
    assert run.exit_code == 3
    assert "not empty" in run.stderr
    run = CliRunner().invoke(main, [*home, "restore", file, "--drill", "--json"])
    assert json.loads(run.stdout)["sound"] is True, run.output
    run = CliRunner().invoke(main, [*home, "restore", "--report"])
    assert (run.exit_code, run.stdout) == (0, "")
    assert CliRunner().invoke(main, [*home, "restore"]).exit_code == 2


def test_sqlite_moves_to_postgresql_and_goes_on_there(
    sqlite_url: str,
    postgres: Any,
    postgres_admin: Any,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    """All rows are there, ratings conserved; the old file takes no more, readers go on."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "deployment.yaml").write_text(f"profile: base\ndatabase: {sqlite_url}\n")
    from haochaping.settings import write_secrets

    write_secrets(home)
    old = Deployment.open(home, clock=clock)
    stock(old, 12)
    for number in range(1, 12):
        rate(old, number)
    Worker(old).drain()
    before = everything(old)
    postgres_admin.execute("DROP DATABASE IF EXISTS moved WITH (FORCE)")
    postgres_admin.execute("CREATE DATABASE moved")
    tell(old, "web")
    with pytest.raises(RestoreRefused, match="停止各进程"):
        moving.move(old, postgres.url("moved"))
    clock.advance(timedelta(minutes=5))
    done = moving.move(old, postgres.url("moved"))
    assert done.received == 11
    with pytest.raises(Exception, match="moved to PostgreSQL"):
        rate(old, 12)
    old.close()
    new = Deployment.open(home, clock=clock)
    assert new.store.dialect == "postgresql"
    assert {name: len(found) for name, found in everything(new).items()} == {
        name: len(found) for name, found in before.items()
    }
    rate(new, 12)
    Worker(new).drain()
    with new.store.write() as conn:
        assert tallies.compare(conn, CountingRules.of(new.profile.rules)) == ()
    with new.store.read() as conn:
        assert conservation.count(conn).received == 12
        assert list(verify(conn)) == []
    new.close()


def test_a_line_that_cannot_be_noted_stops_no_rating(rated: Deployment, tmp_path: Path) -> None:
    journal_ = receipts.ReceiptJournal(tmp_path / "away" / "receipts.log")
    key = next(iter(receipts.read(tmp_path / "receipts.log")))
    journal_.message("b", "sms", key.at)
    with (tmp_path / "receipts.log").open("a") as file:
        file.write('{"kind": "receipt", "at": "20')
    told = list(receipts.read(tmp_path / "receipts.log"))
    assert sum(line.kind == receipts.RECEIPT for line in told) == 12
    assert "text" not in (tmp_path / "receipts.log").read_text()


def test_a_backup_older_than_the_search_is_found_in_after_it_was_restored(
    rated: Deployment, empty: Callable[[FakeClock], Deployment], tmp_path: Path
) -> None:
    """The search's tables came later than the comments: they are filled after the migration."""
    batch = {"id": 1, "region": "330106", "day": MONDAY.date(), "size": 1}
    comment = {
        "id": 7, "region": "330106", "served_month": 202611, "evaluation_id": 7, "grade": 1,
        "occurrence_id": 7, "organization_id": 1, "day": MONDAY.date(), "state": "published",
        "text": "排队两小时", "batch_id": 1, "place": 0,
    }  # fmt: skip
    migrating.downgrade(rated.store, migrating.CORE, "m0052")
    with rated.store.write() as conn:
        conn.execute(insert(review_batch).values(batch | {"published_at": rated.clock.now()}))
        conn.execute(insert(review).values(comment))
    restored = empty(FakeClock(MONDAY))
    restoring.restore(restored, made(rated, tmp_path).path, KEY)
    with restored.store.read() as conn:
        found = reviews.recent(conn, reviews.no_notes, reviews.Filter(text="排队"))
    assert [one.text for one in found.reviews] == ["排队两小时"]
    assert search.complete(restored.store) == 0
