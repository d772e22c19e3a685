"""A small world for cases: one unit with a hall, ratings, a vault and a deployment's context."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select, update

from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.rectification import PlanStep, Rung
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Duration, Unit
from haochaping.jobs import Runner
from haochaping.journal import Event
from haochaping.plugins.answers import Answer, Decision, Failure
from haochaping.profile.rules import RectificationRules, ReleaseDelay
from haochaping.rectification import opening, steps
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.context import Context, SealedText
from haochaping.rectification.records import Case, by_id
from haochaping.store import Store
from haochaping.store.upsert import insert_or_ignore
from haochaping.worktime import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
REGION, MONTH = "330106", 202611
BUREAU, OFFICE, OTHER, CITY = 10, 11, 20, 1
HALL, WINDOW, STAFF, ITEM = 30, 31, 32, 33

HANDLER = frozenset({"case.handle", "case.contact", "case.read", "appeal.file"})
SUPERVISOR = frozenset({"case.read", "case.supervise", "case.visit"})
REVIEWER = frozenset({"case.read", "appeal.review"})


def days(count: int, unit: Unit = Unit.WORKDAY) -> Duration:
    return Duration(count, unit)


def step(kind: str, count: int, unit: Unit = Unit.WORKDAY, **more: Any) -> PlanStep:
    return PlanStep(kind, days(count, unit), **more)


def rules(**changes: Any) -> RectificationRules:
    own = RectificationRules(
        deadlines={
            "contact": {"simple": step("contact", 1), "complex": step("contact", 1)},
            "reply": {"simple": step("reply", 3), "complex": step("reply", 10)},
        },
        warnings=(
            Rung(1, "reply", days(2), True, "handler"),
            Rung(2, "reply", days(0, Unit.SAME_DAY), True, "handler"),
            Rung(3, "reply", days(1), False, "unit_head"),
        ),
        release_delay=ReleaseDelay(10, 120),
        reopen_within=days(10, Unit.CALENDAR_DAY),
        reopen_limit=2,
        visits=(),
    )
    return replace(own, **changes)


@dataclass
class Vault:
    """Seals visibly: whatever lies in a table starts with the owner and is not plain text."""

    words: dict[int, str] = field(default_factory=dict)

    def seal(self, conn: Connection, owner: str, text: str) -> SealedText:
        return SealedText(f"{owner}|{text[::-1]}".encode(), 7)

    def open(self, conn: Connection, owner: str, sealed: SealedText) -> str:
        known, _, text = sealed.data.decode().partition("|")
        assert known == owner
        return text[::-1]

    def words_of(self, conn: Connection, region: str, served_month: int, evaluation_id: int) -> str:
        return self.words.get(evaluation_id, "")


@dataclass
class Plugins:
    """Answers that a test puts in, by hook."""

    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, tuple[Failure, ...]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def decide(self, name: str, **question: Any) -> Decision:
        self.asked.append((name, question["case"]))
        answer = self.answers.get(name)
        answers = () if answer is None else (Answer("test", answer),)
        return Decision(answers, self.failures.get(name, ()), answer)


@dataclass
class World:
    """Everything a test of cases touches."""

    store: Store
    clock: FakeClock
    emit: Any
    vault: Vault
    plugins: Plugins
    context: Context
    notices: list[OutgoingMessage]
    ids: Any = field(default_factory=lambda: itertools.count(1000))

    def rate(self, grade: int = 1, *, words: str = "", **columns: Any) -> Event:
        """Store a rating and return its event, without any step."""
        evaluation_id = next(self.ids)
        with self.store.write() as conn:
            row = rating(self.clock, evaluation_id, grade, columns)
            serve(conn, row["occurrence_id"], self.clock.now())
            conn.execute(insert(evaluation).values(**row))
        self.vault.words[evaluation_id] = words
        return event_of(evaluation_id, grade)

    def amend(self, first: Event, grade: int, **columns: Any) -> Event:
        """Replace the rating of `first` by another grade; return the event of the new row."""
        old = int(first.subject.rpartition(":")[2])
        with self.store.write() as conn:
            row = conn.execute(select(evaluation).where(evaluation.c.id == old)).mappings().one()
            self.mark(first, "superseded", conn)
        same = {"first_id": row["first_id"], "occurrence_id": row["occurrence_id"]}
        return self.rate(grade, supersedes_id=old, **{**same, **columns})

    def mark(self, event: Event, status: str, conn: Connection | None = None) -> Event:
        """Give a rating another status."""
        evaluation_id = int(event.subject.rpartition(":")[2])
        statement = update(evaluation).where(evaluation.c.id == evaluation_id).values(status=status)
        if conn is not None:
            conn.execute(statement)
        else:
            with self.store.write() as own:
                own.execute(statement)
        return event

    def open(self, grade: int = 1, **columns: Any) -> Case:
        """Rate badly and open the case."""
        case = self.follow(opening.open_for_evaluation, self.rate(grade, **columns))
        assert case is not None
        return case

    def follow(self, step_: Any, event: Event) -> Any:
        with self.store.write() as conn:
            return step_(self.context, conn, event, self.clock.now())

    def do(self, action: Any, case: Case, *args: Any, **more: Any) -> Case:
        """Carry out an action as `more["who"]` (an Actor) on the case as it was shown."""
        texts = {name: more.pop(name) for name in ("note", "public_note", "text") if name in more}
        who = more.pop("who", unit_actor())
        order = Order(case.public_id, case.version, who, self.clock.now(), **texts)
        with self.store.write() as conn:
            result: Case = action(self.context, conn, order, *args, **more)
        return result

    def call(self, function: Any, *args: Any, **more: Any) -> Any:
        with self.store.write() as conn:
            return function(self.context, conn, *args, **more)

    def now(self, case: Case) -> Case:
        with self.store.read() as conn:
            return by_id(conn, case.id)

    def released(self, case: Case) -> Case:
        """Let the case reach its unit."""
        self.clock.set(max(self.clock.now(), case.visible_at))
        return self.now(case)

    def work(self) -> int:
        """Run every job that is due, and those that follow."""
        runner = Runner(self.store, self.clock, steps.handlers(self.context), raise_on_log)
        return sum(iter(runner.run_due, 0))

    def pass_days(self, count: float) -> None:
        self.clock.advance(timedelta(days=count))


def raise_on_log(event: str, **facts: Any) -> None:
    raise AssertionError(f"{event}: {facts}")


def rating(
    clock: FakeClock, evaluation_id: int, grade: int, columns: Mapping[str, Any]
) -> dict[str, Any]:
    at = clock.now()
    return {
        "region": REGION,
        "served_month": MONTH,
        "id": evaluation_id,
        "occurrence_id": columns.get("occurrence_id", evaluation_id),
        "round": 1,
        "grade": grade,
        "options": ["1001"],
        "channel": "qr",
        "provenance": "citizen",
        "identity": "presumed",
        "rater_role": "applicant",
        "status": "effective",
        "reason": "",
        "early": False,
        "first_id": evaluation_id,
        "supersedes_id": 0,
        "received_at": at,
        "first_received_at": at,
        "counted_on": at.astimezone(SHANGHAI).date(),
        "form_version": "1",
        "idempotency_key": f"key-{evaluation_id}",
        "body_digest": "",
        "receipt": f"R{evaluation_id}",
        "organization_id": BUREAU,
        "hall_id": HALL,
        "window_id": WINDOW,
        "staff_id": STAFF,
        "item_id": ITEM,
        **{name: value for name, value in columns.items() if name in evaluation.c},
    }


def serve(conn: Connection, occurrence_id: int, at: datetime) -> None:
    """Make the occurrence that is rated, if it is not there."""
    key = {"region": REGION, "served_month": MONTH}
    business = {
        **key, "id": occurrence_id, "case_no": f"C{occurrence_id}", "item_id": ITEM,
        "organization_id": BUREAU, "status": "concluded", "created_at": at, "updated_at": at,
    }  # fmt: skip
    served = {
        **key, "id": occurrence_id, "case_id": occurrence_id, "no": 1, "stage": "conclusion",
        "service_channel": "window", "organization_id": BUREAU, "hall_id": HALL,
        "window_id": WINDOW, "staff_id": STAFF, "item_id": ITEM, "served_at": at, "created_at": at,
    }  # fmt: skip
    insert_or_ignore(conn, catalog.service_case, [business])
    insert_or_ignore(conn, catalog.occurrence, [served])


def event_of(evaluation_id: int, grade: int, kind: str = "evaluation.recorded") -> Event:
    return Event(kind, f"evaluation:{REGION}:{MONTH}:{evaluation_id}", {"grade": grade}, REGION)


def unit_actor(account_id: int = 501, **more: Any) -> Actor:
    return Actor(account_id, permissions=HANDLER, organization_paths=("/1/10/",), **more)


def supervisor(account_id: int = 601) -> Actor:
    return Actor(account_id, permissions=SUPERVISOR)


def reviewer(account_id: int = 701, path: str = "/1/20/") -> Actor:
    return Actor(account_id, permissions=REVIEWER, organization_paths=(path,))


def fill_catalogue(conn: Connection) -> None:
    for code, level, parent, path in (
        ("330000", "province", None, "/330000/"),
        (REGION, "county", "330000", f"/330000/{REGION}/"),
    ):
        conn.execute(
            insert(catalog.region).values(
                code=code, name=code, level=level, parent=parent, path=path, county=REGION
            )
        )
    for organization_id, parent_id, path in (
        (CITY, None, "/1/"),
        (BUREAU, CITY, "/1/10/"),
        (OFFICE, BUREAU, "/1/10/11/"),
        (OTHER, CITY, "/1/20/"),
    ):
        conn.execute(insert(catalog.organization).values(**unit(organization_id, parent_id, path)))
    place = {"region": REGION, "place": REGION, "organization_id": BUREAU}
    conn.execute(insert(catalog.hall).values(id=HALL, code="H1", name="政务大厅", **place))
    conn.execute(
        insert(catalog.window).values(
            id=WINDOW, hall_id=HALL, code="7", name="7号窗口", organization_id=BUREAU
        )
    )
    conn.execute(insert(catalog.staff).values(id=STAFF, number="S007", organization_id=BUREAU))
    conn.execute(
        insert(catalog.item).values(
            id=ITEM, code="I1", name="户口登记", public_name="公安业务", organization_id=BUREAU
        )
    )


def unit(organization_id: int, parent_id: int | None, path: str) -> dict[str, Any]:
    return {
        "id": organization_id,
        "code": f"O{organization_id}",
        "uscc": "11990000MB2000004B",
        "name": f"单位{organization_id}",
        "region": REGION,
        "place": REGION,
        "parent_id": parent_id,
        "path": path,
    }


@pytest.fixture
def world(store: Store, clock: FakeClock, emit: Any) -> World:
    """A unit with a hall and a handler, on both databases in turn."""
    return make_world(store, clock, emit)


def make_world(store: Store, clock: FakeClock, emit: Any) -> World:
    vault, plugins, notices = Vault(), Plugins(), []

    def notify(conn: Connection, message: OutgoingMessage, at: datetime) -> None:
        notices.append(message)

    context = Context(
        rules=rules(),
        bad_grades=(1, 2),
        calendar=Calendar.load(),
        zone=SHANGHAI,
        questions=plugins,
        vault=vault,
        notify=notify,
        emit=emit,
    )
    with store.write() as conn:
        fill_catalogue(conn)
    return World(store, clock, emit, vault, plugins, context, notices)
