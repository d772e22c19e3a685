"""Held and excluded ratings: asked about again, decided by people, nothing dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.evaluation.conftest import Gatekeeper, Notebook, Town, rows

from haochaping.clock import FakeClock
from haochaping.evaluation import changes, held, readmission
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.for_plugins import EvaluationService
from haochaping.evaluation.held import Within
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.services import Evaluations, VerifiedRater
from haochaping.hooks.values import EvaluationStatus
from haochaping.jobs.runner import Runner
from haochaping.jobs.tables import job
from haochaping.store import Store


@pytest.fixture
def on_hold(intake: Intake, bad: Draft, gatekeeper: Gatekeeper) -> Receipt:
    gatekeeper.answer = lambda asked: Admission(Verdict.HOLD, "suspicious")
    return intake.submit(bad)


@pytest.fixture
def left_out(intake: Intake, bad: Draft, gatekeeper: Gatekeeper) -> Receipt:
    gatekeeper.answer = lambda asked: Admission(Verdict.EXCLUDE, "malicious_rater")
    return intake.submit(bad)


def act(desk: Desk, function: Any, receipt: Receipt) -> None:
    with desk.store.write() as conn:
        function(conn, desk, receipt.evaluation, Decree("supervisor", desk.clock.now(), 8))


def worker(desk: Desk) -> Any:
    def log(event: str, **details: Any) -> None:
        raise AssertionError(f"{event}: {details}")

    handlers = {"evaluation.readmit": readmission.readmit_handler(desk)}
    return Runner(desk.store, desk.clock, handlers, log)


def test_a_supervisor_releases_a_held_rating(
    desk: Desk, on_hold: Receipt, store: Store, notebook: Notebook
) -> None:
    act(desk, changes.release, on_hold)
    assert rows(store)[0].status == "effective"
    assert notebook.kinds[-1] == "evaluation.released"
    assert (notebook.last["previous_status"], notebook.last["bad"]) == ("held", 1)
    assert notebook.last["received_at"] == rows(store)[0].received_at.isoformat()


def test_a_supervisor_excludes_a_held_rating(
    desk: Desk, on_hold: Receipt, store: Store, notebook: Notebook
) -> None:
    act(desk, changes.exclude, on_hold)
    assert (rows(store)[0].status, notebook.kinds[-1]) == ("excluded", "evaluation.excluded")


def test_an_excluded_rating_can_be_restored(
    desk: Desk, left_out: Receipt, store: Store, notebook: Notebook
) -> None:
    act(desk, changes.restore, left_out)
    assert rows(store)[0].status == "effective"
    assert notebook.last["previous_status"] == "excluded"


@pytest.mark.parametrize("move", [changes.release, changes.exclude, changes.restore])
def test_an_effective_rating_is_neither_released_nor_excluded(
    desk: Desk, intake: Intake, good: Draft, move: Any
) -> None:
    receipt = intake.submit(good)
    with pytest.raises(NotChangeable):
        act(desk, move, receipt)


def test_asking_again_releases_what_plugins_now_accept(
    desk: Desk, on_hold: Receipt, gatekeeper: Gatekeeper, store: Store
) -> None:
    gatekeeper.answer = lambda asked: None
    status = readmission.readmit(desk, on_hold.evaluation, "asked_again")
    assert status is EvaluationStatus.EFFECTIVE
    assert rows(store)[0].reason == "asked_again"


def test_asking_again_asks_the_same_question(
    desk: Desk, on_hold: Receipt, gatekeeper: Gatekeeper, clock: FakeClock
) -> None:
    clock.advance(timedelta(hours=1))
    readmission.readmit(desk, on_hold.evaluation, "asked_again")
    assert gatekeeper.asked[0] == gatekeeper.asked[1]


def test_a_still_suspicious_rating_stays_on_hold(
    desk: Desk, on_hold: Receipt, store: Store, notebook: Notebook
) -> None:
    assert readmission.readmit(desk, on_hold.evaluation, "again") is EvaluationStatus.HELD
    assert notebook.kinds == ["evaluation.recorded"]


def test_asking_again_may_exclude(
    desk: Desk, on_hold: Receipt, gatekeeper: Gatekeeper, store: Store
) -> None:
    gatekeeper.answer = lambda asked: Admission(Verdict.EXCLUDE, "malicious_rater")
    readmission.readmit(desk, on_hold.evaluation, "asked_again")
    assert (rows(store)[0].status, rows(store)[0].reason) == ("excluded", "malicious_rater")


def test_an_excluded_rating_comes_back_when_its_rater_is_off_the_list(
    desk: Desk, left_out: Receipt, gatekeeper: Gatekeeper, store: Store, town: Town
) -> None:
    services: Evaluations = EvaluationService(desk)
    (key,) = services.excluded_of(town.person_index)
    assert key == left_out.evaluation
    gatekeeper.answer = lambda asked: None
    services.readmit(key, reason="appeal_upheld")
    assert rows(store)[0].status == "effective"
    assert not services.excluded_of(town.person_index)


def test_an_effective_rating_is_not_asked_about(desk: Desk, intake: Intake, good: Draft) -> None:
    receipt = intake.submit(good)
    assert readmission.readmit(desk, receipt.evaluation, "again") is None


def test_only_a_verified_rater_is_known_by_the_service_they_rated(
    desk: Desk, intake: Intake, good: Draft, town: Town
) -> None:
    services = EvaluationService(desk)
    intake.submit(good)
    intake.submit(
        replace(good, occurrence=town.others[0], idempotency_key="k2", identity="verified")
    )
    assert services.verified_rater("330106-1", 1) == VerifiedRater(town.person_index, 1)
    assert services.verified_rater("330106-0", 1) is None
    assert services.verified_rater("330106-2", 1) is None
    assert services.verified_rater("nonsense", 1) is None


def test_the_job_asks_until_there_is_an_answer(
    desk: Desk, on_hold: Receipt, gatekeeper: Gatekeeper, clock: FakeClock, store: Store
) -> None:
    runner = worker(desk)
    clock.advance(timedelta(minutes=2))
    runner.run_due()
    assert rows(store)[0].status == "held"
    gatekeeper.answer = lambda asked: None
    clock.advance(timedelta(minutes=1))
    runner.run_due()
    assert rows(store)[0].status == "held"
    clock.advance(timedelta(minutes=2))
    runner.run_due()
    assert rows(store)[0].status == "effective"


def test_the_job_ends_when_a_supervisor_was_faster(
    desk: Desk, on_hold: Receipt, clock: FakeClock, store: Store
) -> None:
    act(desk, changes.exclude, on_hold)
    clock.advance(timedelta(minutes=2))
    worker(desk).run_due()
    with store.read() as conn:
        assert conn.execute(select(job.c.state)).scalars().all() == ["done"]
    assert rows(store)[0].status == "excluded"


def test_pauses_grow_with_age_up_to_six_hours(clock: FakeClock) -> None:
    start = clock.now()
    ages = [timedelta(0), timedelta(minutes=5), timedelta(days=9)]
    pauses = [readmission.next_time(start, start + age) - (start + age) for age in ages]
    assert pauses == [timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=6)]


def test_the_supervisor_sees_what_waits_and_why(desk: Desk, on_hold: Receipt, store: Store) -> None:
    with store.read() as conn:
        (waiting,) = held.held(conn)
        assert held.count_held(conn) == 1
        assert held.excluded(conn) == []
    assert (waiting.key, waiting.reason) == (on_hold.evaluation, "suspicious")
    assert waiting.organization.name.zh == "区人力社保局"


@pytest.mark.parametrize(
    ("within", "seen"),
    [
        (Within("/330106/"), 1),
        (Within("/330107/"), 0),
        (Within(organization_path="/1/"), 1),
        (Within(organization_path="/2/"), 0),
    ],
)
def test_a_supervisor_sees_only_their_own_part(
    left_out: Receipt, store: Store, within: Within, seen: int
) -> None:
    with store.read() as conn:
        assert len(held.excluded(conn, within)) == seen
