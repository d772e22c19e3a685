"""The profiles that come with haochaping, and what a resolved profile offers."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from tests.regions import REGIONS

from haochaping.hooks.values import Channel, Duration, Unit
from haochaping.plugins import PluginManager
from haochaping.profile import Known, load
from haochaping.profile.production import unconfirmed

from .conftest import Loaded


@pytest.mark.parametrize("name", ["base", *REGIONS])
def test_every_profile_passes_its_own_check(name: str) -> None:
    assert load(name, known=Known(plugins=PluginManager().schemas())).name == name


@pytest.mark.parametrize("name", ["base", *REGIONS])
def test_every_value_of_a_shipped_profile_has_a_source(name: str) -> None:
    assert [key for key, leaf in load(name).leaves() if leaf.source is None] == []


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_enables_its_own_plugin(name: str) -> None:
    assert name in load(name).plugins


def test_zhejiang_contacts_within_one_calendar_day_and_replies_within_fifteen() -> None:
    rules = load("zhejiang").rules.rectification
    for complexity in ("simple", "complex"):
        steps = {step.kind: step.duration for step in rules.plan(complexity).steps}
        assert steps == {
            "contact": Duration(1, Unit.CALENDAR_DAY),
            "reply": Duration(15, Unit.CALENDAR_DAY),
        }


def test_shenzhen_lies_over_guangdong() -> None:
    shenzhen = load("shenzhen")
    assert [layer.name for layer in shenzhen.layers] == ["base", "guangdong", "shenzhen"]
    assert list(shenzhen.plugins) == ["guangdong", "shenzhen"]


def test_the_registry_of_inner_mongolia_is_off_until_a_legal_basis_is_named() -> None:
    registry = load("inner_mongolia").plugins["inner_mongolia"]["registry"]
    assert (registry["enabled"], registry["legal_basis"]) == (False, "")


def test_what_nobody_has_published_is_called_an_assumption() -> None:
    source = load("guangdong").source("plugins.guangdong.window_stars.min_rated")
    assert source is not None
    assert source.status == "assumption"


def test_rules_are_typed() -> None:
    rules = load("base").rules
    assert Channel.QR in rules.channels.enabled
    assert rules.calendar.working_hours[0] == (time(9), time(12))
    assert rules.formulas.ratios["satisfaction"].over == ("grade5", "grade4", "grade3")
    assert rules.formulas.scores["mean_score"].weights[5] == Decimal(10)
    assert rules.rectification.warnings[2].before is False
    assert rules.access.lockout.attempts == 5


def test_a_plan_cites_the_document_behind_it() -> None:
    (contact, reply) = load("shenzhen").rules.rectification.plan("simple").steps
    assert "深圳市政务服务“好差评”实施办法" in contact.source
    assert reply.duration == Duration(10, Unit.WORKDAY)


def test_a_deadline_may_hold_for_both_complexities(loaded: Loaded) -> None:
    rules = loaded("rectification: {deadlines: {contact: {count: 5, unit: workday}}}\n").rules
    contact = rules.rectification.deadline("contact", "complex")
    assert contact is not None
    assert contact.duration == Duration(5, Unit.WORKDAY)
    assert rules.rectification.deadline("nothing", "simple") is None


def test_data_cannot_be_changed() -> None:
    data: Any = load("base").data
    with pytest.raises(TypeError):
        data["disclosure"]["k"] = 1


def test_the_digest_depends_on_values_and_on_nothing_else(loaded: Loaded) -> None:
    plain = loaded("disclosure: {k: 5}\n").digest
    sourced = "disclosure: {k: {value: 5, source: {document: 通知, status: in_force}}}\n"
    assert plain == loaded(sourced).digest == load("base").digest
    assert plain != loaded("disclosure: {k: 6}\n").digest


def test_the_digest_is_the_same_for_the_same_decimal(loaded: Loaded) -> None:
    one = loaded("formulas: {mean_score: {weights: {5: 9.5}}}\n")
    other = loaded("formulas: {mean_score: {weights: {5: 9.50}}}\n")
    assert one.digest == other.digest


def test_asking_for_a_key_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load("base").value("disclosure.nothing")


def test_production_refuses_assumptions_until_they_are_confirmed(loaded: Loaded) -> None:
    before = {fault.key for fault in unconfirmed(loaded(""))}
    entry = "{keys: [disclosure, access.contact], document: 通知, date: 2026-11-01}"
    after = {fault.key for fault in unconfirmed(loaded(f"confirmed: [{entry}]\n"))}
    assert {"forms", "access", "disclosure.k"} <= before
    assert not any(key.startswith("disclosure") for key in after)
    assert "access.contact" not in after
    assert "access.idle_minutes" in after


def test_a_rule_in_force_is_no_assumption() -> None:
    assert "scale" not in {fault.key for fault in unconfirmed(load("base"))}
