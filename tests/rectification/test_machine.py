"""The table of moves, and the page that is drawn from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from haochaping.access.roles import PERMISSIONS
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification import drawing
from haochaping.rectification.machine import MOVES, NEEDS, actions_for, move_of, moves_from
from haochaping.rectification.moves import OUTCOME_NAMES, STATE_NAMES
from haochaping.rectification.needs import _CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"


def reachable(start: CaseState) -> set[CaseState]:
    found, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        following = {move.after for move in moves_from(state) if move.after} - found
        found |= following
        waiting += following
    return found


@pytest.mark.parametrize("state", CaseState)
def test_every_state_can_be_left_and_leads_to_the_end(state: CaseState):
    assert any(move.after not in (None, state) for move in moves_from(state))
    assert CaseState.CLOSED in reachable(state)


def test_every_state_can_be_reached():
    assert reachable(CaseState.OPENED) == set(CaseState)


def test_every_need_has_a_check_and_words():
    needs = {need for move in MOVES for need in move.needs}
    assert needs == set(NEEDS) == set(_CHECKS)


def test_every_permission_is_one_that_roles_can_hold():
    asked = {name for move in MOVES for name in move.who} - {"rater", "system", "partner"}
    assert asked <= set(PERMISSIONS)


def test_every_action_has_one_move():
    assert len({move.action for move in MOVES}) == len(MOVES)
    with pytest.raises(KeyError):
        move_of("delete")


def test_only_a_person_outside_the_unit_and_a_second_one_make_a_rating_void():
    void = [move for move in MOVES if move.outcome is Outcome.VOID and "system" not in move.who]
    assert [move.action for move in void] == ["uphold"]
    assert {"outside_unit", "second_person"} <= set(void[0].needs)


def test_buttons_are_those_of_state_and_permission():
    names = [move.action for move in actions_for(CaseState.OPENED, frozenset({"case.handle"}))]
    assert names == [
        "take_up",
        "triage",
        "transfer",
        "find",
        "ask_extension",
        "join",
        "drop_partner",
        "assign",
    ]


def test_states_and_outcomes_have_names():
    assert set(STATE_NAMES) == set(CaseState)
    assert set(OUTCOME_NAMES) == set(Outcome)


def test_the_documentation_shows_the_machine_as_it_is():
    text = PAGE.read_text(encoding="utf-8")
    assert drawing.diagram() in text, "docs/cases.md: paste drawing.diagram()"
    assert drawing.table() in text, "docs/cases.md: paste drawing.table()"
