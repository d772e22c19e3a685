"""The examination of a day out of the database: flags for people, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping import Plugin, hookimpl
from haochaping.catalog.tables import organization, region, service_case
from haochaping.crypto import Keyring
from haochaping.evaluation.tables import rating_trace
from haochaping.evaluation.traces import add, trace
from haochaping.hooks.evaluation import EvaluationView, Signal
from haochaping.hooks.values import Words
from haochaping.integrity import flags, loading
from haochaping.integrity.examining import Examiner
from haochaping.integrity.flags import FlagRefused
from haochaping.integrity.rules import IntegrityRules, thresholds
from haochaping.integrity.tables import integrity_flag_rating, integrity_rating
from haochaping.journal import Event, append, read_on
from haochaping.plugins import Hooks, PluginManager
from haochaping.store import Store
from tests.coverage.conftest import AT, Town

DAY = date(2026, 11, 16)
RULES = IntegrityRules(thresholds())


def nothing(*_: Any) -> None:
    """Hear of an event and do nothing."""


@dataclass
class Place:
    """A town whose ratings come from one telephone."""

    town: Town
    keyring: Keyring

    def rated(self, number: int, *, served: bool = True, kind: str = "phone") -> None:

        if served:
            self.town.serve(number)
        self.town.rate(number)
        case = {"id": number, "region": "330106", "served_month": 202611, "case_no": f"C{number}"}
        case |= {"organization_id": 1, "status": "concluded", "created_at": AT, "updated_at": AT}
        seen = trace(self.keyring, DAY, ("10.0.0.9", "phone"), kind)
        with self.town.store.write() as conn:
            conn.execute(service_case.insert(), [case])
            told = {"region": "330106", "served_month": 202611, "evaluation_id": number * 10 + 1}
            told |= {"day": DAY, "device": seen.device, "network": seen.network, "kind": kind}
            conn.execute(rating_trace.insert(), [told])
            day = {"day": DAY, **{k: told[k] for k in ("region", "served_month", "evaluation_id")}}
            conn.execute(integrity_rating.insert(), [day])

    def examine(self, hooks: Any = None) -> int:
        examiner = Examiner(self.town.store, hooks or Hooks(), RULES, nothing)
        return examiner.examine(DAY, AT)

    def open(self) -> tuple[flags.Flag, ...]:
        with self.town.store.read() as conn:
            return flags.listed(conn, flags.OPEN)


@pytest.fixture
def place(store: Store, clock: Any, keyring: Keyring) -> Place:
    return Place(Town(store, clock), keyring)


def test_one_telephone_that_rated_for_six_raises_one_flag(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number)
    assert place.examine() > 0
    [found] = [one for one in place.open() if one.signal == "one_device"]
    assert (found.ratings, found.evidence, found.organization_id) == (6, {"raters": 6}, 1)
    with place.town.store.read() as conn:
        assert len(flags.ratings(conn, found.id)) == 6


def test_the_same_day_examined_twice_raises_nothing_new(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number)
    assert place.examine() > 0
    assert place.examine() == 0


def test_hall_wifi_is_exempt(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number, kind="hall_wifi")
    place.examine()
    assert {one.signal for one in place.open()} <= {"no_applicant", "fixed_offset"}


def test_a_flag_changes_no_rating(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number)
    place.examine()
    [found] = [one for one in place.open() if one.signal == "one_device"]
    with place.town.store.write() as conn:
        flags.decide(conn, nothing, found.id, ("substantiated", "查证属实", 1), AT)
        assert {one.status for one in flags.ratings(conn, found.id)} == {"effective"}
        decided = flags.one(conn, found.id)
    assert decided is not None
    assert (decided.state, decided.decided_by, decided.note) == ("substantiated", 1, "查证属实")


@pytest.mark.parametrize("decision", [("", "x"), ("void", "x"), ("substantiated", "  ")])
def test_a_decision_needs_its_word_and_reason(place: Place, decision: tuple[str, str]) -> None:
    for number in range(1, 7):
        place.rated(number)
    place.examine()
    number = place.open()[0].id
    with place.town.store.write() as conn, pytest.raises(FlagRefused):
        flags.decide(conn, nothing, number, (*decision, 1), AT)


def test_nobody_decides_a_flag_twice(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number)
    place.examine()
    number = place.open()[0].id
    with place.town.store.write() as conn:
        flags.decide(conn, nothing, number, ("forwarded", "移送", 1), AT)
        with pytest.raises(FlagRefused):
            flags.decide(conn, nothing, number, ("unsubstantiated", "改", 2), AT)


def test_traces_and_lists_are_forgotten_and_flags_stay(place: Place) -> None:
    for number in range(1, 7):
        place.rated(number)
    place.examine()
    examiner = Examiner(place.town.store, Hooks(), RULES, nothing)
    examiner.forget(DAY + timedelta(days=30))
    with place.town.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(rating_trace)).scalar() == 6
    examiner.forget(DAY + timedelta(days=31))
    with place.town.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(rating_trace)).scalar() == 0
        assert conn.execute(select(func.count()).select_from(integrity_rating)).scalar() == 0
        assert conn.execute(select(func.count()).select_from(integrity_flag_rating)).scalar()
    assert place.open()


def test_the_journal_tells_which_ratings_a_day_has(place: Place) -> None:

    told = {"served_month": 202611, "id": 31, "round": 1}
    with place.town.store.write() as conn:
        events = [Event("evaluation.recorded", "e", told, "330106") for _ in range(2)]
        append(conn, [*events, Event("evaluation.recorded", "e", told | {"round": 2})], AT)
    while read_on(place.town.store, place.town.clock, loading.reader("Asia/Shanghai")):
        pass
    with place.town.store.read() as conn:
        assert list(loading.regions(conn, DAY)) == ["330106"]
        assert conn.execute(select(func.count()).select_from(integrity_rating)).scalar() == 1


def test_the_traces_of_two_days_cannot_be_put_together(keyring: Keyring) -> None:
    seen = ("10.0.0.9", "browser")
    one, other = trace(keyring, DAY, seen, "phone"), trace(keyring, DAY, seen, "phone")
    later = trace(keyring, DAY + timedelta(days=1), seen, "phone")
    assert one == other
    assert {one.device, one.network}.isdisjoint({later.device, later.network})
    assert "10.0.0.9" not in repr(one)
    assert one.device not in repr(one)


def test_ratings_without_a_trace_store_none(place: Place) -> None:
    with place.town.store.write() as conn:
        add(conn, [])
        assert conn.execute(select(func.count()).select_from(rating_trace)).scalar() == 0


def test_a_shared_network_is_known_by_its_address() -> None:

    rules = IntegrityRules(thresholds(), ((ip_network("10.20.0.0/16"), "hall_wifi"),))
    assert rules.kind_of("10.20.3.4") == "hall_wifi"
    assert rules.kind_of("10.21.3.4") == "phone"
    assert rules.kind_of("") == "phone"


class Watchful(Plugin):
    """A plugin that flags every rating it is shown."""

    name = "watchful"
    api_version = 1
    title_zh = "观察"
    title_en = "Watchful"

    @hookimpl
    def evaluation_signals(self, evaluation: EvaluationView) -> Iterable[Signal]:
        return [Signal("watchful.seen", Words("看到了", "Seen"), 2)]


def test_plugins_may_add_signals_of_their_own(place: Place) -> None:
    where = {"region": "330106", "place": "330106"}
    county = {"code": "330106", "name": "西湖区", "level": "county", "path": "/330106/"}
    unit = {"id": 1, "code": "A", "uscc": "", "name": "区政务办", "path": "/1/", **where}
    with place.town.store.write() as conn:
        conn.execute(region.insert(), [county | {"county": "330106"}])
        conn.execute(organization.insert(), [unit])
    place.town.serve(1, hall_id=None, window_id=None, staff_id=None)
    place.rated(1, served=False)
    enabled = type("Enabled", (), {"plugins": {"watchful": {}}})()
    hooks = PluginManager([Watchful], installed=False).assemble(enabled)
    assert place.examine(hooks) == 1
    [found] = place.open()
    assert (found.signal, found.origin, found.evidence["zh"]) == (
        "watchful.seen",
        "watchful",
        "看到了",
    )
