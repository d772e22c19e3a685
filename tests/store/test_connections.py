"""Connections stay open between transactions, and a broken one takes the idle ones with it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from haochaping.store import Store
from haochaping.store.connections import KEPT, OpenConnections


def test_a_connection_is_used_again(store: Store) -> None:
    with store.look() as first:
        pass
    with store.read() as second, store.look() as third:
        assert second is first
        assert third is not first


def test_nothing_stays_begun(store: Store) -> None:
    with store.look() as conn:
        conn.execute(text("SELECT 1"))
    assert not conn.in_transaction()
    with pytest.raises(LookupError), store.write() as conn:
        raise LookupError
    assert not conn.in_transaction()


def test_after_a_broken_one_no_idle_one_is_trusted(store: Store) -> None:
    open_ones = OpenConnections(store.engine)
    idle, broken = open_ones.take(), open_ones.take()
    open_ones.give(idle)
    broken.invalidate()
    open_ones.give(broken)
    assert idle.closed
    assert open_ones.take() not in (idle, broken)


def test_those_of_a_rush_go_back_to_the_pool(store: Store) -> None:
    open_ones = OpenConnections(store.engine)
    taken = [open_ones.take() for _ in range(KEPT + 1)]
    for one in taken:
        open_ones.give(one)
    assert [one.closed for one in taken] == [False] * KEPT + [True]
    open_ones.close()
    assert all(one.closed for one in taken)
