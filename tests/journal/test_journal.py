"""Events are appended, followed by steps, read once and sealed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from haochaping.clock import FakeClock
from haochaping.journal import Entry, Event, Journal, Reader, append, read_on
from haochaping.journal.observing import Observer, deliver, retry_waiting, unpark
from haochaping.journal.reading import lag
from haochaping.journal.sealing import latest, merkle_root, seal_next, verify
from haochaping.journal.tables import journal, journal_parked
from haochaping.store import Store

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def emit(store: Store, *subjects: str, kind: str = "case.opened") -> None:
    with store.write() as conn:
        append(conn, [Event(kind, subject, {"n": 1}) for subject in subjects], AT)


def test_steps_run_inside_the_transaction_of_their_event(store: Store) -> None:
    seen = []
    steps = {"a": [lambda conn, events, at: seen.append([e.subject for e in events])]}
    with store.write() as conn:
        Journal(steps).emit(conn, Event("a", "x:1"), AT)
        Journal(steps).emit_many(conn, [Event("a", "x:2"), Event("b", "y"), Event("a", "x:3")], AT)
    assert seen == [["x:1"], ["x:2", "x:3"]]


def test_a_step_may_emit_what_follows(store: Store) -> None:
    def follow(conn, events, at):
        log.emit(conn, Event("b", events[0].subject), at)

    log = Journal({"a": [follow]})
    with store.write() as conn:
        log.emit(conn, Event("a", "x:1"), AT)
    with store.read() as conn:
        assert list(conn.execute(select(journal.c.kind).order_by(journal.c.seq)).scalars()) == [
            "a",
            "b",
        ]


@pytest.mark.parametrize("statement", [update(journal).values(kind="z"), delete(journal)])
def test_the_journal_can_only_grow(store: Store, statement) -> None:
    emit(store, "case:1")
    with pytest.raises(DBAPIError, match="append-only"), store.write() as conn:
        conn.execute(statement)


def test_a_reader_takes_every_entry_once(store: Store, clock: FakeClock) -> None:
    seen: list[Entry] = []
    reader = Reader("r", lambda conn, entries: seen.extend(entries), frozenset({"case.opened"}))
    emit(store, "case:1", "case:2")
    emit(store, "case:3", kind="other")
    while read_on(store, clock, reader, limit=2):
        pass
    emit(store, "case:4")
    read_on(store, clock, reader)
    assert [entry.subject for entry in seen] == ["case:1", "case:2", "case:4"]
    with store.read() as conn:
        assert lag(conn, "r") == 0


def test_a_failing_reader_does_not_move(store: Store, clock: FakeClock) -> None:
    def fail(conn, entries):
        raise RuntimeError("no")

    emit(store, "case:1")
    with pytest.raises(RuntimeError):
        read_on(store, clock, Reader("r", fail))
    with store.read() as conn:
        assert lag(conn, "r") == 1


def test_a_slow_transaction_is_not_skipped(postgres_url: str, clock: FakeClock) -> None:
    store = Store.open(postgres_url)
    seen: list[str] = []
    reader = Reader("r", lambda conn, entries: seen.extend(e.subject for e in entries))
    entered, leave = threading.Event(), threading.Event()

    def slow() -> None:
        with store.write() as conn:
            append(conn, [Event("a", "slow")], AT)
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    entered.wait(10)
    emit(store, "quick")
    read_on(store, clock, reader)
    assert seen == []
    leave.set()
    thread.join()
    read_on(store, clock, reader)
    assert sorted(seen) == ["quick", "slow"]
    store.close()


def test_an_observer_failure_holds_back_only_its_subject(store: Store, clock: FakeClock) -> None:
    broken, seen = {"case:1"}, []

    def call(entry: Entry) -> None:
        if entry.subject in broken:
            raise RuntimeError("gateway away")
        seen.append((entry.subject, entry.seq))

    observer = Observer("plugin:x", frozenset({"case.opened"}), call)
    emit(store, "case:1", "case:2", "case:1")
    deliver(store, clock, observer)
    assert [subject for subject, _ in seen] == ["case:2"]
    assert retry_waiting(store, clock, observer) == 0
    broken.clear()
    clock.wait(3600)
    assert retry_waiting(store, clock, observer) == 1
    clock.wait(3600)
    assert retry_waiting(store, clock, observer) == 1
    assert [subject for subject, _ in seen] == ["case:2", "case:1", "case:1"]
    assert seen[1][1] < seen[2][1]


def test_an_observer_that_keeps_failing_is_parked_and_can_be_retried(
    store: Store, clock: FakeClock
) -> None:
    healthy = False

    def call(entry: Entry) -> None:
        if not healthy:
            raise RuntimeError("still away")

    observer = Observer("plugin:x", frozenset({"case.opened"}), call)
    emit(store, "case:1")
    deliver(store, clock, observer)
    for _ in range(12):
        clock.wait(7 * 3600)
        retry_waiting(store, clock, observer)
    with store.read() as conn:
        row = conn.execute(select(journal_parked)).mappings().one()
    assert row["state"] == "parked"
    assert "still away" in row["error"]
    healthy = True
    with store.write() as conn:
        assert unpark(conn, row["id"], clock.now())
    assert retry_waiting(store, clock, observer) == 1


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def unguard(store: Store) -> None:
    """Drop the guards as somebody with full rights on the database could."""
    with store.write() as conn:
        if store.dialect == "sqlite":
            conn.execute(text("DROP TRIGGER journal_no_update"))
            conn.execute(text("DROP TRIGGER journal_no_delete"))
        else:
            conn.execute(text("DROP TRIGGER journal_append_only ON journal"))


def test_an_untouched_journal_verifies(store: Store, clock: FakeClock) -> None:
    for batch in range(3):
        emit(store, *(f"case:{batch}:{n}" for n in range(5)))
        assert seal_next(store, clock, KEY) == 5
    emit(store, "case:unsealed")
    with store.read() as conn:
        assert list(verify(conn)) == []
        seal = latest(conn)
    assert seal is not None
    assert seal.number == 3


def test_a_changed_row_is_named(store: Store, clock: FakeClock) -> None:
    emit(store, *(f"case:{n}" for n in range(7)))
    seal_next(store, clock, KEY)
    unguard(store)
    with store.write() as conn:
        conn.execute(update(journal).where(journal.c.seq == 4).values(payload='{"n":2}'))
    with store.read() as conn:
        assert [(f.seal, f.seq) for f in verify(conn)] == [(1, 4)]


def test_a_removed_row_is_found(store: Store, clock: FakeClock) -> None:
    emit(store, *(f"case:{n}" for n in range(7)))
    seal_next(store, clock, KEY)
    unguard(store)
    with store.write() as conn:
        conn.execute(delete(journal).where(journal.c.seq == 4))
    with store.read() as conn:
        assert [f.what for f in verify(conn)] == ["1 sealed rows are missing"]


def test_a_seal_signed_with_another_key_is_found(store: Store, clock: FakeClock) -> None:
    emit(store, "case:1")
    seal_next(store, clock, KEY)
    with store.read() as conn:
        assert [f.what for f in verify(conn, bytes(32))] == ["signed with another key"]


def test_the_merkle_root_depends_on_order_and_every_leaf() -> None:
    leaves = [bytes([n]) * 32 for n in range(5)]
    roots = {merkle_root(leaves), merkle_root(leaves[::-1]), merkle_root(leaves[:4])}
    assert len(roots) == 3
