"""Checking a draft: every fault is named, no answer is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.conftest import make_rules

from haochaping.containment import contained
from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.submission import Checked, Draft, check
from haochaping.hooks.values import Channel, Grade, Identity, OccurrenceKey, RaterRole

DRAFT = Draft(
    occurrence=OccurrenceKey("330106", 202611, 1),
    grade=5,
    idempotency_key="k",
    client="citizen",
    channel="qr",
)


def checked(draft: Draft, rules: IntakeRules, further: Any = ()) -> Checked:
    return check(draft, rules, lambda: further)


def faults(draft: Draft, rules: IntakeRules, further: Any = ()) -> list[tuple[str, str]]:
    with pytest.raises(InvalidEvaluation) as raised:
        check(draft, rules, lambda: further)
    return [(fault.field, fault.code) for fault in raised.value.faults]


@pytest.mark.parametrize("grade", [1, "1", Grade(1)])
def test_a_grade_is_a_whole_number_or_a_form_value(grade: Any, rules: IntakeRules) -> None:
    assert checked(replace(DRAFT, grade=grade, options=["108"]), rules).grade is Grade(1)


@pytest.mark.parametrize("grade", [None, ""])
def test_a_missing_grade_is_an_error_never_a_default(grade: Any, rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, grade=grade), rules) == [("grade", "HCP-GRADE-MISSING")]


@pytest.mark.parametrize("grade", [0, 6, -1, True, 4.0, "5 ", "５", "five", [5], {"grade": 5}])
def test_nothing_else_is_taken_for_a_grade(grade: Any, rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, grade=grade), rules) == [("grade", "HCP-GRADE-INVALID")]


def test_options_belong_to_the_grade(rules: IntakeRules) -> None:
    assert checked(replace(DRAFT, options=["510", "517", "510"]), rules).options == ("510", "517")
    assert faults(replace(DRAFT, options=["406"]), rules) == [("options", "HCP-OPTION-INVALID")]


@pytest.mark.parametrize("code", ["501", "999", "", "zj.hall.01"])
def test_retired_and_unknown_options_are_refused(code: str, rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, options=[code]), rules) == [("options", "HCP-OPTION-INVALID")]


@pytest.mark.parametrize("options", ["510", [510], ["510"] * 21, {"510": 1}])
def test_options_are_a_short_list_of_codes(options: Any, rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, options=options), rules) == [("options", "HCP-OPTIONS-INVALID")]


def test_options_of_further_questions_are_accepted(rules: IntakeRules) -> None:
    draft = replace(DRAFT, options=["510", "zj.hall.01"])
    assert checked(draft, rules, {"zj.hall.01"}).options == ("510", "zj.hall.01")


def test_a_plugin_that_cannot_be_asked_stops_no_rating(rules: IntakeRules) -> None:
    draft = replace(DRAFT, options=["zj.hall.01"])
    assert checked(draft, rules, None).options == ("zj.hall.01",)
    assert faults(replace(DRAFT, options=["999"]), rules, None)


def test_plugins_are_asked_only_about_options_that_are_not_in_the_list(rules: IntakeRules) -> None:
    def refuse() -> Any:
        raise AssertionError("asked for nothing")

    assert check(replace(DRAFT, options=["510"]), rules, refuse).options == ("510",)


@pytest.mark.parametrize("grade", [1, 2])
def test_a_bad_grade_needs_a_reason_or_words(grade: int, rules: IntakeRules) -> None:
    bare = replace(DRAFT, grade=grade)
    assert faults(bare, rules) == [("options", "HCP-REASON-REQUIRED")]
    assert faults(replace(bare, text=" \u200b "), rules) == [("options", "HCP-REASON-REQUIRED")]
    assert checked(replace(bare, text="慢"), rules).text == "慢"
    assert not checked(bare, replace(rules, require_reason_for_bad=False)).options


def test_five_hundred_characters_are_enough(rules: IntakeRules) -> None:
    assert len(checked(replace(DRAFT, text="好" * 500), rules).text) == 500
    assert faults(replace(DRAFT, text="好" * 501), rules) == [("text", "HCP-TEXT-TOO-LONG")]


def test_a_text_is_counted_after_cleaning(rules: IntakeRules) -> None:
    assert len(checked(replace(DRAFT, text="好\r\n" * 250), rules).text) == 499


def test_a_text_that_is_no_text_is_refused(rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, text=["好"]), rules) == [("text", "HCP-TEXT-INVALID")]


def test_only_open_channels_are_accepted(rules: IntakeRules) -> None:
    closed = replace(rules, channels={"qr": Channel.QR})
    assert checked(DRAFT, closed).channel is Channel.QR
    assert faults(replace(DRAFT, channel="sms"), closed) == [
        ("channel", "HCP-CHANNEL-NOT-ACCEPTED")
    ]


def test_a_plugins_channel_counts_under_the_cores(rules: IntakeRules) -> None:
    added = replace(rules, channels={"zj.pad": Channel.WINDOW_DEVICE})
    assert checked(replace(DRAFT, channel="zj.pad"), added).channel is Channel.WINDOW_DEVICE


def test_the_profile_says_which_identities_and_roles_it_accepts(rules: IntakeRules) -> None:
    strict = replace(
        rules,
        identities=frozenset({Identity.VERIFIED}),
        roles=frozenset({RaterRole.APPLICANT}),
    )
    assert faults(replace(DRAFT, rater_role="agent"), strict) == [
        ("identity", "HCP-IDENTITY-NOT-ACCEPTED"),
        ("rater_role", "HCP-RATER-ROLE-NOT-ACCEPTED"),
    ]


def test_ratings_nobody_gave_do_not_come_in_here(rules: IntakeRules) -> None:
    assert faults(replace(DRAFT, provenance="system_default"), rules) == [
        ("provenance", "HCP-PROVENANCE-NOT-ACCEPTED")
    ]


def test_a_moment_needs_a_time_zone(rules: IntakeRules) -> None:
    naive = datetime(2026, 11, 16, 10)
    assert faults(replace(DRAFT, submitted_at=naive), rules) == [
        ("submitted_at", "HCP-MOMENT-INVALID")
    ]


def test_all_faults_are_told_at_once_in_both_languages(rules: IntakeRules) -> None:
    draft = replace(DRAFT, grade=9, channel="fax", text="好" * 501)
    with pytest.raises(InvalidEvaluation) as raised:
        checked(draft, rules)
    for language in ("zh_Hans_CN", "en"):
        errors = raised.value.document(language)["errors"]
        assert [error["field"] for error in errors] == ["grade", "text", "channel"]
        assert all(error["detail"] for error in errors)


@given(
    grade=st.none() | st.integers() | st.text() | st.floats() | st.booleans(),
    options=st.lists(st.text() | st.integers()) | st.text(),
    text=st.text() | st.integers(),
)
def test_whatever_comes_in_is_checked_or_named(grade: Any, options: Any, text: Any) -> None:
    draft = replace(DRAFT, grade=grade, options=options, text=text)
    answered = contained("check", lambda: check(draft, make_rules(), lambda: ()))
    if answered.error is not None:
        assert isinstance(answered.error, InvalidEvaluation)
        assert answered.error.faults
    else:
        assert answered.unwrap().grade in set(Grade)
