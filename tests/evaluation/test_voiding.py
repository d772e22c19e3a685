"""Declaring a rating void: two people outside the rated unit, neither of them alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert
from tests.evaluation.conftest import REGION, Gatekeeper, Notebook, Town, count, rows

from haochaping.access import accounts, grants
from haochaping.access.grants import NewGrant
from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.evaluation import voiding
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import void_proposal
from haochaping.evaluation.voiding import VoidRefused
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.store import Store


@pytest.fixture
def on_hold(intake: Intake, bad: Draft, gatekeeper: Gatekeeper) -> Receipt:
    gatekeeper.answer = lambda asked: Admission(Verdict.HOLD, "suspicious")
    return intake.submit(bad)


@pytest.fixture
def people(desk: Desk, town: Town) -> dict[str, int]:
    """Two supervisors of the county, and one of the rated unit."""
    found = {}
    at = desk.clock.now()
    with desk.store.write() as conn:
        for login, place in (("one", {}), ("two", {}), ("inside", {"organization_id": 1})):
            new = accounts.NewAccount(login, login, "no hash")
            found[login] = accounts.create(conn, desk.emit, new, at)
            region = "" if place else REGION
            grant = NewGrant(found[login], Role.SUPERVISOR, region=region, **place)
            grants.give(conn, desk.emit, grant, at)
    return found


def act(
    desk: Desk, function: Any, receipt: Receipt, by: int | None, reason: str = "mistaken"
) -> Any:
    with desk.store.write() as conn:
        decree = Decree(reason, desk.clock.now(), by)
        return function(conn, desk, receipt.evaluation, decree)


def test_a_proposal_changes_nothing(
    desk: Desk, on_hold: Receipt, people: dict[str, int], store: Store, notebook: Notebook
) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    assert rows(store)[0].status == "held"
    assert notebook.kinds[-1] == "evaluation.void_proposed"


def test_a_second_person_makes_it_void(
    desk: Desk, on_hold: Receipt, people: dict[str, int], store: Store, notebook: Notebook
) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    act(desk, voiding.confirm, on_hold, people["two"], "confirm")
    [row] = rows(store)
    assert (row.status, row.reason) == ("void", "mistaken")
    assert notebook.kinds[-1] == "evaluation.voided"
    assert count(store, void_proposal) == 0


def test_the_same_person_cannot_confirm(
    desk: Desk, on_hold: Receipt, people: dict[str, int], store: Store
) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    with pytest.raises(VoidRefused):
        act(desk, voiding.confirm, on_hold, people["one"], "confirm")
    assert rows(store)[0].status == "held"


@pytest.mark.parametrize("who", ["inside", None])
def test_nobody_of_the_unit_and_no_software_proposes(
    desk: Desk, on_hold: Receipt, people: dict[str, int], who: str | None
) -> None:
    with pytest.raises(VoidRefused):
        act(desk, voiding.propose, on_hold, people[who] if who else None)


def test_nobody_of_the_unit_confirms(desk: Desk, on_hold: Receipt, people: dict[str, int]) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    with pytest.raises(VoidRefused):
        act(desk, voiding.confirm, on_hold, people["inside"], "confirm")


def test_a_second_proposal_is_refused(desk: Desk, on_hold: Receipt, people: dict[str, int]) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    with pytest.raises(VoidRefused):
        act(desk, voiding.propose, on_hold, people["two"])


def test_a_dropped_proposal_can_be_made_again(
    desk: Desk, on_hold: Receipt, people: dict[str, int]
) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    act(desk, voiding.drop, on_hold, people["two"], "drop")
    act(desk, voiding.propose, on_hold, people["two"], "duplicate")
    with desk.store.read() as conn:
        found = voiding.proposals(conn, [on_hold.evaluation])
    assert found[on_hold.evaluation].reason == "duplicate"


def test_a_reason_must_be_a_known_one(desk: Desk, on_hold: Receipt, people: dict[str, int]) -> None:
    with pytest.raises(VoidRefused):
        act(desk, voiding.propose, on_hold, people["one"], "dislike")


@pytest.mark.parametrize("function", [voiding.confirm, voiding.drop])
def test_what_nobody_proposed_is_refused(
    desk: Desk, on_hold: Receipt, people: dict[str, int], function: Any
) -> None:
    with pytest.raises(VoidRefused):
        act(desk, function, on_hold, people["two"], "confirm")


def test_a_void_rating_is_not_proposed_again(
    desk: Desk, on_hold: Receipt, people: dict[str, int]
) -> None:
    act(desk, voiding.propose, on_hold, people["one"])
    act(desk, voiding.confirm, on_hold, people["two"], "confirm")
    with pytest.raises(NotChangeable):
        act(desk, voiding.propose, on_hold, people["one"])


def test_without_ratings_there_are_no_proposals(desk: Desk, store: Store) -> None:
    with store.read() as conn:
        assert voiding.proposals(conn, []) == {}


def test_a_persons_other_unit_does_not_matter(
    desk: Desk, on_hold: Receipt, people: dict[str, int], store: Store
) -> None:
    with store.write() as conn:
        conn.execute(
            insert(catalog.organization).values(
                id=8, code="X8", uscc="X8", name="别的单位", region=REGION, place=REGION, path="/8/"
            )
        )
        grant = NewGrant(people["two"], Role.LEADER, organization_id=8)
        grants.give(conn, desk.emit, grant, desk.clock.now())
    act(desk, voiding.propose, on_hold, people["two"])
