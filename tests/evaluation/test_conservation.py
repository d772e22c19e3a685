"""Nothing disappears silently: received = the sum of six states."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete
from tests.evaluation.conftest import Gatekeeper, Town

from haochaping.evaluation import changes, conservation, revisions, views
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.values import EvaluationStatus, Grade, OccurrenceKey
from haochaping.store import Store


@pytest.fixture
def history(desk: Desk, intake: Intake, bad: Draft, town: Town, gatekeeper: Gatekeeper) -> None:
    """Rate three services and leave a row in each of five states."""
    first = intake.submit(bad)
    revisions.amend(desk, first.code, replace(bad, grade=4, options=[], idempotency_key="c"))
    gatekeeper.answer = lambda asked: Admission(Verdict.EXCLUDE, "malicious_rater")
    intake.submit(replace(bad, occurrence=town.others[0], idempotency_key="k2"))
    gatekeeper.answer = lambda asked: Admission(Verdict.HOLD, "suspicious")
    held = intake.submit(replace(bad, occurrence=town.others[1], idempotency_key="k3"))
    with desk.store.write() as conn:
        changes.void(conn, desk, held.evaluation, Decree("mistaken", desk.clock.now()))


def test_every_rating_received_is_in_one_of_six_states(history: None, store: Store) -> None:
    with store.read() as conn:
        found = conservation.count(conn)
    assert found.holds
    assert found.received == found.stored == 4
    assert {status: n for status, n in found.by_status.items() if n} == {
        EvaluationStatus.EFFECTIVE: 1,
        EvaluationStatus.SUPERSEDED: 1,
        EvaluationStatus.EXCLUDED: 1,
        EvaluationStatus.VOID: 1,
    }


def test_a_row_that_was_deleted_behind_our_back_is_missed(history: None, store: Store) -> None:
    with store.write() as conn:
        conn.execute(delete(evaluation).where(evaluation.c.status == "excluded"))
        assert not conservation.count(conn).holds


def test_an_empty_database_conserves(store: Store) -> None:
    with store.read() as conn:
        assert conservation.count(conn).holds


def test_plugins_see_an_evaluation_without_rater_and_words(
    intake: Intake, bad: Draft, store: Store
) -> None:
    key = intake.submit(bad).evaluation
    with store.read() as conn:
        seen = views.view(conn, key)
        assert views.view(conn, OccurrenceKey("330106", 202611, 1)) is None
    assert seen is not None
    assert (seen.grade, seen.has_text, seen.options) == (Grade(2), True, ("207",))
    assert "小时" not in str(seen)
