"""The daily lot of services: drawn once a day, at most so many, ended by itself."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from tests.channels.conftest import Notebook, Town
from tests.evaluation.conftest import build_town

from haochaping.catalog.tables import occurrence
from haochaping.channels import daily_survey, inspection_results
from haochaping.channels.inspections import Inspections
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.evaluation.rules import IntakeRules
from haochaping.profile.following_up import ServiceDraw
from haochaping.store import Store

REGION = "330106"
RULE = ServiceDraw(Decimal("0.1"), at_most=3, open_days=2)


@pytest.fixture
def crowd(store: Store, clock: FakeClock, keyring: Keyring) -> Town:
    town = build_town(store, clock, keyring, services=40)
    with store.write() as conn:
        conn.execute(update(occurrence).values(served_at=clock.now()))
    return town


@pytest.fixture
def room(keyring: Keyring, notebook: Notebook, rules: IntakeRules, crowd: Town) -> Inspections:
    return Inspections(keyring, notebook.emit, rules.zone)


def lot(
    store: Store, room: Inspections, clock: FakeClock, day: date, rule: ServiceDraw = RULE
) -> int | None:
    with store.write() as conn:
        return daily_survey.draw_for(room, conn, (rule, REGION, day), clock.now())


def test_a_share_of_a_day_is_drawn_once_and_never_more_than_the_limit(
    store: Store, room: Inspections, clock: FakeClock
) -> None:
    today = clock.now().astimezone(room.zone).date()
    number = lot(store, room, clock, today)
    assert number is not None
    assert lot(store, room, clock, today) is None
    assert lot(store, room, clock, today - timedelta(days=1)) is None
    with store.read() as conn:
        [survey] = inspection_results.by_lot(conn)
        assert len(inspection_results.samples(conn, number)) == 3
    assert (survey.id, survey.frame, survey.kind, survey.wanted) == (number, 40, "survey", 3)


def test_a_survey_ends_after_its_days(store: Store, room: Inspections, clock: FakeClock) -> None:
    today = clock.now().astimezone(room.zone).date()
    lot(store, room, clock, today)
    with store.write() as conn:
        assert daily_survey.end(conn, REGION, today - timedelta(days=1), clock.now()) == 0
        assert daily_survey.end(conn, REGION, today, clock.now()) == 1
        assert daily_survey.end(conn, REGION, today, clock.now()) == 0
