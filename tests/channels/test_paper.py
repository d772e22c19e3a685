"""Batches of paper forms: two people key them, a third or the scan settles, all is sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from haochaping.channels import paper
from haochaping.channels.paper import NewBatch, NotNow, NotYours, PaperBook
from haochaping.channels.paper_tables import paper_batch, paper_scan, paper_sheet
from haochaping.channels.scans import Scan
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.store import Store

ROWS = (
    {"ref": "1234567890", "grade": "5", "options": "", "text": "很好"},
    {"ref": "X", "grade": "2"},
)


@pytest.fixture
def book(keyring: Keyring) -> PaperBook:
    return PaperBook(keyring)


@pytest.fixture
def batch_id(store: Store, book: PaperBook, clock: FakeClock) -> int:
    with store.write() as conn:
        return book.begin(conn, NewBatch("/330106/", "", 2, 11), clock.now())


def found(conn: Any, batch_id: int) -> paper.Batch:
    batch = paper.find(conn, batch_id)
    assert batch is not None
    return batch


def test_a_batch_is_keyed_by_two_people(store: Store, book: PaperBook, batch_id: int) -> None:
    with store.write() as conn:
        book.key_first(conn, found(conn, batch_id), ROWS)
        with pytest.raises(NotYours):
            book.key_second(conn, found(conn, batch_id), ROWS, 11)
        book.key_second(conn, found(conn, batch_id), ROWS, 12)
        batch = found(conn, batch_id)
        sheets = book.sheets(conn, batch)
    assert (batch.state, batch.second_by) == ("differs", 12)
    assert [dict(one.first) for one in sheets] == [dict(row) for row in ROWS]
    assert [dict(one.second) for one in sheets] == [dict(row) for row in ROWS]


def test_a_step_is_taken_once(store: Store, book: PaperBook, batch_id: int) -> None:
    with store.write() as conn:
        batch = found(conn, batch_id)
        book.key_first(conn, batch, ROWS)
        with pytest.raises(NotNow):
            book.key_first(conn, batch, ROWS)


def test_a_third_person_settles_or_anybody_with_the_scan(
    store: Store, book: PaperBook, batch_id: int, clock: FakeClock
) -> None:
    with store.write() as conn:
        book.key_first(conn, found(conn, batch_id), ROWS)
        book.key_second(conn, found(conn, batch_id), ROWS, 12)
        batch = found(conn, batch_id)
        assert [batch.may_settle(one) for one in (11, 12, 13)] == [False, False, True]
        book.attach(conn, batch, Scan("image/png", b"picture"), clock.now())
        batch = found(conn, batch_id)
        assert [batch.may_settle(one) for one in (11, 12, 13)] == [True, True, True]


def test_a_batch_ends_when_every_sheet_has_its_answer(
    store: Store, book: PaperBook, batch_id: int, clock: FakeClock
) -> None:
    with store.write() as conn:
        book.key_first(conn, found(conn, batch_id), ROWS)
        book.key_second(conn, found(conn, batch_id), ROWS, 12)
        batch = found(conn, batch_id)
        book.answer(conn, batch, 1, "created", 5)
        assert not book.close_if_answered(conn, batch, None, clock.now())
        book.answer(conn, batch, 2, "dropped")
        assert book.close_if_answered(conn, batch, 13, clock.now())
        assert found(conn, batch_id).settled_by == 13
        assert paper.unfinished(conn) == ()


def test_what_was_keyed_and_scanned_is_sealed(
    store: Store, book: PaperBook, batch_id: int, clock: FakeClock
) -> None:
    with store.write() as conn:
        batch = found(conn, batch_id)
        book.key_first(conn, batch, ROWS)
        scan_id = book.attach(conn, batch, Scan("image/png", b"picture of 1234567890"), clock.now())
        kept = str([conn.execute(select(one)).all() for one in (paper_sheet, paper_scan)])
        assert "1234567890" not in kept
        scan = book.scan(conn, batch, scan_id)
        assert scan is not None
        assert scan.content == b"picture of 1234567890"
        assert book.scan(conn, batch, 1) is None


def test_sheets_of_one_batch_cannot_be_moved_into_another(
    store: Store, book: PaperBook, batch_id: int
) -> None:
    from haochaping.crypto import Unsealable

    with store.write() as conn:
        batch = found(conn, batch_id)
        book.key_first(conn, batch, ROWS)
        swapped = select(paper_sheet.c.first_sealed).where(paper_sheet.c.no == 2).scalar_subquery()
        conn.execute(update(paper_sheet).where(paper_sheet.c.no == 1).values(first_sealed=swapped))
        with pytest.raises(Unsealable):
            book.sheets(conn, batch)


def test_old_batches_cannot_be_read_any_more(
    store: Store, book: PaperBook, batch_id: int, clock: FakeClock
) -> None:
    with store.write() as conn:
        batch = found(conn, batch_id)
        book.key_first(conn, batch, ROWS)
        book.attach(conn, batch, Scan("image/png", b"picture"), clock.now())
        done = {"state": "done", "done_at": clock.now()}
        conn.execute(update(paper_batch).values(done))
        assert paper.tidy(conn, clock.now()) == 0
        assert paper.tidy(conn, clock.now() + timedelta(days=1)) == 1
        assert [dict(one.first) for one in book.sheets(conn, batch)] == [{}, {}]
        assert paper.scan_list(conn, batch_id) == ()


def test_a_finished_batch_takes_no_more_scans(
    store: Store, book: PaperBook, batch_id: int, clock: FakeClock
) -> None:
    with store.write() as conn:
        conn.execute(update(paper_batch).values(state="done", done_at=clock.now()))
        with pytest.raises(NotNow):
            book.attach(conn, found(conn, batch_id), Scan("image/png", b"x"), clock.now())
