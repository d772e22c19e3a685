"""The rater's own words: sealed, bound to their row, gone with their key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.evaluation.conftest import Town, rows

from haochaping.access import data_keys
from haochaping.crypto import Unsealable
from haochaping.evaluation import wording
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey
from haochaping.store import Store


def read(desk: Desk, key: OccurrenceKey) -> str:
    with desk.store.read() as conn:
        return wording.words_of(conn, desk.keyring, key)


def test_words_open_for_their_own_row(intake: Intake, bad: Draft, desk: Desk) -> None:
    assert read(desk, intake.submit(bad).evaluation) == "等了三个小时"


def test_no_words_are_an_empty_text(intake: Intake, good: Draft, desk: Desk) -> None:
    assert read(desk, intake.submit(good).evaluation) == ""
    assert read(desk, OccurrenceKey("330106", 202611, 1)) == ""


def test_words_moved_to_another_row_do_not_open(
    intake: Intake, bad: Draft, good: Draft, desk: Desk, town: Town
) -> None:
    intake.submit(bad)
    other = intake.submit(replace(good, occurrence=town.others[0], idempotency_key="k2"))
    source = rows(desk.store)[0]
    moved = {"text_sealed": source.text_sealed, "text_key_id": source.text_key_id}
    with desk.store.write() as conn:
        conn.execute(update(evaluation).where(evaluation.c.id == other.evaluation.id), moved)
    with pytest.raises(Unsealable):
        read(desk, other.evaluation)


def test_destroying_the_key_erases_the_words(
    intake: Intake, bad: Draft, desk: Desk, store: Store
) -> None:
    key = intake.submit(bad).evaluation
    with store.write() as conn:
        data_keys.destroy(conn, rows(store)[0].text_key_id)
    assert read(desk, key) == ""


def test_an_erased_persons_later_words_get_a_key_of_their_own(
    intake: Intake, bad: Draft, desk: Desk, town: Town, store: Store
) -> None:
    intake.submit(bad)
    with store.write() as conn:
        data_keys.destroy(conn, rows(store)[0].text_key_id)
    later = intake.submit(replace(bad, occurrence=town.others[0], idempotency_key="k2"))
    assert read(desk, later.evaluation) == "等了三个小时"


def test_a_draft_never_shows_its_words_in_a_log(bad: Draft) -> None:
    assert "小时" not in repr(bad)
