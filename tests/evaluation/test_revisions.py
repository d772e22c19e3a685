"""Raters change their mind; history is kept, and every chain stays one chain."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.evaluation.conftest import Gatekeeper, Notebook, count, rows

from haochaping.clock import FakeClock
from haochaping.evaluation import changes, receipts, revisions
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import (
    ChangeClosed,
    IdempotencyMismatch,
    InvalidEvaluation,
    NotChangeable,
    UnknownReceipt,
)
from haochaping.evaluation.receipts import Chain, Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey
from haochaping.problems import Problem
from haochaping.store import Store
from haochaping.web.codes import grouped


@pytest.fixture
def first(intake: Intake, bad: Draft) -> Receipt:
    return intake.submit(bad)


@pytest.fixture
def better(good: Draft) -> Draft:
    return replace(good, grade=4, idempotency_key="change-1", channel="web")


def chain(desk: Desk, receipt: str) -> Chain:
    with desk.store.read() as conn:
        return receipts.find(conn, desk, receipt)


def void(desk: Desk, receipt: Receipt, reason: str = "mistaken") -> None:
    with desk.store.write() as conn:
        decree = Decree(reason, desk.clock.now(), account_id=8)
        changes.void(conn, desk, receipt.evaluation, decree)


def test_an_amendment_is_a_new_row_and_the_old_one_is_superseded(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    revisions.amend(desk, first.code, better)
    old, new = rows(store)
    assert (old.status, old.grade, new.status, new.grade) == ("superseded", 2, "effective", 4)
    assert (new.first_id, new.supersedes_id) == (old.id, old.id)


def test_an_amended_rating_counts_on_the_day_of_the_first(
    desk: Desk, first: Receipt, better: Draft, store: Store, clock: FakeClock
) -> None:
    clock.advance(timedelta(days=3))
    second = revisions.amend(desk, first.code, better)
    old, new = rows(store)
    assert new.counted_on == old.counted_on
    assert new.first_received_at == old.received_at < new.received_at
    assert second.changeable_until == first.changeable_until


def test_the_event_tells_what_was_and_what_is(
    desk: Desk, first: Receipt, better: Draft, notebook: Notebook
) -> None:
    revisions.amend(desk, first.code, better)
    assert notebook.kinds[-1] == "evaluation.amended"
    now, before = notebook.last, notebook.last["previous"]
    assert (before["grade"], before["status"], before["channel"]) == (2, "effective", "qr")
    assert (now["grade"], now["status"], now["channel"]) == (4, "effective", "web")
    assert (before["first_bad"], now["first_bad"], now["bad"]) == (1, 0, 0)


def test_every_receipt_of_a_chain_leads_to_all_of_it(
    desk: Desk, first: Receipt, better: Draft
) -> None:
    second = revisions.amend(desk, first.code, better)
    for code in (first.code, grouped(second.code).lower()):
        assert [row.grade for row in chain(desk, code).history] == [2, 4]


def test_an_amendment_through_the_first_receipt_changes_the_newest_row(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    revisions.amend(desk, first.code, better)
    revisions.amend(desk, first.code, replace(better, grade=3, idempotency_key="change-2"))
    assert [row.status for row in rows(store)] == ["superseded", "superseded", "effective"]
    assert rows(store)[2].supersedes_id == rows(store)[1].id


def test_the_same_change_sent_twice_is_one_change(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    answers = {revisions.amend(desk, first.code, better).code for _ in range(3)}
    assert (len(answers), count(store)) == (1, 2)


def test_another_change_under_the_same_key_is_a_mismatch(
    desk: Desk, first: Receipt, better: Draft
) -> None:
    revisions.amend(desk, first.code, better)
    with pytest.raises(IdempotencyMismatch):
        revisions.amend(desk, first.code, replace(better, grade=3))


def test_parallel_changes_leave_one_current_rating(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    def change(number: int) -> None:
        draft = replace(better, idempotency_key=f"change-{number}", grade=3 + number % 3)
        try:
            revisions.amend(desk, first.code, draft)
        except NotChangeable as problem:
            lost.append(problem)

    lost: list[Problem] = []
    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = rows(store)
    assert [row.status for row in stored].count("effective") == 1
    assert len(stored) == 1 + 8 - len(lost)
    assert len({row.supersedes_id for row in stored}) == len(stored)


def test_a_change_is_checked_like_a_rating(desk: Desk, first: Receipt, better: Draft) -> None:
    with pytest.raises(InvalidEvaluation):
        revisions.amend(desk, first.code, replace(better, grade=None))


def test_a_change_is_admitted_like_a_rating(
    desk: Desk, first: Receipt, better: Draft, gatekeeper: Gatekeeper, store: Store
) -> None:
    gatekeeper.answer = lambda asked: Admission(Verdict.HOLD, "suspicious")
    assert revisions.amend(desk, first.code, better).status is EvaluationStatus.HELD
    assert [row.status for row in rows(store)] == ["superseded", "held"]


def test_after_the_window_nothing_can_be_changed(
    desk: Desk, first: Receipt, better: Draft, clock: FakeClock
) -> None:
    clock.set(first.changeable_until - timedelta(microseconds=1))
    assert chain(desk, first.code).can_change
    clock.set(first.changeable_until)
    assert not chain(desk, first.code).can_change
    with pytest.raises(ChangeClosed):
        revisions.amend(desk, first.code, better)
    with pytest.raises(ChangeClosed):
        revisions.withdraw(desk, first.code)


@pytest.mark.parametrize("code", ["", "hello", "00000-00000-00000-00000"])
def test_an_unknown_receipt_is_told_alike(desk: Desk, first: Receipt, code: str) -> None:
    with pytest.raises(UnknownReceipt):
        revisions.withdraw(desk, code)


def test_withdrawing_keeps_the_row_and_tells_the_journal(
    desk: Desk, first: Receipt, store: Store, notebook: Notebook
) -> None:
    assert revisions.withdraw(desk, first.code).status is EvaluationStatus.WITHDRAWN
    (row,) = rows(store)
    assert (row.status, row.grade) == ("withdrawn", 2)
    assert (notebook.kinds[-1], notebook.last["previous_status"]) == (
        "evaluation.withdrawn",
        "effective",
    )


def test_withdrawing_twice_changes_nothing(desk: Desk, first: Receipt, notebook: Notebook) -> None:
    revisions.withdraw(desk, first.code)
    revisions.withdraw(desk, first.code)
    assert notebook.kinds.count("evaluation.withdrawn") == 1


def test_a_withdrawn_rating_can_be_given_again_in_the_same_chain(
    desk: Desk, first: Receipt, better: Draft, store: Store, notebook: Notebook
) -> None:
    revisions.withdraw(desk, first.code)
    assert not chain(desk, first.code).can_withdraw
    revisions.amend(desk, first.code, better)
    assert [row.status for row in rows(store)] == ["superseded", "effective"]
    assert notebook.last["previous"]["status"] == "withdrawn"


def test_a_void_rating_is_kept_and_cannot_be_changed(
    desk: Desk, first: Receipt, better: Draft, store: Store, notebook: Notebook
) -> None:
    void(desk, first)
    (row,) = rows(store)
    assert (row.status, row.reason, row.grade) == ("void", "mistaken", 2)
    assert (notebook.kinds[-1], notebook.last["account_id"]) == ("evaluation.voided", 8)
    with pytest.raises(NotChangeable):
        revisions.amend(desk, first.code, better)


def test_nothing_is_declared_void_twice(desk: Desk, first: Receipt) -> None:
    void(desk, first)
    with pytest.raises(NotChangeable):
        void(desk, first)


def test_an_unknown_rating_cannot_be_moved(desk: Desk, first: Receipt) -> None:
    key = OccurrenceKey("330106", 202611, 1)
    with desk.store.write() as conn, pytest.raises(NotChangeable):
        changes.void(conn, desk, key, Decree("mistaken", desk.clock.now()))


@pytest.mark.parametrize("reason", ["", "张三 said so", "x" * 101])
def test_a_reason_is_a_stable_word(reason: str, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="stable word"):
        Decree(reason, clock.now())


def test_what_the_rater_said_is_never_updated(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    def said(row: Any) -> dict[str, Any]:
        values = dict(row._mapping)
        return {name: values[name] for name in values if name not in {"status", "reason"}}

    before = said(rows(store)[0])
    revisions.amend(desk, first.code, better)
    revisions.withdraw(desk, first.code)
    assert said(rows(store)[0]) == before


def test_the_same_change_sent_in_parallel_is_one_change(
    desk: Desk, first: Receipt, better: Draft, store: Store
) -> None:
    answers: list[str] = []

    def change() -> None:
        answers.append(revisions.amend(desk, first.code, better).code)

    threads = [threading.Thread(target=change) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers)), count(store)) == (8, 1, 2)
