"""Opinions belong to no occurrence and are counted apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluation.conftest import Notebook, Town, count

from haochaping.access.tables import vault_key
from haochaping.crypto import Keyring
from haochaping.evaluation import opinions
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.for_plugins import OpinionService
from haochaping.evaluation.opinions import Opinion, OpinionBook
from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.evaluation.tables import opinion
from haochaping.hooks.services import Opinions
from haochaping.store import Store

GIVEN = Opinion(
    idempotency_key="box-17", kind="comprehensive", organization_id=1, grade=2, text="灯太暗"
)


@pytest.fixture
def book(keyring: Keyring, notebook: Notebook, town: Town) -> OpinionBook:
    return OpinionBook(keyring, notebook.emit)


def test_an_opinion_is_stored_once(
    book: OpinionBook, desk: Desk, store: Store, notebook: Notebook
) -> None:
    with store.write() as conn:
        first = book.record(conn, GIVEN, desk.clock.now())
        again = book.record(conn, GIVEN, desk.clock.now())
    assert first == again
    assert (count(store, opinion), notebook.kinds) == (1, ["opinion.recorded"])


def test_an_opinions_words_are_sealed_and_stay_out_of_the_journal(
    book: OpinionBook, desk: Desk, store: Store, notebook: Notebook
) -> None:
    with store.write() as conn:
        opinion_id = book.record(conn, GIVEN, desk.clock.now())
        assert book.words_of(conn, opinion_id) == "灯太暗"
    assert "灯" not in str(notebook.events)


def test_an_opinion_without_words_needs_no_key(book: OpinionBook, desk: Desk, store: Store) -> None:
    before = count(store, vault_key)
    with store.write() as conn:
        opinion_id = book.record(conn, replace(GIVEN, text=" "), desk.clock.now())
        assert book.words_of(conn, opinion_id) == ""
        assert book.words_of(conn, 1) == ""
    assert count(store, vault_key) == before


@pytest.mark.parametrize("wrong", [{"grade": 6}, {"organization_id": 99}])
def test_an_opinion_is_checked(
    book: OpinionBook, desk: Desk, store: Store, wrong: dict[str, int]
) -> None:
    with store.write() as conn, pytest.raises(InvalidEvaluation):
        book.record(conn, replace(GIVEN, **wrong), desk.clock.now())


def test_plugins_record_opinions_under_their_own_keys(desk: Desk, town: Town, store: Store) -> None:
    services: list[Opinions] = [OpinionService(desk, "yantai"), OpinionService(desk, "sichuan")]
    for service in services:
        for _ in range(2):
            service.record(
                idempotency_key="1", kind="open_day", organization_id=1, grade=None, text="好"
            )
    assert count(store, opinion) == 2


def test_an_opinion_that_lost_a_race_leaves_no_key_behind(
    book: OpinionBook, desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as conn:
        first = book.record(conn, GIVEN, desk.clock.now())
    keys = count(store, vault_key)
    answers = iter([None, first])
    monkeypatch.setattr(opinions, "_known", lambda conn, key: next(answers))
    with store.write() as conn:
        assert book.record(conn, GIVEN, desk.clock.now()) == first
    assert (count(store, opinion), count(store, vault_key)) == (1, keys)
