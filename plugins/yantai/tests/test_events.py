"""Events: planned, open, held, published; seats, waiting list, check-in; forgotten in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from haochaping.testing.towns import Role
from haochaping_yantai import diary, guests, statistics
from haochaping_yantai.problems import (
    AlreadyRegistered,
    Incomplete,
    NoSuchEvent,
    NoSuchRegistration,
    NotNow,
    RegistrationClosed,
)
from haochaping_yantai.tables import guest

from .yantai_town import OTHER, UNIT, Town, caller


def test_the_public_sees_an_event_once_it_is_open(town: Town) -> None:
    who = town.account()
    number = town.plugin.diary.plan(town.plan(), who)
    code = town.plugin.diary.find(number, who).code
    with pytest.raises(NoSuchEvent):
        town.plugin.diary.by_code(code)
    town.plugin.diary.open(number, who)
    assert town.plugin.diary.by_code(code).state == diary.OPEN
    assert [one.id for one in town.plugin.diary.public()] == [number]


def test_an_event_is_there_for_organizers_of_its_unit_alone(town: Town) -> None:
    number = town.opened(town.account())
    stranger = town.account(Role.UNIT_LIAISON, organization_id=OTHER)
    own = town.account(Role.UNIT_LIAISON, organization_id=UNIT)
    assert town.plugin.diary.find(number, own).id == number
    assert town.plugin.diary.of_account(stranger) == ()
    for step in (town.plugin.diary.find, town.plugin.diary.open):
        with pytest.raises(NoSuchEvent):
            step(number, stranger)
    with pytest.raises(NoSuchEvent):
        town.plugin.diary.plan(town.plan(organization_id=UNIT), stranger)


def test_a_time_that_has_passed_or_ends_before_it_begins_is_refused(town: Town) -> None:
    who, now = town.account(), town.clock.now()
    past = town.plan(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
    turned = town.plan(ends_at=town.plan().starts_at)
    for plan in (past, turned, town.plan(kind="party")):
        with pytest.raises(Incomplete):
            town.plugin.diary.plan(plan, who)


def test_who_comes_when_the_seats_are_taken_waits_and_moves_up(town: Town) -> None:
    who = town.account()
    occasion = town.plugin.diary.find(town.opened(who, capacity=1), who)
    first = town.plugin.guests.register(occasion, caller(1))
    second = town.plugin.guests.register(occasion, caller(2))
    assert (first.state, second.state) == (guests.REGISTERED, guests.WAITING)
    town.plugin.guests.cancel(first.code)
    assert town.plugin.guests.find(second.code)[0].state == guests.REGISTERED


def test_one_number_registers_once(town: Town) -> None:
    who = town.account()
    occasion = town.plugin.diary.find(town.opened(who), who)
    town.plugin.guests.register(occasion, caller(1))
    with pytest.raises(AlreadyRegistered):
        town.plugin.guests.register(occasion, caller(1))


def test_nobody_registers_after_the_beginning_or_for_a_cancelled_event(town: Town) -> None:
    who = town.account()
    number = town.opened(who)
    late = town.plugin.diary.find(number, who)
    town.plugin.diary.cancel(number, who, "场地检修")
    with pytest.raises(RegistrationClosed):
        town.plugin.guests.register(town.plugin.diary.find(number, who), caller())
    town.clock.advance(timedelta(days=1))
    with pytest.raises(RegistrationClosed):
        town.plugin.guests.register(late, caller())


def test_an_enterprise_is_invited_once_and_takes_the_invitation_up(town: Town) -> None:
    who = town.account()
    number = town.opened(who)
    assert town.plugin.guests.invite(number, ["甲公司", "乙公司"], who) == 2
    invited = town.plugin.guests.of_event(number, who)[0]
    accepted = town.plugin.guests.accept(invited.code, caller(3))
    assert (accepted.state, accepted.mobile) == (guests.REGISTERED, "13800000003")
    assert town.plugin.guests.invite(number, ["甲公司"], who) == 0


def test_a_guest_checks_in_by_code_or_number_and_counts_once(town: Town) -> None:
    who = town.account()
    number = town.opened(who)
    found = town.plugin.guests.register(town.plugin.diary.find(number, who), caller(4))
    town.plugin.guests.check_in(number, "138 0000 0004", who)
    town.plugin.guests.check_in(number, found.code.lower(), who)
    assert town.plugin.guests.counts(number) == {guests.CAME: 1}
    with pytest.raises(NoSuchRegistration):
        town.plugin.guests.check_in(number, "13899999999", who)


def test_nothing_personal_stands_in_the_table_in_plain(town: Town) -> None:
    who = town.account()
    town.plugin.guests.register(town.plugin.diary.find(town.opened(who), who), caller(5))
    with town.deployment.store.read() as conn:
        row = conn.execute(select(guest)).mappings().one()
    stored = " ".join(repr(value) for value in row.values())
    assert "张某" not in stored
    assert "13800000005" not in stored
    assert "甲公司" not in stored


def test_names_and_numbers_are_erased_in_time_and_the_counts_stay(town: Town) -> None:
    who = town.account()
    number = town.opened(who)
    found = town.plugin.guests.register(town.plugin.diary.find(number, who), caller(6))
    town.plugin.guests.check_in(number, found.code, who)
    town.clock.advance(timedelta(days=31))
    assert town.plugin.guests.erase(30) == 0
    town.clock.advance(timedelta(days=2))
    assert town.plugin.guests.erase(30) == 1
    assert town.plugin.guests.erase(30) == 0
    assert town.plugin.guests.find(found.code)[0].mobile == ""
    assert town.plugin.guests.counts(number) == {guests.CAME: 1}


def test_an_event_is_not_held_before_it_begins_nor_published_before_it_is_held(town: Town) -> None:
    who = town.account()
    number = town.opened(who)
    with pytest.raises(NotNow):
        town.plugin.diary.hold(number, who, "纪要")
    with pytest.raises(NotNow):
        town.plugin.diary.publish(number, who, "结果")


def test_the_year_counts_what_was_held(town: Town) -> None:
    who = town.account()
    town.opened(who)
    town.held(who)
    year = statistics.of_year(town.plugin.services, 2026, town.plugin.services.worktime.zone)
    assert year.events == {diary.SYMPOSIUM: 1}
    assert year.opinions == 0
