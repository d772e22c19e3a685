"""Calls rated by keys: one rating a call, the same turn answered alike, nothing lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from tests.channels.conftest import Town, rows

from haochaping.channels import calls
from haochaping.channels.calls import Answer, Calls, Heard, OtherService, WrongTurn
from haochaping.clock import FakeClock
from haochaping.evaluation import targets
from haochaping.evaluation.intake import Intake
from haochaping.hooks.values import OccurrenceKey
from haochaping.store import Store


@dataclass
class Line:
    """A call platform on one call."""

    calls: Calls
    store: Store
    clock: FakeClock
    key: OccurrenceKey
    heard: Heard = field(default_factory=lambda: Heard("7", "call-1", 0))

    def says(self, keys: str = "", **more: object) -> Answer:
        """Send keys with the turn of the last answer."""
        with self.store.read() as conn:
            target = targets.find(conn, self.key)
        assert target is not None
        sent = replace(self.heard, keys=keys, **more)
        answer = self.calls.hear(sent, target, self.clock.now())
        self.heard = replace(self.heard, turn=answer.call.turn)
        return answer


@pytest.fixture
def line(intake: Intake, store: Store, clock: FakeClock, town: Town) -> Line:
    return Line(Calls(intake), store, clock, town.occurrence)


def test_a_call_is_greeted_with_the_meaning_of_the_keys(line: Line) -> None:
    answer = line.says()
    assert answer.call.state == "grade"
    assert "非常满意请按5" in answer.prompt.text.zh
    assert "社保登记" in answer.prompt.text.zh


def test_a_key_is_a_rating(line: Line, store: Store) -> None:
    line.says()
    answer = line.says("5", recording="R-1")
    [rating] = rows(store)
    assert (answer.call.state, answer.call.receipt) == ("done", rating.receipt)
    assert (rating.grade, rating.channel, rating.provenance) == (5, "hotline", "citizen")
    assert answer.call.recording == "R-1"


def test_the_same_turn_again_does_nothing(line: Line, store: Store) -> None:
    line.says()
    first = line.says("4")
    line.heard = replace(line.heard, turn=1)
    assert line.says("4") == first
    assert [row.grade for row in rows(store)] == [4]


def test_a_finished_call_is_rated_once_whatever_is_sent(line: Line, store: Store) -> None:
    line.says()
    line.says("4")
    line.heard = replace(line.heard, turn=0)
    assert line.says("1").call.state == "done"
    assert [row.grade for row in rows(store)] == [4]


def test_a_bad_grade_is_asked_for_its_reason(line: Line, store: Store) -> None:
    line.says()
    answer = line.says("2")
    assert (answer.call.state, rows(store)) == ("reason", [])
    assert "没有提供材料样本请按1" in answer.prompt.text.zh
    assert line.says("13").call.state == "done"
    assert [(row.grade, row.options) for row in rows(store)] == [(2, ["207", "209"])]


def test_the_hash_that_ends_the_keys_is_no_key(line: Line, store: Store) -> None:
    line.says()
    assert line.says("2#").call.state == "reason"
    assert line.says("#").call.misses == 1
    assert line.says("13#").call.state == "done"
    assert [(row.grade, row.options) for row in rows(store)] == [(2, ["207", "209"])]


def test_another_reason_is_spoken_and_its_recording_named(line: Line, store: Store) -> None:
    line.says()
    line.says("1")
    assert line.says("0").prompt.record
    assert line.says("", recording="R-9").call.state == "done"
    [rating] = rows(store)
    assert (rating.grade, rating.text_sealed is not None) == (1, True)


def test_a_caller_who_hangs_up_after_a_bad_grade_is_heard(line: Line, store: Store) -> None:
    line.says()
    line.says("1")
    assert line.says(event="hangup").call.state == "done"
    assert [row.grade for row in rows(store)] == [1]


def test_a_caller_who_hangs_up_before_rating_leaves_none(line: Line, store: Store) -> None:
    line.says()
    assert line.says(event="hangup").call.state == "ended"
    assert line.says(event="hangup").call.state == "ended"
    assert rows(store) == []


def test_keys_that_were_not_asked_for_lead_to_an_operator(line: Line, store: Store) -> None:
    line.says()
    found = [line.says(keys).call.state for keys in ("9", "", "55")]
    assert found == ["grade", "grade", "operator"]
    assert rows(store) == []


def test_a_bad_grade_counts_when_its_reason_cannot_be_keyed(line: Line, store: Store) -> None:
    line.says()
    line.says("2")
    assert [line.says(keys).call.state for keys in ("9", "8", "7")] == ["reason", "reason", "done"]
    assert [row.grade for row in rows(store)] == [2]


def test_a_service_rated_before_is_told(line: Line, store: Store) -> None:
    line.says()
    line.says("5")
    line.heard = Heard("7", "call-2", 0)
    answer = line.says()
    assert answer.call.state == "rated_before"
    assert "已经评价过" in answer.prompt.text.zh


def test_a_turn_that_does_not_fit_is_refused(line: Line) -> None:
    line.says()
    line.heard = replace(line.heard, turn=9)
    with pytest.raises(WrongTurn):
        line.says("5")


def test_a_call_belongs_to_one_service(line: Line, town: Town) -> None:
    line.says()
    line.key = town.others[0]
    with pytest.raises(OtherService):
        line.says()


def test_an_operator_finds_the_call_by_its_id(line: Line, store: Store, town: Town) -> None:
    line.says(recording="R-3")
    with store.read() as conn:
        found = calls.latest(conn, "call-1")
        assert calls.latest(conn, "none") is None
    assert found is not None
    assert (found.key, found.recording) == (town.occurrence, "R-3")
