"""Inspections: a sample anybody can draw again, results that enter no rate of ratings."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.channels.conftest import Notebook, Town
from tests.evaluation.conftest import build_town

from haochaping.access.tables import account, account_grant
from haochaping.channels import inspection_results, inspections
from haochaping.channels.inspections import (
    Answered,
    BadCampaign,
    Finding,
    Inspections,
    NewCampaign,
    OwnUnit,
)
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.tables import evaluation
from haochaping.grading.tables import tally_entry
from haochaping.hooks.values import Period
from haochaping.store import Store

DAYS = (date(2026, 11, 1), date(2026, 11, 30))
NEW = NewCampaign(
    "十一月电话调查", "survey", "330106", *DAYS, wanted=5, created_by=1, seed="S-2026"
)
PERIOD = Period("2026-11", *DAYS)


@pytest.fixture
def crowd(store: Store, clock: FakeClock, keyring: Keyring) -> Town:
    return build_town(store, clock, keyring, services=40)


@pytest.fixture
def room(keyring: Keyring, notebook: Notebook, rules: IntakeRules, crowd: Town) -> Inspections:
    return Inspections(keyring, notebook.emit, rules.zone)


def drawn(store: Store, room: Inspections, clock: FakeClock, **changes: Any) -> list[int]:
    with store.write() as conn:
        campaign_id = room.draw(conn, replace(NEW, **changes), clock.now())
        return [one.key.id for one in inspection_results.samples(conn, campaign_id)]


def test_the_same_seed_draws_the_same_sample(
    store: Store, room: Inspections, clock: FakeClock
) -> None:
    first = drawn(store, room, clock)
    assert drawn(store, room, clock) == first
    assert drawn(store, room, clock, seed="S-2027") != first
    assert drawn(store, room, clock, wanted=3) == first[:3]


def test_anybody_can_draw_it_again_by_hand(
    store: Store, room: Inspections, clock: FakeClock, crowd: Town
) -> None:
    keys = [
        f"{key.region}:{key.served_month}:{key.id}" for key in (crowd.occurrence, *crowd.others)
    ]
    by_hand = sorted(keys, key=lambda one: hashlib.sha256(f"S-2026|{one}".encode()).digest())[:5]
    assert drawn(store, room, clock) == [int(one.rpartition(":")[2]) for one in by_hand]
    with store.read() as conn:
        [campaign] = inspection_results.campaigns(conn)
    frame = hashlib.sha256("".join(f"{one}\n" for one in sorted(keys)).encode()).hexdigest()
    assert (campaign.frame, campaign.frame_digest) == (40, frame)


def test_a_campaign_without_a_seed_gets_one_that_is_kept(
    store: Store, room: Inspections, clock: FakeClock
) -> None:
    drawn(store, room, clock, seed="")
    with store.read() as conn:
        [campaign] = inspection_results.campaigns(conn)
    assert len(campaign.seed) == inspections.SEED_SIGNS


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"kind": "rumour"},
        {"wanted": 0},
        {"wanted": 2001},
        {"region": "999999"},
        {"first_day": date(2026, 12, 1)},
        {"first_day": date(2025, 1, 1), "last_day": date(2025, 1, 2)},
    ],
)
def test_a_campaign_that_cannot_be_drawn_is_told(
    store: Store, room: Inspections, clock: FakeClock, wrong: dict[str, Any]
) -> None:
    with pytest.raises(BadCampaign):
        drawn(store, room, clock, **wrong)


@pytest.fixture
def campaign_id(store: Store, room: Inspections, clock: FakeClock) -> int:
    with store.write() as conn:
        return room.draw(conn, NEW, clock.now())


def finds(store: Store, room: Inspections, clock: FakeClock, where: Any, finding: Finding) -> None:
    with store.write() as conn:
        sample = inspection_results.sample(conn, *where)
        assert sample is not None
        room.find(conn, sample, finding, clock.now())


def test_findings_are_counted_apart_and_enter_no_rating(
    store: Store, room: Inspections, clock: FakeClock, campaign_id: int
) -> None:
    finds(store, room, clock, (campaign_id, 1), Finding(7, 5))
    finds(store, room, clock, (campaign_id, 2), Finding(7, 1, "无人接待"))
    finds(store, room, clock, (campaign_id, 3), Finding(7))
    with store.read() as conn:
        for found in (
            inspection_results.by_organization(conn, campaign_id)[1],
            inspection_results.figures(conn, "hall", [2], PERIOD)[2],
        ):
            assert (found.graded, found.grades, found.unreachable) == (2, (0, 1, 0, 0, 0, 1), 1)
        assert inspection_results.by_organization(conn, campaign_id)[1].drawn == 5
        for table in (evaluation, tally_entry):
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 0
        assert room.words_of(conn, campaign_id, 2) == "无人接待"
        assert room.words_of(conn, campaign_id, 1) == ""
        last = Period("2026-12", date(2026, 12, 1), date(2026, 12, 31))
        assert inspection_results.figures(conn, "organization", [1], last) == {}


def test_a_result_is_entered_once(
    store: Store, room: Inspections, clock: FakeClock, campaign_id: int
) -> None:
    finds(store, room, clock, (campaign_id, 1), Finding(7, 5))
    with pytest.raises(Answered):
        finds(store, room, clock, (campaign_id, 1), Finding(7, 1))


def test_a_closed_campaign_takes_no_more_results(
    store: Store, room: Inspections, clock: FakeClock, campaign_id: int
) -> None:
    with store.write() as conn:
        assert room.close(conn, campaign_id, clock.now())
        assert not room.close(conn, campaign_id, clock.now())
    with pytest.raises(Answered):
        finds(store, room, clock, (campaign_id, 1), Finding(7, 5))


@pytest.mark.parametrize("grade", [0, 6, -1])
def test_a_grade_that_is_none_is_refused(
    store: Store, room: Inspections, clock: FakeClock, campaign_id: int, grade: int
) -> None:
    with pytest.raises(BadCampaign):
        finds(store, room, clock, (campaign_id, 1), Finding(7, grade))


def test_nobody_inspects_their_own_unit(
    store: Store, room: Inspections, clock: FakeClock, campaign_id: int
) -> None:
    with store.write() as conn:
        person = {"id": 77, "login": "zhang", "name": "张三", "password_hash": "", "active": True}
        person |= {"must_change": False, "created_at": clock.now(), "password_at": clock.now()}
        conn.execute(account.insert().values(person))
        grant = {"id": 78, "account_id": 77, "role": "handler", "organization_id": 1}
        conn.execute(account_grant.insert().values(grant | {"granted_at": clock.now()}))
    with pytest.raises(OwnUnit):
        finds(store, room, clock, (campaign_id, 1), Finding(77, 5))
