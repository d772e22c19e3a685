"""The whole way of an evaluation, on both databases: rated, put right, published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.sight import Audience
from haochaping.evaluation import conservation, receipts
from haochaping.evaluation.intake import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.grading import periods, tallies
from haochaping.grading.context import CountingRules
from haochaping.hooks.rectification import CaseState
from haochaping.installing import Wish, install
from haochaping.journal.sealing import verify
from haochaping.journal.tables import journal
from haochaping.opendata import releases
from haochaping.pushing import take_in
from haochaping.rectification import appeals, cases, contacts, replies
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.progress import progress_for_rater
from haochaping.rectification.records import Case, by_origin
from haochaping.settings import DATABASE_VARIABLE
from haochaping.worker import Worker
from tests.catalogues import HANDLER, SUPERVISOR, body, fill
from tests.regions import REGIONS


@pytest.fixture(params=REGIONS)
def deployment(
    request: pytest.FixtureRequest,
    store_url: str,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    """A deployment of each of the regions, on both databases."""
    monkeypatch.setenv(DATABASE_VARIABLE, store_url)
    home = tmp_path / "home"
    install(Wish(home, request.param))
    deployment = Deployment.open(home, clock=clock)
    fill(deployment)
    yield deployment
    deployment.close()


def rate(deployment: Deployment, grade: int, number: int = 1, text: str = "") -> Receipt:
    """Push a service and rate it through its link."""
    invitation = take_in(deployment, body(deployment, number))[0].invitation
    assert invitation is not None
    options = {1: ["108"], 2: ["209"]}.get(grade, [])
    return deployment.intake.submit(
        Draft(
            occurrence=invitation.code,
            grade=grade,
            options=options,
            text=text,
            channel="qr",
            identity="presumed",
            idempotency_key=f"page-{number}",
            client="citizen",
        )
    )


def case_of(deployment: Deployment, receipt: Receipt) -> Case | None:
    with deployment.store.read() as conn:
        chain = receipts.find(conn, deployment.desk, receipt.code)
        return by_origin(conn, "evaluation", chain.current.first_id)


def act(deployment: Deployment, action, case: Case, actor: Actor = HANDLER, **more) -> Case:
    at = deployment.clock.now()
    order = Order(case.public_id, case.version, actor, at, note="核实情况", **more)
    with deployment.store.write() as conn:
        return action(deployment.rectification, conn, order)


def reviewer(account_id: int) -> Actor:
    return Actor(account_id=account_id, permissions=frozenset({"appeal.review"}))


def appeal(context, conn, order: Order) -> Case:
    return appeals.file(context, conn, order, "mistaken")


def contact(context, conn, order: Order) -> Case:
    return contacts.contact(context, conn, order, by="phone", reached=True)


def test_a_bad_review_is_put_right_and_the_rater_is_told(deployment: Deployment) -> None:
    receipt = rate(deployment, 2, text="材料样本没有")
    worker = Worker(deployment)
    worker.drain()
    case = case_of(deployment, receipt)
    assert case is not None
    assert case.state is CaseState.OPENED
    assert case.due_at > deployment.clock.now()

    deployment.clock.advance(timedelta(hours=3))  # type: ignore[attr-defined]
    case = act(deployment, cases.take_up, case)
    case = act(deployment, contact, case)
    case = act(deployment, cases.rectify, case)
    case = act(deployment, replies.reply, case, text="已补充样本并公示，感谢您的意见。")
    worker.drain()
    with deployment.store.read() as conn:
        seen = progress_for_rater(
            deployment.rectification, conn, case.origin_id, deployment.clock.now()
        )
    assert seen is not None
    case = act(deployment, cases.confirm, case, SUPERVISOR)
    assert case.state is CaseState.CLOSED
    assert case.outcome == "rectified"


def test_an_upheld_appeal_voids_the_rating_and_leaves_it_out_of_the_figures(
    deployment: Deployment,
) -> None:
    receipt = rate(deployment, 1)
    deployment.clock.advance(timedelta(hours=3))  # type: ignore[attr-defined]
    case = case_of(deployment, receipt)
    assert case is not None
    case = act(deployment, cases.take_up, case)
    case = act(deployment, appeal, case, text="评价对象有误，附现场记录")
    case = act(deployment, appeals.endorse, case, reviewer(81))
    case = act(deployment, appeals.uphold, case, reviewer(82))
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        chain = receipts.find(conn, deployment.desk, receipt.code)
        rules = CountingRules.of(deployment.profile.rules)
        assert list(tallies.compare(conn, rules)) == []
        assert conservation.count(conn).holds
    assert chain.current.status == "void"
    assert (case.state, case.outcome) == (CaseState.CLOSED, "void")


def test_figures_follow_ratings_exactly_and_can_be_recounted(deployment: Deployment) -> None:
    for number, grade in enumerate([5, 5, 4, 3, 2, 1], start=1):
        rate(deployment, grade, number)
    november = periods.parse("2026-11")
    ask = Ask("organizations", november, audience=Audience.SUPERVISOR)
    with deployment.store.read() as conn:
        before = deployment.disclosing.boards.board(conn, ask, deployment.clock.now())
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        after = deployment.disclosing.boards.board(conn, ask, deployment.clock.now())
        rules = CountingRules.of(deployment.profile.rules)
        assert list(tallies.compare(conn, rules)) == []
    assert before.rows[0].rated == after.rows[0].rated == 6
    assert before.rows[0].cells == after.rows[0].cells


def test_nothing_disappears_and_the_seals_hold(deployment: Deployment) -> None:
    for number, grade in enumerate([5, 1, 3], start=1):
        rate(deployment, grade, number)
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        assert conservation.count(conn).holds
        assert list(verify(conn)) == []


def test_the_deadline_warns_and_then_is_reached_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "make", lambda *_: None)  # every night: has tests of its own
    receipt = rate(deployment, 1)
    worker = Worker(deployment)
    for _ in range(32):
        worker.drain()
        deployment.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    case = case_of(deployment, receipt)
    assert case is not None
    with deployment.store.read() as conn:
        reached = [
            row.payload
            for row in conn.execute(select(journal).where(journal.c.kind == "deadline.reached"))
        ]
    assert len(reached) == len(set(reached))
    assert any('"level":0' in payload and '"deadline":"reply"' in payload for payload in reached)
    assert any('"level":1' in payload for payload in reached)
