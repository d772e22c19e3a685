"""A small town to rate: one organization, hall, window, staff member, item, three services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select

from haochaping import Plugin, hookimpl
from haochaping.access import data_keys
from haochaping.access.persons import person_index
from haochaping.access.tables import vault_person
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.evaluation.codes import Purpose, Signer
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.evaluation import Admission
from haochaping.hooks.values import (
    Channel,
    Duration,
    Grade,
    Identity,
    OccurrenceKey,
    RaterRole,
    Unit,
    Words,
)
from haochaping.ids import new_id
from haochaping.indicators.options import option_list
from haochaping.journal import Event, append
from haochaping.plugins.calls import Hooks
from haochaping.plugins.implementations import implemented
from haochaping.plugins.loaded import LoadedPlugin
from haochaping.store import Store

REGION, MONTH = "330106", 202611
SERVED_AT = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LISTED = "990000199001010017"


@pytest.fixture
def rules() -> IntakeRules:
    return make_rules()


def make_rules() -> IntakeRules:
    return IntakeRules(
        channels={channel.value: channel for channel in Channel},
        identities=frozenset(Identity),
        roles=frozenset(RaterRole),
        bad_grades=frozenset({Grade(1), Grade(2)}),
        options=option_list("national"),
        reasons_shown=8,
        text_max=500,
        require_reason_for_bad=True,
        link_valid_days=30,
        change_within=Duration(10, Unit.CALENDAR_DAY),
        zone=ZoneInfo("Asia/Shanghai"),
        form_version="national-2-test",
    )


@dataclass
class Town:
    """Keys of what the fixtures put into the catalogue."""

    occurrence: OccurrenceKey
    others: list[OccurrenceKey]
    person_id: int
    person_index: str
    organization_id: int = 1
    hall_id: int = 2
    window_id: int = 3
    staff_id: int = 4
    item_id: int = 5


@pytest.fixture
def town(store: Store, clock: FakeClock, keyring: Keyring) -> Town:
    return build_town(store, clock, keyring)


def build_town(store: Store, clock: FakeClock, keyring: Keyring, services: int = 3) -> Town:
    at = clock.now()
    index = person_index(keyring, LISTED)
    assert index is not None
    keys = [OccurrenceKey(REGION, MONTH, 100 + number) for number in range(services)]
    with store.write() as conn:
        key_id, _ = data_keys.make(conn, keyring, at)
        person = {
            "id": 900,
            "region": REGION,
            "index_mac": index,
            "sealed": b"",
            "key_id": key_id,
            "commitment": "",
            "created_at": at,
            "updated_at": at,
        }
        conn.execute(insert(vault_person), person)
        for table, row in _catalogue():
            conn.execute(insert(table), row)
        for number, key in enumerate(keys):
            conn.execute(insert(catalog.service_case), _case(number, at))
            conn.execute(insert(catalog.occurrence), _service(number, key, at))
    return Town(keys[0], keys[1:], 900, index)


def _catalogue() -> list[tuple[Any, dict[str, Any]]]:
    place = {"region": REGION, "place": REGION}
    return [
        (
            catalog.region,
            {
                "code": REGION,
                "name": "西湖区",
                "level": "county",
                "parent": None,
                "path": f"/{REGION}/",
                "county": REGION,
            },
        ),
        (
            catalog.organization,
            {
                "id": 1,
                "code": "11990000MB2000004B",
                "uscc": "11990000MB2000004B",
                "name": "区人力社保局",
                "name_en": "Labour Office",
                "path": "/1/",
                **place,
            },
        ),
        (
            catalog.hall,
            {"id": 2, "code": "H1", "name": "区政务服务中心", "organization_id": 1, **place},
        ),
        (
            catalog.window,
            {"id": 3, "hall_id": 2, "code": "08", "name": "8号窗口", "organization_id": 1},
        ),
        (catalog.staff, {"id": 4, "number": "A0017", "organization_id": 1}),
        (catalog.item, {"id": 5, "code": "I-5", "name": "社保登记", "name_en": "Registration"}),
    ]


def _case(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": 50 + number,
        "region": REGION,
        "served_month": MONTH,
        "case_no": f"330106-{number}",
        "item_id": 5,
        "organization_id": 1,
        "status": "accepted",
        "person_id": 900,
        "created_at": at,
        "updated_at": at,
    }


def _service(number: int, key: OccurrenceKey, at: datetime) -> dict[str, Any]:
    return {
        "region": key.region,
        "served_month": key.served_month,
        "id": key.id,
        "case_id": 50 + number,
        "no": 1,
        "stage": "application",
        "service_channel": "hall",
        "organization_id": 1,
        "hall_id": 2,
        "window_id": 3,
        "staff_id": 4,
        "item_id": 5,
        "served_at": SERVED_AT,
        "created_at": at,
    }


@dataclass
class Notebook:
    """An emit that writes the journal and keeps the events."""

    events: list[Event] = field(default_factory=list)

    def emit(self, conn: Any, event: Event, at: datetime) -> None:
        self.emit_many(conn, [event], at)

    def emit_many(self, conn: Any, events: Any, at: datetime) -> None:
        append(conn, events, at)
        self.events.extend(events)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def last(self) -> dict[str, Any]:
        return dict(self.events[-1].payload)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


class Gatekeeper(Plugin):
    """A plugin that answers what the test tells it to."""

    name = "gatekeeper"

    def __init__(self) -> None:
        self.answer: Callable[[Any], Admission | None] = lambda submission: None
        self.asked: list[Any] = []

    @hookimpl
    def evaluation_admit(self, submission: Any) -> Any:
        self.asked.append(submission)
        return self.answer(submission)


@pytest.fixture
def gatekeeper() -> Gatekeeper:
    return Gatekeeper()


def hooks_of(*plugins: Plugin) -> Hooks:
    return Hooks(
        tuple(
            LoadedPlugin(
                name=plugin.name,
                plugin=plugin,
                title=Words(plugin.name),
                distribution="test",
                version="1",
                api_version=1,
                hooks=implemented(type(plugin)),
                config={},
            )
            for plugin in plugins
        )
    )


@pytest.fixture
def desk(
    store: Store,
    clock: FakeClock,
    keyring: Keyring,
    rules: IntakeRules,
    notebook: Notebook,
    gatekeeper: Gatekeeper,
) -> Desk:
    return Desk(
        store=store,
        clock=clock,
        keyring=keyring,
        hooks=hooks_of(gatekeeper),
        rules=rules,
        signer=Signer.of(keyring),
        emit=notebook.emit,
        emit_many=notebook.emit_many,
    )


@pytest.fixture
def intake(desk: Desk) -> Intake:
    return Intake(desk)


@pytest.fixture
def link(desk: Desk, town: Town) -> str:
    today = desk.rules.local_day(desk.clock.now())
    return desk.signer.sign(Purpose.RATE, town.occurrence, today + timedelta(days=30))


@pytest.fixture
def good(town: Town) -> Draft:
    return Draft(
        occurrence=town.occurrence,
        grade=5,
        idempotency_key="key-1",
        client="citizen",
        channel="qr",
        identity="presumed",
    )


@pytest.fixture
def bad(good: Draft) -> Draft:
    return replace(good, grade=2, options=["207"], text="等了三个小时")


def rows(store: Store) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(select(evaluation).order_by(evaluation.c.id)))


def count(store: Store, table: Any = evaluation) -> int:
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def fresh_key() -> str:
    return str(new_id())
