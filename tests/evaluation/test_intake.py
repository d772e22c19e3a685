"""The one door: what comes in, what is stored, what is answered."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.evaluation.conftest import Gatekeeper, Notebook, Town, count, rows

from haochaping.clock import FakeClock
from haochaping.evaluation import wording
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import (
    AlreadyRated,
    BadLink,
    IdempotencyKeyMissing,
    IdempotencyMismatch,
    InvalidEvaluation,
    LinkExpired,
    UnknownOccurrence,
)
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.values import Channel, EvaluationStatus, OccurrenceKey, Words
from haochaping.jobs.tables import job
from haochaping.journal.tables import journal
from haochaping.problems import Problem
from haochaping.store import Store
from haochaping.store.engine import StoreUnavailable


def test_a_good_rating_is_stored_once_and_gets_a_receipt(
    intake: Intake, good: Draft, store: Store
) -> None:
    receipt = intake.submit(good)
    (row,) = rows(store)
    assert (row.grade, row.status, row.receipt) == (5, "effective", receipt.code)
    assert receipt.status is EvaluationStatus.EFFECTIVE


def test_a_rating_carries_the_units_of_its_service(
    intake: Intake, good: Draft, store: Store, town: Town
) -> None:
    intake.submit(good)
    (row,) = rows(store)
    found = (row.organization_id, row.hall_id, row.window_id, row.staff_id, row.item_id)
    assert found == (1, 2, 3, 4, 5)
    assert (row.region, row.served_month, row.occurrence_id) == (
        town.occurrence.region,
        town.occurrence.served_month,
        town.occurrence.id,
    )


def test_a_rating_can_come_by_its_link(
    intake: Intake, good: Draft, link: str, store: Store
) -> None:
    intake.submit(replace(good, occurrence=link.lower()))
    assert count(store) == 1


def test_a_rating_can_name_its_case(intake: Intake, good: Draft, store: Store) -> None:
    intake.submit(replace(good, occurrence=CaseRef("330106-0", 1)))
    assert rows(store)[0].occurrence_id == 100


def test_an_unknown_service_is_refused(intake: Intake, good: Draft, store: Store) -> None:
    for wanted in (OccurrenceKey("330106", 202611, 7), CaseRef("nowhere", 1)):
        with pytest.raises(UnknownOccurrence):
            intake.submit(replace(good, occurrence=wanted))
    assert count(store) == 0


def test_a_forged_link_is_refused(intake: Intake, good: Draft) -> None:
    with pytest.raises(BadLink):
        intake.submit(replace(good, occurrence="0" * 40))


def test_an_expired_link_is_refused(
    intake: Intake, good: Draft, link: str, clock: FakeClock
) -> None:
    clock.advance(timedelta(days=31))
    with pytest.raises(LinkExpired):
        intake.submit(replace(good, occurrence=link))


def test_a_replay_is_answered_even_after_its_link_has_expired(
    intake: Intake, good: Draft, link: str, clock: FakeClock
) -> None:
    first = intake.submit(replace(good, occurrence=link))
    clock.advance(timedelta(days=31))
    assert intake.submit(replace(good, occurrence=link)).code == first.code


def test_the_same_key_and_body_get_the_same_receipt(
    intake: Intake, good: Draft, store: Store, notebook: Notebook
) -> None:
    assert intake.submit(good).code == intake.submit(good).code
    assert count(store) == 1
    assert notebook.kinds == ["evaluation.recorded"]


def test_the_same_key_with_another_body_is_a_mismatch(intake: Intake, good: Draft) -> None:
    intake.submit(good)
    with pytest.raises(IdempotencyMismatch) as raised:
        intake.submit(replace(good, grade=4))
    assert raised.value.status == 422


def test_the_same_key_for_another_service_is_a_mismatch(
    intake: Intake, good: Draft, town: Town
) -> None:
    intake.submit(good)
    with pytest.raises(IdempotencyMismatch):
        intake.submit(replace(good, occurrence=town.others[0]))


def test_the_same_key_of_another_client_is_another_key(
    intake: Intake, good: Draft, town: Town, store: Store
) -> None:
    intake.submit(good)
    intake.submit(replace(good, client="api:7", occurrence=town.others[0]))
    assert count(store) == 2


def test_a_service_rated_under_another_key_is_refused_without_its_grade(
    intake: Intake, good: Draft
) -> None:
    intake.submit(good)
    with pytest.raises(AlreadyRated) as raised:
        intake.submit(replace(good, idempotency_key="key-2", grade=3))
    assert "grade" not in raised.value.document("zh_Hans_CN")
    assert "5" not in str(raised.value.document("en"))


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_submission_needs_a_visible_key(intake: Intake, good: Draft, key: str) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        intake.submit(replace(good, idempotency_key=key))


def test_a_rating_counts_on_the_local_day_it_was_received(
    intake: Intake, good: Draft, clock: FakeClock, store: Store
) -> None:
    clock.set(datetime(2026, 11, 16, 16, 30, tzinfo=UTC))  # 00:30 on the 17th in Shanghai
    intake.submit(good)
    assert rows(store)[0].counted_on == date(2026, 11, 17)


def test_times_are_kept_side_by_side(
    intake: Intake, good: Draft, clock: FakeClock, store: Store
) -> None:
    told = clock.now() - timedelta(minutes=3)
    intake.submit(replace(good, submitted_at=told))
    (row,) = rows(store)
    assert (row.submitted_at, row.received_at) == (told, clock.now())


def test_a_rating_earlier_than_its_service_is_kept_and_flagged(
    intake: Intake, good: Draft, clock: FakeClock, store: Store, notebook: Notebook
) -> None:
    told = clock.now() - timedelta(hours=5)
    intake.submit(replace(good, submitted_at=told))
    (row,) = rows(store)
    assert (row.early, row.submitted_at) == (True, told)
    assert notebook.last["early"] == 1


def test_the_receipt_says_until_when_the_rating_can_be_changed(intake: Intake, good: Draft) -> None:
    until = intake.submit(good).changeable_until
    assert until == datetime(2026, 11, 26, 16, 0, tzinfo=UTC)  # the end of the 26th in Shanghai


def test_words_are_sealed_and_open_again(
    intake: Intake, bad: Draft, store: Store, desk: Desk
) -> None:
    receipt = intake.submit(bad)
    (row,) = rows(store)
    assert "三个小时".encode() not in row.text_sealed
    with store.read() as conn:
        assert wording.words_of(conn, desk.keyring, receipt.evaluation) == "等了三个小时"


def test_an_identified_raters_words_are_under_the_persons_key(
    intake: Intake, bad: Draft, store: Store, town: Town
) -> None:
    intake.submit(bad)
    intake.submit(
        replace(bad, occurrence=town.others[0], idempotency_key="k2", identity="anonymous")
    )
    identified, anonymous = rows(store)
    assert identified.person_id == town.person_id
    assert anonymous.person_id is None
    assert identified.text_key_id != anonymous.text_key_id


def test_the_journal_learns_ids_and_grades_but_no_words(
    intake: Intake, bad: Draft, notebook: Notebook
) -> None:
    intake.submit(bad)
    (event,) = notebook.events
    assert event.kind == "evaluation.recorded"
    assert (event.payload["grade"], event.payload["bad"], event.payload["first_bad"]) == (2, 1, 1)
    assert len(event.payload["text"]) == 64
    assert "小时" not in str(event.payload)
    assert event.subject.startswith("evaluation:330106:202611:")


def test_a_bad_rating_without_a_reason_is_sent_back(intake: Intake, good: Draft) -> None:
    with pytest.raises(InvalidEvaluation):
        intake.submit(replace(good, grade=1))


def test_a_plugin_can_exclude_a_rating_by_the_raters_keyed_hash(
    intake: Intake, bad: Draft, gatekeeper: Gatekeeper, town: Town, store: Store
) -> None:
    notice = Words("未计入", "Not counted")
    gatekeeper.answer = lambda asked: (
        Admission(Verdict.EXCLUDE, "malicious_rater", notice)
        if asked.person_index == town.person_index
        else None
    )
    receipt = intake.submit(bad)
    assert (receipt.status, receipt.notice) == (EvaluationStatus.EXCLUDED, notice)
    assert (rows(store)[0].status, rows(store)[0].reason) == ("excluded", "malicious_rater")


def test_an_excluded_rater_does_not_get_a_second_try(
    intake: Intake, bad: Draft, gatekeeper: Gatekeeper
) -> None:
    gatekeeper.answer = lambda asked: Admission(Verdict.EXCLUDE, "malicious_rater")
    intake.submit(bad)
    with pytest.raises(AlreadyRated):
        intake.submit(replace(bad, idempotency_key="again"))


def test_an_anonymous_rater_is_nobody_to_plugins(
    intake: Intake, good: Draft, gatekeeper: Gatekeeper
) -> None:
    intake.submit(replace(good, identity="anonymous"))
    assert gatekeeper.asked[0].person_index is None


def test_a_signed_in_rater_is_who_they_proved_to_be(
    intake: Intake, good: Draft, gatekeeper: Gatekeeper, town: Town
) -> None:
    intake.submit(replace(good, identity="verified", person_id=town.person_id))
    assert gatekeeper.asked[0].person_index == town.person_index


def _broken(asked: Any) -> Any:
    raise RuntimeError("out of order")


def _junk(asked: Any) -> Any:
    return "accept"


@pytest.mark.parametrize("answer", [_broken, _junk])
def test_a_broken_plugin_holds_the_rating_and_loses_nothing(
    intake: Intake, bad: Draft, gatekeeper: Gatekeeper, store: Store, answer: Any
) -> None:
    gatekeeper.answer = answer
    receipt = intake.submit(bad)
    assert receipt.status is EvaluationStatus.HELD
    assert receipt.notice is not None
    assert rows(store)[0].reason == "plugin_failed:gatekeeper"


def test_a_held_rating_is_asked_about_again_by_a_job(
    intake: Intake, good: Draft, gatekeeper: Gatekeeper, store: Store
) -> None:
    gatekeeper.answer = lambda asked: Admission(Verdict.HOLD, "suspicious")
    intake.submit(good)
    with store.read() as conn:
        (row,) = conn.execute(select(job)).all()
    assert (row.kind, row.region, row.payload["id"]) == (
        "evaluation.readmit",
        "330106",
        rows(store)[0].id,
    )


def test_a_failing_step_leaves_nothing_behind(
    desk: Desk, bad: Draft, good: Draft, store: Store
) -> None:
    def broken(conn: Any, event: Any, at: Any) -> None:
        raise LookupError("step")

    intake = Intake(replace(desk, emit=broken, emit_many=broken))
    for draft in (bad, good):
        with pytest.raises(LookupError):
            intake.submit(draft)
    assert count(store) == 0


def test_a_group_that_fails_answers_each_member_by_itself(
    desk: Desk, good: Draft, store: Store, notebook: Notebook
) -> None:
    def broken(conn: Any, events: Any, at: Any) -> None:
        raise LookupError("group")

    intake = Intake(replace(desk, emit_many=broken))
    assert intake.submit(good).status is EvaluationStatus.EFFECTIVE
    assert (count(store), notebook.kinds) == (1, ["evaluation.recorded"])


def test_a_database_that_is_away_is_told_as_such(desk: Desk, good: Draft, tmp_path: Path) -> None:
    away = Store.open(f"sqlite:///{tmp_path}/no/such/folder/db")
    with pytest.raises(StoreUnavailable) as raised:
        Intake(replace(desk, store=away)).submit(good)
    assert raised.value.status == 503


def test_the_form_of_a_rated_service_says_so(intake: Intake, good: Draft, link: str) -> None:
    assert not intake.form(link, Channel.QR).rated
    intake.submit(good)
    assert intake.form(link, Channel.QR).rated


@pytest.mark.parametrize("grade", [5, 2])
def test_two_hundred_parallel_posts_are_one_rating_with_one_receipt(
    desk: Desk, link: str, store: Store, grade: int
) -> None:
    intake = Intake(desk)
    draft = Draft(
        occurrence=link,
        grade=grade,
        options=["510"] if grade == 5 else ["207"],
        idempotency_key="one",
        client="citizen",
        channel="qr",
        identity="presumed",
    )
    answers = _in_parallel(200, lambda number: intake.submit(draft).code)
    assert len(set(answers)) == 1
    assert (count(store), _told(store)) == (1, ["evaluation.recorded"])


def test_parallel_posts_under_different_keys_leave_one_rating(
    desk: Desk, link: str, store: Store, good: Draft
) -> None:
    intake = Intake(desk)

    def post(number: int) -> str:
        try:
            return intake.submit(replace(good, occurrence=link, idempotency_key=f"k{number}")).code
        except AlreadyRated:
            return "409"

    answers = _in_parallel(24, post)
    assert count(store) == 1
    assert answers.count("409") == 23


def test_ratings_of_many_services_share_commits_and_none_is_lost(
    desk: Desk, town: Town, store: Store, good: Draft
) -> None:
    intake = Intake(desk)
    keys = [town.occurrence, *town.others]

    def post(number: int) -> str:
        wanted = keys[number % len(keys)]
        return intake.submit(
            replace(good, occurrence=wanted, idempotency_key=f"service-{wanted.id}")
        ).code

    answers = _in_parallel(30, post)
    assert len(set(answers)) == len(keys) == count(store) == len(_told(store))


def _told(store: Store) -> list[str]:
    """Return the kinds of what the journal was told and kept."""
    with store.read() as conn:
        return list(conn.execute(select(journal.c.kind).order_by(journal.c.seq)).scalars())


def _in_parallel(number: int, call: Any) -> list[Any]:
    answers: list[Any] = []
    ready = threading.Barrier(min(number, 16))
    todo = iter(range(number))
    lock = threading.Lock()

    def work() -> None:
        ready.wait()
        while True:
            with lock:
                mine = next(todo, None)
            if mine is None:
                return
            try:
                answers.append(call(mine))
            except Problem as problem:
                answers.append(problem)

    threads = [threading.Thread(target=work) for _ in range(min(number, 16))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not [answer for answer in answers if isinstance(answer, Problem)]
    return answers
