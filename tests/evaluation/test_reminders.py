"""Those who have not rated are asked once more: after the delay, once, never who opted out."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from tests.evaluation.conftest import Town

from haochaping.access.tables import vault_person
from haochaping.catalog.tables import service_case
from haochaping.clock import FakeClock
from haochaping.delivery import stops
from haochaping.delivery.tables import message
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.reminders import Reminding
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import reminder
from haochaping.hooks.values import Duration, OccurrenceKey, Unit
from haochaping.jobs import Job, Runner
from haochaping.jobs.queue import enqueue
from haochaping.profile.rules import ReinviteRules
from haochaping.store import Store

RULES = ReinviteRules(Duration(3, Unit.CALENDAR_DAY), (time(9), time(20)))
KIND = "remind"


@pytest.fixture
def reminding(desk: Desk) -> Reminding:
    inviter = Inviter(desk.signer, desk.rules)
    return Reminding(desk, inviter, RULES, "https://hcp.example", can_text=True)


@pytest.fixture
def invited(reminding: Reminding, store: Store, clock: FakeClock, town: Town) -> OccurrenceKey:
    """One service with an invitation; its rater left a number."""
    with store.write() as conn:
        conn.execute(update(vault_person).values(mobile_mac="mac"))
        reminding.inviter.issue(conn, town.occurrence, clock.now(), "push")
    return town.occurrence


def run(reminding: Reminding, store: Store, clock: FakeClock) -> None:
    """Run the job as the worker does."""
    with store.write() as conn:
        enqueue(conn, Job(KIND, clock.now(), {}), clock.now())
    Runner(store, clock, {KIND: reminding}, lambda *_, **__: None).run_due()


def texts(store: Store) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(select(message).order_by(message.c.id)))


def test_nobody_is_asked_again_before_the_delay(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    clock.advance(timedelta(days=2, hours=23))
    run(reminding, store, clock)
    assert texts(store) == []


def test_after_the_delay_one_text_goes_out_once(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    clock.advance(timedelta(days=3))
    for _ in range(3):
        run(reminding, store, clock)
        clock.advance(timedelta(minutes=20))
    [sent] = texts(store)
    assert (sent.gateway, sent.receiver) == ("sms", "person:900")
    code = sent.body_zh.partition("/r/")[2].partition("?")[0]
    assert reminding.inviter.resolve(code, clock.now()) == invited
    with store.read() as conn:
        assert len(conn.execute(select(reminder)).all()) == 1


def test_two_workers_at_once_remind_once(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    clock.advance(timedelta(days=3))

    def remind() -> None:
        with store.write() as conn:
            reminding.remind(conn, RULES, clock.now())

    threads = [threading.Thread(target=remind) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts(store)) == 1


@pytest.mark.parametrize(("hours", "wait"), [(22, 2), (11, 13)])
def test_outside_its_hours_nothing_goes_out(
    reminding: Reminding,
    store: Store,
    clock: FakeClock,
    invited: OccurrenceKey,
    hours: int,
    wait: int,
) -> None:
    clock.advance(timedelta(days=3, hours=hours))  # 08:00 is too early, 21:00 too late
    run(reminding, store, clock)
    assert texts(store) == []
    clock.advance(timedelta(hours=wait))
    run(reminding, store, clock)
    assert len(texts(store)) == 1


def test_who_has_rated_is_left_alone(
    reminding: Reminding,
    store: Store,
    clock: FakeClock,
    invited: OccurrenceKey,
    intake: Intake,
    good: Draft,
) -> None:
    intake.submit(good)
    clock.advance(timedelta(days=3))
    run(reminding, store, clock)
    assert texts(store) == []


def test_who_opted_out_is_left_alone(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    with store.write() as conn:
        stops.stop(conn, "mac", clock.now())
    clock.advance(timedelta(days=3))
    run(reminding, store, clock)
    assert texts(store) == []


def test_who_left_no_number_is_left_alone(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    with store.write() as conn:
        conn.execute(update(vault_person).values(mobile_mac=None))
    clock.advance(timedelta(days=3))
    run(reminding, store, clock)
    assert texts(store) == []


def test_an_expired_invitation_is_not_repeated(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    clock.advance(timedelta(days=40))
    run(reminding, store, clock)
    assert texts(store) == []


def test_many_services_of_one_person_make_one_text_that_leads_to_the_search(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey, town: Town
) -> None:
    with store.write() as conn:
        reminding.inviter.issue_many(conn, town.others, clock.now(), "push")
    clock.advance(timedelta(days=3))
    run(reminding, store, clock)
    [sent] = texts(store)
    assert "3 件" in sent.body_zh
    assert "https://hcp.example/find" in sent.body_zh


def test_the_agent_is_asked_and_not_the_applicant(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    with store.write() as conn:
        row = conn.execute(select(vault_person)).one()._asdict()
        agent = {**row, "id": 901, "index_mac": "other", "mobile_mac": "agent"}
        conn.execute(insert(vault_person), agent)
        conn.execute(update(service_case).values(agent_person_id=901))
    clock.advance(timedelta(days=3))
    run(reminding, store, clock)
    assert [row.receiver for row in texts(store)] == ["person:901"]


@pytest.mark.parametrize("change", [{"rules": None}, {"can_text": False}])
def test_without_rules_or_gateway_nothing_goes_out(
    reminding: Reminding,
    store: Store,
    clock: FakeClock,
    invited: OccurrenceKey,
    change: dict[str, Any],
) -> None:
    clock.advance(timedelta(days=3))
    run(replace(reminding, **change), store, clock)
    assert texts(store) == []


def test_working_days_count_by_the_calendar(
    reminding: Reminding, store: Store, clock: FakeClock, invited: OccurrenceKey
) -> None:
    due = replace(reminding.desk, due=lambda start, within: start + timedelta(days=5))
    rules = ReinviteRules(Duration(3, Unit.WORKDAY), (time(9), time(20)))
    later = replace(reminding, desk=due, rules=rules)
    clock.advance(timedelta(days=4))
    run(later, store, clock)
    assert texts(store) == []
    clock.advance(timedelta(days=1))
    run(later, store, clock)
    assert len(texts(store)) == 1
