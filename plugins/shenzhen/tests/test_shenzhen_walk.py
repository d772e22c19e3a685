"""A ticket from end to end: rated at the window, sent through 12345, answered, counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from haochaping.hooks.values import OccurrenceKey
from haochaping.testing import towns as testing
from haochaping.testing.towns import Person, Place

REGION, SERVING, POLICE, HALL, WINDOW, OFFICER, ITEM = "440305", 1, 2, 5, 8, 75, 7
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
_REASONS = {1: ["108"], 2: ["209"]}


class Town(testing.Town):
    """A district whose window is served by somebody of the city's police."""

    place: ClassVar[Place] = Place(
        REGION,
        "南山区",
        {SERVING: "区政务服务局", POLICE: "市公安局"},
        halls={HALL: "区行政服务大厅"},
        windows={WINDOW: "8号窗口"},
        items={ITEM: "居住证签注"},
        staff={OFFICER: "0075"},
        employers={OFFICER: POLICE},
    )

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
        [rating] = self.seen.ratings()
        assert rating.channel == "window_device"
        return rating.key

    def board(self) -> dict[int, str]:
        """The published rate of timely rectification by district."""
        board = self.seen.board("timely-rectification", "2026-11")
        return {row.subject.id: row.cells["on_time_rate"].text for row in board.rows}


@pytest.fixture
def profile_snippet() -> str:
    return "extends: shenzhen\n"


@pytest.fixture
def town_class() -> type[Town]:
    return Town


def test_a_ticket_goes_through_12345_to_the_persons_unit_and_into_the_districts_rate(
    town: Town,
) -> None:
    rated = town.rated_at_the_window(1)
    town.work()
    case = town.seen.case()
    assert (case.queue, case.organization_id) == ("hotline", POLICE)
    assert case.rated_organization_id == SERVING
    desk = town.client(town.account())
    queue = desk.get("/console/cases?view=hotline").text
    assert case.public_id in queue
    assert "12345 转办" in queue

    town.work(days=0.2)
    town.handling.answer(text="已增加一次性告知单，感谢您的意见。")
    town.work()
    assert "told" in town.seen.history()
    assert "一次性告知单" in repr(town.seen.progress())
    town.handling.confirm()
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
    assert town.seen.cases() == ()
