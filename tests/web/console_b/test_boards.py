"""Boards for staff: exact for supervisors, as published for units, within one's own scope."""

from __future__ import annotations

from tests.web.console_b.conftest import ELSEWHERE, REGION, UNIT, Desk, Role, text_of

HERE = "/console/boards"


def test_a_supervisor_sees_a_rating_of_a_window_at_once(desk: Desk) -> None:
    desk.rate(1, "慢")
    said = text_of(desk.person(Role.SUPERVISOR, region=REGION).get(f"{HERE}/windows"))
    assert "监督口径" in said
    assert "8号窗口" in said


def test_a_unit_sees_only_what_was_published(desk: Desk) -> None:
    desk.rate(1, "慢")
    said = text_of(desk.person(Role.LEADER, organization_id=UNIT).get(f"{HERE}/windows"))
    assert "单位口径" in said
    assert "8号窗口" not in said


def test_a_hall_manager_sees_the_hall_and_its_windows_once_published(desk: Desk) -> None:
    for _ in range(6):
        desk.rate(5)
    now = desk.site.clock.now()
    today = desk.deployment.calendar.local_day(now)
    desk.deployment.disclosing.publish(desk.deployment.store, today, now)
    manager = desk.person(Role.HALL_MANAGER, hall_id=2)
    assert "8号窗口" in text_of(manager.get(f"{HERE}/windows"))
    assert "这个时期还没有数据" in text_of(manager.get(f"{HERE}/items"))


def test_lines_of_another_region_are_left_out(desk: Desk) -> None:
    desk.rate(5)
    supervisor = desk.person(Role.SUPERVISOR, region=ELSEWHERE)
    assert "区人力社保局" not in text_of(supervisor.get(f"{HERE}/organizations"))


def test_lines_of_another_unit_are_left_out(desk: Desk) -> None:
    desk.rate(5)
    supervisor = desk.person(Role.SUPERVISOR, organization_id=6)
    assert "区人力社保局" not in text_of(supervisor.get(f"{HERE}/organizations"))


def test_all_boards_are_listed_and_ordered_by_their_columns(desk: Desk) -> None:
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    assert "部门榜" in text_of(supervisor.get(HERE))
    desk.rate(5)
    page = supervisor.page(f"{HERE}/organizations?order=satisfaction&direction=desc")
    assert 'aria-sort="descending"' in page


def test_what_there_is_not_is_told_in_words(desk: Desk) -> None:
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    assert supervisor.get(f"{HERE}/nothing").status_code == 404
    assert supervisor.get(f"{HERE}/regions?order=nothing").status_code == 400
    assert supervisor.get(f"{HERE}/regions?period=nothing").status_code in (400, 404, 422)


def test_a_year_can_be_asked_for(desk: Desk) -> None:
    desk.rate(5)
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    assert "区人力社保局" in text_of(supervisor.get(f"{HERE}/organizations?period=2026"))
