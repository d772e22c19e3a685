"""Whatever a plugin does, the rating comes in: held where it must be, visibly, never lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from haochaping import Plugin, hookimpl
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation, receipts
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.rectification import CaseView
from haochaping.hooks.values import Duration, EvaluationStatus, Identity
from haochaping.rectification.records import Case, by_origin
from haochaping.worker import Worker
from tests.faults.ground import Ground, case_no, prepare, stock

HUGE = "差" * (50 * 1024 * 1024 // 3)
behaviour = SimpleNamespace(answer=None)


def failing(submission: object) -> Any:
    raise RuntimeError("out of order")


class Faulty(Plugin):
    """Answers whatever the test wants it to."""

    name = "faulty"

    @hookimpl
    def evaluation_admit(self, submission: Submission) -> Any:
        return behaviour.answer(submission) if behaviour.answer else None

    @hookimpl
    def rectification_plan(self, case: CaseView) -> Any:
        return behaviour.answer(case) if behaviour.answer else None


@pytest.fixture
def deployment(store_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Deployment]:
    home = tmp_path / "home"
    prepare(home, store_url, ["faulty"])
    found = Ground(home, [Faulty]).open(clock)
    stock(found, 3)
    behaviour.answer = None
    yield found
    behaviour.answer = None
    found.close()


def rate(deployment: Deployment, grade: int = 5) -> Receipt:
    return deployment.intake.submit(
        Draft(
            occurrence=CaseRef(case_no(1)),
            grade=grade,
            options=["209"] if grade == 2 else [],
            channel="web",
            identity=Identity.PRESUMED,
            idempotency_key="k",
            client="api:1",
        )
    )


def reason_of(deployment: Deployment, receipt: Receipt) -> str:
    with deployment.store.read() as conn:
        return receipts.find(conn, deployment.desk, receipt.code).current.reason


JUNK = {
    "raises": failing,
    "not a number": lambda _: float("nan"),
    "a word": lambda _: "accept",
    "wrong unit": lambda _: Duration(3, "fortnight"),  # type: ignore[arg-type]
    "junk inside": lambda _: Admission("hold"),  # type: ignore[arg-type]
    "50 MB": lambda _: Admission(Verdict.HOLD, HUGE),
    "bare 50 MB": lambda _: HUGE,
}


@pytest.mark.parametrize("what", JUNK)
def test_junk_holds_the_rating_visibly_until_the_plugin_is_well(
    deployment: Deployment, clock: FakeClock, what: str
) -> None:
    behaviour.answer = JUNK[what]
    receipt = rate(deployment)
    assert receipt.status is EvaluationStatus.HELD
    assert reason_of(deployment, receipt) == "plugin_failed:faulty"
    assert any(one.failures for one in deployment.hooks.health() if one.plugin == "faulty")
    assert rate(deployment).code == receipt.code

    behaviour.answer = None
    clock.advance(timedelta(hours=1))
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        found = receipts.find(conn, deployment.desk, receipt.code).current
        assert found.status == EvaluationStatus.EFFECTIVE
        assert conservation.count(conn).holds


def test_silence_is_no_objection(deployment: Deployment) -> None:
    behaviour.answer = lambda _: None
    assert rate(deployment).status is EvaluationStatus.EFFECTIVE


def test_a_plugin_that_dawdles_delays_but_stops_nothing(deployment: Deployment) -> None:
    behaviour.answer = lambda _: time.sleep(0.2)
    assert rate(deployment).status is EvaluationStatus.EFFECTIVE
    slow = [one for one in deployment.hooks.health() if one.hook == "evaluation_admit"]
    assert slow[0].longest >= 0.2


@pytest.mark.parametrize("what", [name for name in JUNK if "inside" not in name])
def test_a_plan_that_is_junk_leaves_the_profiles_own(deployment: Deployment, what: str) -> None:
    behaviour.answer = lambda asked: JUNK[what](asked) if isinstance(asked, CaseView) else None
    receipt = rate(deployment, grade=2)
    before = _case(deployment, receipt)
    Worker(deployment).drain()
    after = _case(deployment, receipt)
    assert (after.due_at, after.plan) == (before.due_at, before.plan)
    assert "faulty" in (after.plan_failure or "")
    assert len(after.plan_failure or "") <= 500


def _case(deployment: Deployment, receipt: Receipt) -> Case:
    with deployment.store.read() as conn:
        found = by_origin(conn, "evaluation", receipt.evaluation.id)
    assert found is not None
    return found
