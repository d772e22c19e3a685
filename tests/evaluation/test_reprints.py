"""A receipt printed again: a new code that counts, an old one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.evaluation.conftest import rows

from haochaping.evaluation import reprints
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.problems import BadLink, LinkExpired
from haochaping.hooks.values import Channel


@pytest.fixture
def inviter(desk) -> Inviter:
    return Inviter(desk.signer, desk.rules)


@pytest.fixture
def again(desk, store, clock, inviter, town):
    def make():
        with store.write() as conn:
            return reprints.reissue(conn, inviter, desk.emit, town.occurrence, clock.now())

    return make


@pytest.fixture
def first(store, clock, inviter, town):
    with store.write() as conn:
        return inviter.issue(conn, town.occurrence, clock.now())


def test_a_reprint_has_another_link_and_another_short_code(first, again):
    new = again()
    assert new.code != first.code
    assert new.short_code != first.short_code
    assert new.last_day == first.last_day + timedelta(days=1)


def test_the_old_link_is_over_and_the_new_one_counts(first, again, intake, good, store):
    new = again()
    with pytest.raises(LinkExpired):
        intake.submit(replace(good, occurrence=first.code))
    with pytest.raises(LinkExpired):
        intake.form(first.code, Channel.QR)
    intake.submit(replace(good, occurrence=new.code))
    assert len(rows(store)) == 1


def test_the_old_short_code_is_unknown(first, again, inviter, store, clock, town):
    new = again()
    with store.read() as conn:
        with pytest.raises(BadLink):
            inviter.resolve_short(conn, first.short_code, clock.now())
        assert inviter.resolve_short(conn, new.short_code, clock.now()) == town.occurrence


def test_each_further_reprint_spends_the_one_before(first, again, intake, good):
    second, third = again(), again()
    for spent in (first, second):
        with pytest.raises(LinkExpired):
            intake.submit(replace(good, occurrence=spent.code))
    assert intake.submit(replace(good, occurrence=third.code))


def test_what_was_rated_by_the_old_code_is_still_answered(first, again, intake, good):
    draft = replace(good, occurrence=first.code)
    receipt = intake.submit(draft)
    again()
    assert intake.submit(draft).code == receipt.code


def test_a_device_at_the_window_goes_on_with_the_code_it_holds(first, again, intake, good, store):
    again()
    draft = replace(good, occurrence=first.code, channel="window_device", client="device:1")
    assert intake.submit(draft)
    assert len(rows(store)) == 1


def test_a_reprint_of_an_old_invitation_is_good_from_today(first, again, clock):
    clock.advance(timedelta(days=60))
    assert again().last_day > first.last_day + timedelta(days=20)


def test_a_reprint_is_in_the_journal(first, again, notebook):
    again()
    assert notebook.kinds[-1] == "invitation.reprinted"
