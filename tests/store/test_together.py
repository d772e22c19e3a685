"""INSERTs sent together are one transaction, seen in order by whatever else runs in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select

from haochaping.journal import Event, append
from haochaping.journal.tables import journal
from haochaping.store import Store
from haochaping.store.prepared import tell

AT = datetime(2026, 11, 16, 2, 0, 0, 123456, tzinfo=UTC)

RECORDED = Event("evaluation.recorded", "evaluation:330106:202611:1", {"差": '"\\'}, "330106")


def told(store: Store) -> int:
    with store.read() as conn:
        return conn.execute(select(func.count()).select_from(journal)).scalar_one()


def test_what_is_gathered_is_there_at_the_end(store: Store) -> None:
    with store.together() as conn:
        append(conn, [RECORDED] * 3, AT)
        append(conn, [RECORDED], AT)
    with store.read() as conn:
        rows = conn.execute(select(journal).order_by(journal.c.seq)).all()
    assert [row.at for row in rows] == [AT] * 4
    assert {row.payload for row in rows} == {'{"差":"\\"\\\\"}'}
    assert {len(bytes(row.digest)) for row in rows} == {32}


def test_a_fault_in_the_block_leaves_nothing(store: Store) -> None:
    with pytest.raises(LookupError), store.together() as conn:
        append(conn, [RECORDED], AT)
        raise LookupError
    assert told(store) == 0


def test_another_statement_sees_what_was_gathered_before_it(store: Store) -> None:
    with store.together() as conn:
        append(conn, [RECORDED], AT)
        seen = conn.execute(select(func.count()).select_from(journal)).scalar_one()
        append(conn, [RECORDED], AT)
    assert (seen, told(store)) == (1, 2)


def test_a_fault_after_another_statement_takes_everything_back(store: Store) -> None:
    with pytest.raises(LookupError), store.together() as conn:
        append(conn, [RECORDED], AT)
        tell(conn, "SELECT 1")
        append(conn, [RECORDED], AT)
        raise LookupError
    assert told(store) == 0


def test_the_connection_is_as_before_afterwards(store: Store) -> None:
    with store.together() as conn:
        append(conn, [RECORDED], AT)
    with store.write() as conn:
        append(conn, [RECORDED], AT)
        assert conn.execute(select(func.count()).select_from(journal)).scalar_one() == 2


def test_postgresql_is_spoken_to_once(postgres_url: str) -> None:
    store, said = Store.open(postgres_url), []
    event.listen(store.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    with store.together() as conn:
        append(conn, [RECORDED], AT)
    assert said == []
    assert told(store) == 1
    store.close()
