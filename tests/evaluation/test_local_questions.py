"""What only some halls or items ask: shown there, answered by codes of their own, versioned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.evaluation.conftest import Town, hooks_of

from haochaping.evaluation import targets
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.forms import form_for, question_codes
from haochaping.evaluation.local_questions import label
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.submission import Draft, InvalidEvaluation, check
from haochaping.hooks.values import Channel, Identity, Occurrence, RaterRole, UnitRef, Words
from haochaping.profile.indicators import DifferentialGroup, IndicatorNode, IndicatorTree
from haochaping.store import Store

SEATS = "local.hall_comfort.seats"


@pytest.fixture
def occurrence(desk: Desk, town: Town, store: Store) -> Occurrence:
    with store.read() as conn:
        target = targets.find(conn, town.occurrence)
    assert target is not None
    return target.occurrence


def leaf(code: str, question: str, **more: Any) -> IndicatorNode:
    return IndicatorNode(code, Words(code), Decimal("0.5"), Words(question), "", (), **more)


def rules_of(
    desk: Desk, *, halls: tuple[str, ...] = (), items: tuple[str, ...] = ()
) -> IntakeRules:
    leaves = (leaf("seats", "座位够吗"), leaf("queue", "排队久吗", fed_by="catalogue"))
    group = DifferentialGroup("hall_comfort", Words("环境"), halls, items, leaves)
    tree = IndicatorTree(1, None, (leaf("core", "满意吗"),), differential=(group,))
    return replace(desk.rules, editions=(tree,))


def hall_of(occurrence: Occurrence) -> str:
    assert isinstance(occurrence.hall, UnitRef)
    return occurrence.hall.code


def draft(occurrence: Occurrence, *options: str) -> Draft:
    return Draft(
        occurrence=occurrence.key,
        grade=5,
        options=options,
        text="",
        idempotency_key="key-local",
        channel=Channel.QR,
        identity=Identity.ANONYMOUS,
        rater_role=RaterRole.APPLICANT,
        client="test",
    )


def test_a_hall_asks_what_its_group_says_and_nothing_that_raters_do_not_feed(
    desk: Desk, occurrence: Occurrence
) -> None:
    rules = rules_of(desk, halls=(hall_of(occurrence),))
    (asked,) = form_for(hooks_of(), rules, occurrence, Channel.QR).questions
    assert (asked.code, asked.text.zh) == (SEATS, "座位够吗")
    assert list(asked.options) == [f"{SEATS}.good", f"{SEATS}.fair", f"{SEATS}.poor"]


@pytest.mark.parametrize("where", [{"halls": ("another",)}, {"items": ("another",)}], ids=str)
def test_elsewhere_nothing_more_is_asked(desk: Desk, occurrence: Occurrence, where: Any) -> None:
    form = form_for(hooks_of(), rules_of(desk, **where), occurrence, Channel.QR)
    assert form.questions == ()
    assert form.version == desk.rules.form_version


def test_the_version_of_the_form_tells_that_more_was_asked(
    desk: Desk, occurrence: Occurrence
) -> None:
    form = form_for(hooks_of(), rules_of(desk), occurrence, Channel.QR)
    assert form.version.startswith(f"{desk.rules.form_version}+")


def test_answers_are_taken_where_they_are_asked_and_nowhere_else(
    desk: Desk, occurrence: Occurrence
) -> None:
    here, elsewhere = rules_of(desk), rules_of(desk, halls=("another",))
    answer = draft(occurrence, "510", f"{SEATS}.poor")

    def checked(rules: IntakeRules) -> Any:
        return check(
            answer, rules, lambda: question_codes(hooks_of(), rules, occurrence, Channel.QR)
        )

    assert set(checked(here).options) == {"510", f"{SEATS}.poor"}
    with pytest.raises(InvalidEvaluation):
        checked(elsewhere)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("510", "一窗受理一次办结"),
        ("501", "旧版选项 501"),
        (f"{SEATS}.poor", "座位够吗 不满意"),
        ("local.gone.seats.poor", "旧版选项 local.gone.seats.poor"),
    ],
)
def test_stored_codes_are_read_back_in_words(desk: Desk, code: str, read: str) -> None:
    assert label(rules_of(desk), code).zh == read
