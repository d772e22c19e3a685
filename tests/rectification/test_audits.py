"""Decided appeals are drawn by lot, and a third reviewer looks at them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from haochaping.profile.following_up import AppealRules
from haochaping.rectification import appeals, audits, sampling
from haochaping.rectification.problems import NeedMissing, NotPermitted
from haochaping.rectification.records import Case

from .conftest import World, reviewer, rules, unit_actor

DAY = date(2026, 11, 16)


def audited(world: World, share: str = "1") -> World:
    own = replace(rules(), appeals=AppealRules(audit=Decimal(share)))
    world.context = replace(world.context, rules=own)
    return world


def rejected(world: World) -> Case:
    case = world.do(appeals.file, world.released(world.open()), "mistaken", text="对象有误")
    return world.do(appeals.reject, case, who=reviewer(701), note="记录齐全")


def drawn(world: World, day: date = DAY) -> sampling.Sample | None:
    with world.store.write() as conn:
        return audits.draw_for(world.context, conn, day, world.clock.now())


def found(world: World, case: Case) -> audits.Audit | None:
    with world.store.read() as conn:
        return audits.of_case(conn, case)


def test_the_share_of_the_days_decisions_is_drawn_once(world: World) -> None:
    cases = [rejected(audited(world, "0.5")) for _ in range(3)]
    sample = drawn(world)
    assert sample is not None
    assert len(sample.population) == 3
    assert tuple(sample.drawn) == sampling.draw(sample.seed, sample.population, Decimal("0.5"))
    assert len(sample.drawn) == 2
    again = drawn(world)
    assert again is not None
    assert (again.seed, list(again.drawn)) == (sample.seed, list(sample.drawn))
    assert sum(found(world, case) is not None for case in cases) == 2
    assert drawn(world, DAY - timedelta(days=1)) is not None, "an empty day is kept as well"


def test_without_a_share_nothing_is_drawn(world: World) -> None:
    rejected(audited(world, "0"))
    assert drawn(world) is None


def test_a_third_reviewer_records_what_was_found(world: World) -> None:
    case = rejected(audited(world))
    drawn(world)
    world.do(audits.audit, case, "wrong", who=reviewer(703), note="缺少现场记录")
    audit = found(world, case)
    assert audit is not None
    assert (audit.outcome, audit.account_id, audit.note) == ("wrong", 703, "缺少现场记录")
    assert world.emit.payloads("appeal.audited")[0]["outcome"] == "wrong"
    with world.store.read() as conn:
        assert audits.results(conn) == {"right": 0, "wrong": 1}
    with pytest.raises(NeedMissing):
        world.do(audits.audit, case, "right", who=reviewer(704), note="再看")


def test_who_took_part_or_reviews_nothing_does_not_audit(world: World) -> None:
    case = rejected(audited(world))
    drawn(world)
    with pytest.raises(NeedMissing) as refused:
        world.do(audits.audit, case, "right", who=reviewer(701), note="正确")
    assert refused.value.fields["need"] == "other_reviewer"
    with pytest.raises(NotPermitted):
        world.do(audits.audit, case, "right", who=unit_actor(), note="正确")
