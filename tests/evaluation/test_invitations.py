"""Invitations: one an occurrence, by link, QR code and twelve digits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.evaluation.conftest import MONTH, REGION, count

from haochaping.clock import FakeClock
from haochaping.evaluation import invitations
from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.invitations import Inviter, qr_svg
from haochaping.evaluation.problems import BadLink, LinkExpired
from haochaping.evaluation.tables import invitation
from haochaping.hooks.values import OccurrenceKey
from haochaping.store import Store

KEY = OccurrenceKey(REGION, MONTH, 77)


@pytest.fixture
def inviter(desk: Desk) -> Inviter:
    return Inviter(desk.signer, desk.rules)


def issue(inviter: Inviter, store: Store, clock: FakeClock) -> invitations.Invitation:
    with store.write() as conn:
        return inviter.issue(conn, KEY, clock.now(), "api")


def test_an_invitation_leads_to_its_occurrence(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    issued = issue(inviter, store, clock)
    assert inviter.resolve(issued.code, clock.now()) == KEY
    assert re.fullmatch(r"\d{12}", issued.short_code)
    assert issued.last_day == date(2026, 12, 16)


def test_an_occurrence_has_one_invitation_however_often_it_is_pushed(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    first = issue(inviter, store, clock)
    clock.advance(timedelta(days=3))
    assert issue(inviter, store, clock) == first
    assert count(store, invitation) == 1


def test_many_invitations_are_issued_at_once(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    keys = [OccurrenceKey(REGION, MONTH, number) for number in range(1200)]
    with store.write() as conn:
        issued = inviter.issue_many(conn, [*keys, keys[0]], clock.now())
    assert set(issued) == set(keys)
    assert len({one.short_code for one in issued.values()}) == len(keys)


def test_a_short_code_drawn_twice_is_drawn_anew(
    inviter: Inviter, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["11111111111", "11111111111", "22222222222"])
    monkeypatch.setattr(invitations, "random_digits", lambda length: next(drawn))
    other = replace(KEY, id=78)
    with store.write() as conn:
        issued = inviter.issue_many(conn, [KEY, other], clock.now())
    drawn = {issued[KEY].short_code[:-1], issued[other].short_code[:-1]}
    assert drawn == {"11111111111", "22222222222"}


def test_a_short_code_is_read_as_it_was_spoken(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    short = issue(inviter, store, clock).short_code
    spoken = f"{short[:4]} {short[4:7]}-{short[7:]}"
    with store.read() as conn:
        assert inviter.resolve_short(conn, spoken, clock.now()) == KEY


@pytest.mark.parametrize(
    "digits", ["", "123", "1234567890123", "１２３４５６７８９０１２", "abcdefghijkl"]
)
def test_anything_else_is_no_short_code(
    inviter: Inviter, store: Store, clock: FakeClock, digits: str
) -> None:
    issue(inviter, store, clock)
    with store.read() as conn, pytest.raises(BadLink):
        inviter.resolve_short(conn, digits, clock.now())


def test_an_unknown_short_code_is_a_bad_link(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    with store.write() as conn:
        known = inviter.issue(conn, KEY, clock.now()).short_code
    body = known[:-2] + str((int(known[-2]) + 1) % 10)
    with store.read() as conn, pytest.raises(BadLink):
        inviter.resolve_short(conn, body + invitations.check_digit(body), clock.now())


def test_every_slip_in_a_short_code_is_noticed(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    short = issue(inviter, store, clock).short_code
    assert invitations.is_short_code(short)
    bent = [
        short[:at] + str(digit) + short[at + 1 :]
        for at in range(len(short))
        for digit in range(10)
        if str(digit) != short[at]
    ]
    assert not [one for one in bent if invitations.is_short_code(one)]


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert invitations.check_digit("0794") == "5"  # the example of ISO 7064, clause 8


def test_link_and_short_code_expire_at_the_same_local_midnight(
    inviter: Inviter, store: Store, clock: FakeClock
) -> None:
    issued = issue(inviter, store, clock)
    ends = inviter.rules.day_ends(issued.last_day)
    with store.read() as conn:
        clock.set(ends - timedelta(microseconds=1))
        assert inviter.resolve(issued.code, clock.now()) == KEY
        assert inviter.resolve_short(conn, issued.short_code, clock.now()) == KEY
        clock.set(ends)
        with pytest.raises(LinkExpired):
            inviter.resolve(issued.code, clock.now())
        with pytest.raises(LinkExpired):
            inviter.resolve_short(conn, issued.short_code, clock.now())


def test_a_link_is_good_for_rating_only(desk: Desk, inviter: Inviter, clock: FakeClock) -> None:
    code = desk.signer.sign(Purpose.FOLLOW, KEY, date(2026, 12, 31))
    with pytest.raises(BadLink):
        inviter.resolve(code, clock.now())


def test_a_qr_code_is_plain_svg_without_styles_or_scripts() -> None:
    picture = qr_svg("https://pj.example.gov.cn/r/" + "0" * 40)
    root: Any = ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    assert "viewBox" in root.attrib
    assert not re.search(r"style|script|class=|href", picture)
