"""The registry: who may be listed, by whom, for how long, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from haochaping.hooks.values import EvaluationStatus, Identity
from haochaping.testing.towns import Role
from haochaping_inner_mongolia.problems import (
    Incomplete,
    NoSuchEntry,
    NotInThatState,
    NotListable,
    TwoPersons,
)
from haochaping_inner_mongolia.registry import Proposal
from haochaping_inner_mongolia.tables import entry

from .inner_mongolia_town import EVIDENCE, OTHER, RATER, REGION, UNIT, Town


def status_of(town: Town, receipt: str) -> str:
    return str(town.seen.rating(receipt).status)


def state_of(town: Town, number: int) -> str:
    return next(one.state for one in town.registry.entries(town.account()) if one.id == number)


def test_a_listed_persons_rating_is_stored_as_excluded_and_the_rater_is_told(town: Town) -> None:
    town.listed()
    receipt = town.rate()
    assert receipt.status is EvaluationStatus.EXCLUDED
    assert receipt.notice is not None
    assert "12345" in receipt.notice.zh


def test_everybody_elses_rating_counts(town: Town) -> None:
    town.proposed()
    assert town.rate().status is EvaluationStatus.EFFECTIVE


def test_one_agreement_lists_nobody(town: Town) -> None:
    number = town.proposed()
    town.registry.second(number, town.account(), "证据充分")
    assert town.rate().status is EvaluationStatus.EFFECTIVE


def test_the_proposer_may_not_decide(town: Town) -> None:
    proposer = town.account()
    number = town.proposed(by=proposer)
    with pytest.raises(TwoPersons):
        town.registry.second(number, proposer, "证据充分")


def test_nobody_decides_twice(town: Town) -> None:
    number, decider = town.proposed(), town.account()
    town.registry.second(number, decider, "证据充分")
    with pytest.raises(TwoPersons):
        town.registry.confirm(number, decider, "同意")


def test_nobody_of_the_rated_unit_decides(town: Town) -> None:
    inside = town.account(Role.APPEAL_REVIEWER, organization_id=UNIT)
    with pytest.raises(TwoPersons):
        town.registry.second(town.proposed(), inside, "证据充分")


def test_a_reviewer_of_the_county_may_decide(town: Town) -> None:
    number = town.proposed()
    town.registry.second(number, town.account(Role.APPEAL_REVIEWER, region=REGION), "是")
    assert state_of(town, number) == "seconded"


def test_whose_rights_lie_in_another_unit_neither_sees_nor_touches_an_entry(town: Town) -> None:
    number, stranger = town.proposed(), town.account(organization_id=OTHER)
    assert town.registry.entries(stranger) == ()
    with pytest.raises(NoSuchEntry):
        town.registry.second(number, stranger, "证据充分")
    with pytest.raises(NotListable):
        town.registry.propose(Proposal(town.rated(), 1, EVIDENCE, 30), stranger)


def test_the_second_decision_cannot_come_first(town: Town) -> None:
    with pytest.raises(NotInThatState):
        town.registry.confirm(town.proposed(), town.account(), "同意")


def test_the_rated_unit_is_the_ratings_own_and_not_what_somebody_states(town: Town) -> None:
    town.proposed()
    assert town.registry.entries(town.account())[0].organization_id == UNIT


def test_only_verified_raters_can_be_proposed(town: Town) -> None:
    case_no = town.rated(identity=Identity.PRESUMED)
    with pytest.raises(NotListable):
        town.registry.propose(Proposal(case_no, 1, EVIDENCE, 30), town.account())


@pytest.mark.parametrize(("case_no", "number"), [("nothing", 1), ("C1", 2), ("C1", 0)])
def test_a_service_that_nobody_rated_cannot_be_proposed(
    town: Town, case_no: str, number: int
) -> None:
    assert town.rated() == "C1"
    with pytest.raises(NotListable):
        town.registry.propose(Proposal(case_no, number, EVIDENCE, 30), town.account())


def test_a_receipt_code_is_neither_taken_nor_kept(town: Town) -> None:
    receipt = town.rate().code
    with pytest.raises(NotListable):
        town.registry.propose(Proposal(receipt, 1, EVIDENCE, 30), town.account())
    assert "receipt" not in entry.c


def test_a_rater_has_one_open_entry_only(town: Town) -> None:
    town.proposed()
    with pytest.raises(NotListable):
        town.proposed()


@pytest.mark.parametrize(("evidence", "days"), [("短", 30), (EVIDENCE, 0), (EVIDENCE, 91)])
def test_a_proposal_needs_evidence_and_a_term_within_the_longest(
    town: Town, evidence: str, days: int
) -> None:
    with pytest.raises(Incomplete):
        town.registry.propose(Proposal(town.rated(), 1, evidence, days), town.account())


def test_a_decision_needs_a_reason(town: Town) -> None:
    with pytest.raises(Incomplete):
        town.registry.second(town.proposed(), town.account(), "  ")


def test_one_decider_is_enough_to_refuse(town: Town) -> None:
    number = town.proposed()
    town.registry.reject(number, town.account(), "证据不足")
    assert state_of(town, number) == "rejected"
    assert town.proposed() != number


def test_a_lifted_entry_gives_the_excluded_ratings_back(town: Town) -> None:
    number = town.listed()
    receipt = town.rate().code
    assert town.registry.lift(number, town.account(), "认定有误") == 1
    assert status_of(town, receipt) == EvaluationStatus.EFFECTIVE
    assert town.rate().status is EvaluationStatus.EFFECTIVE


def test_who_decided_does_not_review_the_appeal(town: Town) -> None:
    number = town.proposed()
    first = town.account()
    town.registry.second(number, first, "证据充分")
    town.registry.confirm(number, town.account(), "同意")
    town.registry.appeal(number, town.account(), "我没有要挟任何人")
    with pytest.raises(TwoPersons):
        town.registry.lift(number, first, "认定有误")


def test_an_appeal_that_is_rejected_leaves_the_entry_in_force(town: Town) -> None:
    number = town.listed()
    town.registry.appeal(number, town.account(), "我没有要挟任何人")
    town.registry.uphold(number, town.account(), "申诉理由不成立")
    assert state_of(town, number) == "listed"
    assert town.rate().status is EvaluationStatus.EXCLUDED


def test_an_entry_ends_with_its_term(town: Town) -> None:
    number = town.listed(days=30)
    town.clock.advance(timedelta(days=30))
    assert town.rate().status is EvaluationStatus.EFFECTIVE  # even before the job has run
    assert town.registry.expire() == 1
    assert town.registry.expire() == 0
    assert state_of(town, number) == "expired"


def test_an_entry_does_not_end_early(town: Town) -> None:
    town.listed(days=30)
    town.clock.advance(timedelta(days=29))
    assert town.registry.expire() == 0


def test_there_is_no_entry_with_another_number(town: Town) -> None:
    with pytest.raises(NoSuchEntry):
        town.registry.reject(1, town.account(), "证据不足")


def test_every_step_is_in_the_journal_without_a_person(town: Town) -> None:
    town.listed()
    rows = town.seen.events("plugin.")
    assert [row.kind.rpartition(".")[2] for row in rows] == ["proposed", "seconded", "listed"]
    told = repr([row.payload for row in rows])
    assert RATER.certificate_no not in told
    assert RATER.name not in told


def test_the_tables_hold_no_identity_number(town: Town) -> None:
    town.listed()
    with town.deployment.store.read() as conn:
        rows = conn.execute(select(entry)).all()
    assert RATER.certificate_no not in repr(rows)
