"""The rules of intake come from the profile and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.evaluation.conftest import Town

from haochaping.catalog import tables as catalog
from haochaping.evaluation import targets
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.evaluation import ChannelSpec
from haochaping.hooks.values import Channel, Duration, Grade, RaterRole, Unit, Words
from haochaping.profile import load
from haochaping.store import Store

RECEIVED = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def test_a_profile_gives_the_rules() -> None:
    rules = IntakeRules.of(load("base").rules)
    assert rules.bad_grades == {Grade(1), Grade(2)}
    assert (rules.text_max, rules.options.name) == (500, "national")
    assert rules.channels["qr"] is Channel.QR
    assert RaterRole.AGENT in rules.roles
    assert rules.form_version.startswith("national-2-")


def test_a_plugins_channel_is_open_when_the_profile_opens_it() -> None:
    base = load("base").rules
    spec = ChannelSpec("zj.pad", Words("平板"), Channel.WINDOW_DEVICE)
    assert "zj.pad" not in IntakeRules.of(base, [spec]).channels
    opened = replace(base, channels=replace(base.channels, enabled=("qr", "zj.pad")))
    assert IntakeRules.of(opened, [spec]).channels == {
        "qr": Channel.QR,
        "zj.pad": Channel.WINDOW_DEVICE,
    }


def test_another_form_has_another_version() -> None:
    base = load("base").rules
    shorter = replace(base, forms=replace(base.forms, text_max=200))
    assert IntakeRules.of(base).form_version != IntakeRules.of(shorter).form_version


def test_a_local_day_ends_at_local_midnight(rules: IntakeRules) -> None:
    assert rules.day_ends(date(2026, 11, 16)) == datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


def within(desk: Desk, count: int, unit: Unit, due: Any = None) -> datetime:
    rules = replace(desk.rules, change_within=Duration(count, unit))
    return replace(desk, rules=rules, due=due).changeable_until(RECEIVED)


def test_same_day_means_until_midnight(desk: Desk) -> None:
    assert within(desk, 0, Unit.SAME_DAY) == datetime(2026, 11, 16, 16, 0, tzinfo=UTC)


def test_working_days_are_counted_by_the_calendar(desk: Desk) -> None:
    monday = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert within(desk, 5, Unit.WORKDAY, lambda start, duration: monday) == monday


def test_a_broken_calendar_counts_calendar_days_and_stops_nobody(desk: Desk) -> None:
    def broken(start: datetime, duration: Duration) -> datetime:
        raise LookupError("no calendar of 2027")

    expected = datetime(2026, 11, 16, 16, 0, tzinfo=UTC) + timedelta(days=5)
    assert within(desk, 5, Unit.WORKDAY, broken) == expected
    assert within(desk, 5, Unit.WORKDAY) == expected


@pytest.mark.parametrize(("public", "shown"), [("某类登记", "某类登记"), ("", "政务服务事项")])
def test_a_sensitive_item_never_shows_its_own_name(
    store: Store, town: Town, public: str, shown: str
) -> None:
    with store.write() as conn:
        conn.execute(update(catalog.item).values(sensitive=True, public_name=public))
        target = targets.find(conn, town.occurrence)
    assert target is not None
    assert target.occurrence.item is not None
    assert (target.occurrence.item.name.zh, target.occurrence.item_sensitive) == (shown, True)


def test_a_service_without_hall_and_staff_can_be_rated(store: Store, town: Town) -> None:
    nothing = {"hall_id": None, "window_id": None, "staff_id": None, "item_id": None}
    with store.write() as conn:
        conn.execute(update(catalog.occurrence).values(**nothing))
        target = targets.find(conn, town.occurrence)
    assert target is not None
    found = target.occurrence
    assert (found.hall, found.window, found.staff, found.item) == (None, None, None, None)
    assert found.organization.code == "11990000MB2000004B"
