"""Ratings on hold: released, excluded, declared void by two people outside the unit."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from haochaping.rectification.tables import rectification_case
from tests.web.console_b.conftest import (
    ELSEWHERE,
    REGION,
    STAFF,
    UNIT,
    Desk,
    Role,
    fields_of,
    text_of,
)

HERE = "/console/held"


@pytest.fixture
def supervisor(desk: Desk) -> Any:
    return desk.person(Role.SUPERVISOR, region=REGION)


def held(desk: Desk, grade: int = 1, status: str = "held") -> str:
    return desk.hold(desk.rate(grade, "跑了三趟，我叫李小四"), status)


def decided(browser: Any, rating: str, action: str, **fields: str) -> Any:
    return browser.send(f"{HERE}/{rating}/{action}", f"{HERE}/{rating}", **fields)


def status(desk: Desk) -> list[tuple[str, str]]:
    return [(one.status, one.reason) for one in desk.site.ratings()]


def test_the_list_shows_why_and_never_who_or_what_was_said(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    listed = text_of(supervisor.get(HERE))
    shown = text_of(supervisor.get(f"{HERE}/{rating}"))
    assert "自动检查没有完成（registry）" in listed
    assert "非常不满意" in shown
    assert not any("李小四" in page or "跑了三趟" in page for page in (listed, shown))


def test_a_released_rating_counts(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    answer = decided(supervisor, rating, "release", reason="checked")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}?done=1")
    assert status(desk) == [("effective", "checked")]
    assert "没有待定的评价" in text_of(supervisor.get(HERE))


def test_an_excluded_rating_is_kept_and_may_be_restored(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    decided(supervisor, rating, "exclude", reason="listed_rater")
    assert status(desk) == [("excluded", "listed_rater")]
    assert "名册所列的恶意评价人" in text_of(supervisor.get(f"{HERE}?state=excluded"))
    decided(supervisor, rating, "release", reason="not_listed")
    assert status(desk) == [("effective", "not_listed")]


@pytest.mark.parametrize("action", ["release", "exclude", "propose"])
def test_every_decision_needs_its_reason(desk: Desk, supervisor: Any, action: str) -> None:
    answer = decided(supervisor, held(desk), action, reason="")
    assert answer.status_code == 422
    assert "请选择理由" in text_of(answer)
    assert [one[0] for one in status(desk)] == ["held"]


def test_one_person_alone_voids_nothing(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    decided(supervisor, rating, "propose", reason="mistaken")
    page = supervisor.page(f"{HERE}/{rating}")
    assert "提出认定无效" in page
    assert f"{HERE}/{rating}/confirm" not in page
    answer = supervisor.send(f"{HERE}/{rating}/drop")
    assert answer.status_code == 303
    assert [one[0] for one in status(desk)] == ["held"]


def test_who_proposed_cannot_confirm_by_a_made_up_form(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    decided(supervisor, rating, "propose", reason="mistaken")
    supervisor.page(f"{HERE}/{rating}")
    drop = f"{HERE}/{rating}/drop"
    sent = fields_of(supervisor.last.get_data(as_text=True), drop)
    answer = supervisor.client.post(f"{HERE}/{rating}/confirm", data=sent)
    assert answer.status_code == 409
    assert "须由另一人确认" in text_of(answer)


def test_a_second_person_confirms_and_the_rating_is_void(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    decided(supervisor, rating, "propose", reason="mistaken")
    second = desk.office.someone(Role.SUPERVISOR, name="钱二", region=REGION)
    answer = decided(second, rating, "confirm")
    assert answer.status_code == 303
    assert status(desk) == [("void", "mistaken")]


def test_nobody_of_the_rated_unit_voids(desk: Desk) -> None:
    inside = desk.person(Role.SUPERVISOR, organization_id=UNIT)
    rating = held(desk)
    page = inside.page(f"{HERE}/{rating}")
    assert "您的角色或所属单位不能认定" in page
    assert f"{HERE}/{rating}/propose" not in page


def test_a_rating_of_another_county_is_not_there(desk: Desk) -> None:
    stranger = desk.person(Role.SUPERVISOR, region=ELSEWHERE)
    rating = held(desk)
    assert "没有待定的评价" in text_of(stranger.get(HERE))
    assert stranger.get(f"{HERE}/{rating}").status_code == 404


def test_nobody_decides_in_their_own_matter(desk: Desk) -> None:
    roles = ((Role.SUPERVISOR, {"region": REGION}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    own = desk.office.browser(desk.office.account(*roles))
    rating = held(desk)
    assert "没有待定的评价" in text_of(own.get(HERE))
    assert own.get(f"{HERE}/{rating}").status_code == 404


def test_a_rating_decided_meanwhile_leads_back_to_the_list(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    supervisor.page(f"{HERE}/{rating}")
    desk.hold(desk.site.ratings()[0], "effective")
    answer = supervisor.send(f"{HERE}/{rating}/release", reason="checked")
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)


def test_an_effective_rating_has_no_page_here(desk: Desk, supervisor: Any) -> None:
    row = desk.rate(5)
    assert supervisor.get(f"{HERE}/{row.region}-{row.served_month}-{row.id}").status_code == 404


def test_voiding_closes_the_case_that_was_opened(desk: Desk, supervisor: Any) -> None:
    rating = held(desk)
    decided(supervisor, rating, "propose", reason="mistaken")
    second = desk.office.someone(Role.SUPERVISOR, name="钱二", region=REGION)
    decided(second, rating, "confirm")
    with desk.deployment.store.read() as conn:
        states = conn.execute(select(rectification_case.c.state)).scalars().all()
    assert states == ["closed"]
