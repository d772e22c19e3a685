"""A ticket from end to end: rated at the window, sent through 12345, answered, counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from haochaping.access import devices
from haochaping.catalog import tables as catalog
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.sight import Audience
from haochaping.evaluation.tables import evaluation
from haochaping.grading import periods
from haochaping.hooks.values import OccurrenceKey
from haochaping.rectification import cases, contacts, replies
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.progress import progress_for_rater
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.tables import rectification_case
from haochaping.rectification.timeline import timeline
from haochaping.testing import towns as testing
from haochaping.testing.towns import Person, Place

REGION, SERVING, POLICE, HALL, WINDOW, OFFICER, ITEM = "440305", 1, 2, 5, 8, 75, 7
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
_REASONS = {1: ["108"], 2: ["209"]}
HANDLER = Actor(
    account_id=71,
    permissions=frozenset({"case.handle", "case.contact"}),
    organization_paths=("/2/",),
)
SUPERVISOR = Actor(account_id=72, permissions=frozenset({"case.supervise"}))


class Town(testing.Town):
    """A district whose window is served by somebody of the city's police."""

    place: ClassVar[Place] = Place(
        REGION,
        "南山区",
        {SERVING: "区政务服务局", POLICE: "市公安局"},
        halls={HALL: "区行政服务大厅"},
        items={ITEM: "居住证签注"},
    )

    def screen(self) -> tuple[FlaskClient, int]:
        """Return the window's screen, its key entered, and the device's number."""
        at, emit = self.clock.now(), self.deployment.journal.emit
        window = {"id": WINDOW, "hall_id": HALL, "code": "08", "name": "8号窗口"}
        officer = {"id": OFFICER, "number": "0075", "organization_id": POLICE}
        with self.deployment.store.write() as conn:
            conn.execute(insert(catalog.window).values(**window, organization_id=SERVING))
            conn.execute(insert(catalog.staff).values(officer))
            keyring = self.deployment.keyring
            number, key = devices.add(conn, keyring, emit, (WINDOW, "8号"), at)
        screen = self.client()
        assert screen.post(f"/device/{number}/key", data={"key": key}).status_code == 303
        return screen, number

    def rated_at_the_window(self, grade: int) -> OccurrenceKey:
        """Serve somebody, wake the device, rate on it; return the rating's key."""
        screen, number = self.screen()
        self.serve(RATER, window_id=WINDOW, staff_id=OFFICER)
        service: Any = screen.get(f"/device/{number}/next").json
        assert [field["value"] for field in service["fields"]] == ["居住证签注", "C1-1", "0075"]
        page = screen.get(f"/device/{number}").text
        token = page.partition('data-token="')[2].partition('"')[0]
        said = {"code": service["code"], "key": service["key"], "grade": grade}
        said |= {"options": _REASONS.get(grade, []), "text": "材料一次没说清"}
        headers = {"X-Form-Token": token, "Accept": "application/json"}
        answer = screen.post(f"/device/{number}/rate", json=said, headers=headers)
        assert answer.status_code == 201, answer.text
        with self.deployment.store.read() as conn:
            row = conn.execute(select(evaluation)).one()
        assert row.channel == "window_device"
        return OccurrenceKey(row.region, row.served_month, row.id)

    def case(self) -> Case:
        with self.deployment.store.read() as conn:
            public_id = conn.execute(select(rectification_case.c.public_id)).scalar_one()
            return by_public_id(conn, public_id)

    def act(self, action: Any, actor: Actor = HANDLER, **more: Any) -> Case:
        """Do something with the case as one side."""
        case = self.case()
        order = Order(
            case.public_id, case.version, actor, self.clock.now(), note="核实情况", **more
        )
        with self.deployment.store.write() as conn:
            done: Case = action(self.deployment.rectification, conn, order)
        return done

    def board(self) -> dict[int, str]:
        """The published rate of timely rectification by district."""
        ask = Ask("timely-rectification", periods.parse("2026-11"), audience=Audience.SUPERVISOR)
        with self.deployment.store.read() as conn:
            board = self.deployment.disclosing.boards.board(conn, ask, self.clock.now())
        return {row.subject.id: row.cells["on_time_rate"].text for row in board.rows}


@pytest.fixture
def profile_snippet() -> str:
    return "extends: shenzhen\n"


@pytest.fixture
def town_class() -> type[Town]:
    return Town


def contact(context: Any, conn: Any, order: Order) -> Case:
    return contacts.contact(context, conn, order, by="phone", reached=True)


def test_a_ticket_goes_through_12345_to_the_persons_unit_and_into_the_districts_rate(
    town: Town,
) -> None:
    rated = town.rated_at_the_window(1)
    town.work()
    case = town.case()
    assert (case.queue, case.organization_id) == ("hotline", POLICE)
    assert case.rated_organization_id == SERVING
    desk = town.client(town.account())
    queue = desk.get("/console/cases?view=hotline").text
    assert case.public_id in queue
    assert "12345 转办" in queue

    town.work(days=0.2)
    town.act(cases.take_up)
    if case.real_name:
        town.act(contact)
    town.act(cases.rectify)
    town.act(replies.reply, text="已增加一次性告知单，感谢您的意见。")
    town.work()
    with town.deployment.store.read() as conn:
        lines = [entry.kind for entry in timeline(conn, town.case())]
        context, now = town.deployment.rectification, town.clock.now()
        seen = progress_for_rater(context, conn, case.origin_id, now)
    assert "told" in lines
    assert seen is not None
    assert "一次性告知单" in repr(seen)
    town.act(cases.confirm, SUPERVISOR)
    assert rated.region == REGION

    town.clock.advance(timedelta(days=16))
    town.work()
    assert town.board() == {int(REGION): "100.0000%"}


def test_a_ticket_that_nobody_answers_counts_against_its_district(town: Town) -> None:
    town.rated_at_the_window(2)
    town.work(days=16)
    assert town.board() == {int(REGION): "0.0000%"}


def test_three_stars_at_the_window_make_no_ticket(town: Town) -> None:
    town.rated_at_the_window(3)
    town.work()
    with town.deployment.store.read() as conn:
        assert conn.execute(select(rectification_case.c.id)).all() == []
