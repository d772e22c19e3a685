"""Transactions behave alike on both databases."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from haochaping.jobs.tables import job
from haochaping.store import Store, StoreUnavailable
from haochaping.store.gate import Gate, GateClosed
from haochaping.store.types import Day, Json, Moment, Scaled
from haochaping.store.upsert import insert_or_ignore, upsert

AT = datetime(2026, 11, 16, 2, 0, 0, 123456, tzinfo=UTC)


def row(dedup: str, **values):
    defaults = {"id": hash(dedup) & 0xFFFFFFFF, "kind": "k", "dedup": dedup, "payload": {}}
    return {**defaults, "due_at": AT, "ready_at": AT, "state": "open", "created_at": AT, **values}


def count(store: Store) -> int:
    with store.read() as conn:
        return conn.execute(select(func.count()).select_from(job)).scalar_one()


def test_a_writing_transaction_keeps_all_or_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as conn:
        conn.execute(insert(job), [row("a")])
        raise RuntimeError("half way")
    assert count(store) == 0
    with store.write() as conn:
        conn.execute(insert(job), [row("a")])
    assert count(store) == 1


def test_a_moment_comes_back_to_the_microsecond(store: Store) -> None:
    with store.write() as conn:
        conn.execute(insert(job), [row("a")])
    with store.read() as conn:
        assert conn.execute(select(job.c.due_at)).scalar_one() == AT


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]


def test_scaled_numbers_are_exact_or_refused() -> None:
    scaled = Scaled(2)
    assert scaled.process_bind_param(Decimal("9.99"), None) == 999  # type: ignore[arg-type]
    assert scaled.process_result_value(999, None) == Decimal("9.99")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than 2"):
        scaled.process_bind_param(Decimal("9.999"), None)  # type: ignore[arg-type]


def test_equal_values_have_equal_json() -> None:
    assert Json().process_bind_param({"b": 1, "a": "差评"}, None) == '{"a":"差评","b":1}'  # type: ignore[arg-type]
    assert Day().process_bind_param(date(2026, 11, 22), None) == "2026-11-22"  # type: ignore[arg-type]


def test_a_second_row_under_a_unique_key_is_ignored_or_updated(store: Store) -> None:
    with store.write() as conn:
        assert insert_or_ignore(conn, job, [row("a"), row("b")]) == 2
        assert insert_or_ignore(conn, job, [row("a", id=7), row("c")]) == 1
        upsert(conn, job, [row("a", id=8, kind="changed")], ["dedup"], ["kind"])
    with store.read() as conn:
        kind = conn.execute(select(job.c.kind).where(job.c.dedup == "a")).scalar_one()
    assert kind == "changed"


def test_a_broken_rule_of_the_table_is_no_passing_fault(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as conn:
        conn.execute(insert(job), [row("a"), row("a", id=5)])


def test_an_unreachable_database_is_said_to_be_away() -> None:
    store = Store.open("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable), store.read():
        pass


def test_writers_of_many_threads_lose_nothing(store: Store) -> None:
    def write(number: int) -> None:
        for index in range(20):
            with store.write() as conn:
                conn.execute(insert(job), [row(f"{number}:{index}", id=number * 1000 + index)])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(store) == 160


def test_the_gate_turns_away_who_has_waited_too_long(tmp_path) -> None:
    first = Gate(threading.Lock(), tmp_path / "lock", 0.05)
    second = Gate(threading.Lock(), tmp_path / "lock", 0.05)
    with first.entered(), pytest.raises(GateClosed), second.entered():
        pass
    with second.entered():
        pass


def test_a_closed_gate_gives_its_file_back_and_opens_again(tmp_path) -> None:
    gate = Gate(threading.Lock(), tmp_path / "lock", 0.05)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with gate.entered():
            assert len(os.listdir("/proc/self/fd")) == before + 1
        gate.close()
        gate.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_store_closed_as_often_as_opened_keeps_no_file(tmp_path) -> None:
    def used() -> int:
        store = Store.open(f"sqlite:///{tmp_path / 'used.db'}")
        with store.write() as conn:
            conn.execute(text("SELECT 1"))
        store.close()
        return len(os.listdir("/proc/self/fd"))

    assert used() == used() == used()
