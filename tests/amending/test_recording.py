"""Changes of the profile in the database: two people, one decision, one beginning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from haochaping.amending import recording
from haochaping.amending.changes import Change, Draft, State, standing, turns
from haochaping.amending.problems import ChangeIncomplete, ChangeRefused
from haochaping.amending.recording import Act

SOURCE = {"document": "x", "status": "in_force"}
KEY = "forms.text_max"


@pytest.fixture
def propose(store, clock, emit):
    def make(key=KEY, value="300", days=2, by=1, withdraws=None):
        effective = clock.now() + timedelta(days=days)
        draft = Draft(key, value, SOURCE, "新规程", effective, withdraws)
        with store.write() as conn:
            return recording.propose(conn, emit, draft, Act(by, clock.now()))

    return make


@pytest.fixture
def approve(store, clock, emit):
    def do(change_id, by=2):
        with store.write() as conn:
            return recording.decide(conn, emit, change_id, Act(by, clock.now()), approve=True)

    return do


def known(store) -> tuple[Change, ...]:
    with store.read() as conn:
        return recording.every(conn)


def test_a_change_begins_once_however_often_it_is_noted(
    store, clock, emit, propose, approve
) -> None:
    change_id = propose()
    approve(change_id)
    for digest in ("early", "d1", "d2"):
        with store.write() as conn:
            done = recording.mark_applied(conn, emit, clock.now(), digest)
        assert done == (digest == "d1")
        clock.advance(timedelta(days=3) if digest == "early" else timedelta(0))
    assert emit.kinds == ["profile.proposed", "profile.approved", "profile.applied"]
    assert known(store)[0].profile_digest == "d1"


def test_a_change_is_decided_once_and_by_another_person(store, propose, approve) -> None:
    change_id = propose()
    with pytest.raises(ChangeRefused, match="须由另一人"):
        approve(change_id, by=1)
    approve(change_id)
    with pytest.raises(ChangeRefused, match="已经处理过"):
        approve(change_id, by=3)
    assert known(store)[0].state is State.APPROVED


def test_a_proposal_whose_day_has_passed_is_not_approved(clock, propose, approve) -> None:
    change_id = propose(days=1)
    clock.advance(timedelta(days=1))
    with pytest.raises(ChangeRefused, match="生效日期已过"):
        approve(change_id)


def test_what_is_refused_or_taken_back_says_why(store, clock, emit, propose) -> None:
    first, second = propose(), propose()
    for note in ("", "依据不足"):
        act = Act(2, clock.now(), note)
        with store.write() as conn:
            if not note:
                with pytest.raises(ChangeIncomplete):
                    recording.decide(conn, emit, first, act, approve=False)
                with pytest.raises(ChangeIncomplete):
                    recording.drop(conn, emit, second, act)
            else:
                recording.decide(conn, emit, first, act, approve=False)
                recording.drop(conn, emit, second, act)
    assert {one.state for one in known(store)} == {State.REFUSED, State.DROPPED}
    assert {one.decision for one in known(store)} == {"依据不足"}


def test_changes_stand_in_the_order_of_their_days_until_they_are_withdrawn(
    store, clock, propose, approve
) -> None:
    late, early = propose(days=4), propose(days=2)
    end = propose(key="", value="", days=6, withdraws=early)
    with pytest.raises(ChangeRefused, match="已有人提出撤回"):
        propose(key="", value="", days=7, withdraws=early)
    for change_id in (late, early, end):
        approve(change_id)
    now, found = clock.now(), known(store)
    assert len(turns(found, now)) == 3
    expected = {1: [], 3: [early], 5: [early, late], 7: [late]}
    for days, wanted in expected.items():
        stands = standing(found, now + timedelta(days=days))
        assert [one.id for one in stands] == wanted
