"""Supervisors outside the unit see and decide reports of pressure; nobody of the unit does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from haochaping.evaluation import pressure
from haochaping.evaluation.tables import pressure_report
from haochaping.journal.tables import journal
from tests.web.console_b.conftest import (
    ELSEWHERE,
    FOREIGN_UNIT,
    REGION,
    STAFF,
    UNIT,
    Desk,
    Role,
    text_of,
)

HERE = "/console/pressure"


@pytest.fixture
def report(desk: Desk) -> int:
    """A report about a rating with words and a grade."""
    rating = desk.rate(1, "跑了三趟，我叫李小四")
    deployment = desk.deployment
    with deployment.store.write() as conn:
        found = deployment.desk
        from haochaping.evaluation import stored
        from haochaping.hooks.values import OccurrenceKey

        key = OccurrenceKey(rating.region, rating.served_month, rating.id)
        about = stored.by_key(conn, key)
        assert about is not None
        pressure.report(conn, found, about, desk.site.clock.now())
        return int(conn.execute(select(pressure_report.c.id)).scalar_one())


@pytest.fixture
def supervisor(desk: Desk) -> Any:
    return desk.person(Role.SUPERVISOR, region=REGION)


def state(desk: Desk) -> tuple[str, str]:
    with desk.deployment.store.read() as conn:
        row = conn.execute(select(pressure_report)).one()
    return row.state, row.decision


def decide(browser: Any, report: int, **fields: str) -> Any:
    return browser.send(f"{HERE}/{report}/decide", f"{HERE}/{report}", **fields)


def test_the_page_shows_the_place_and_never_rater_grade_or_words(
    desk: Desk, supervisor: Any, report: int
) -> None:
    pages = text_of(supervisor.get(HERE)) + text_of(supervisor.get(f"{HERE}/{report}"))
    assert "社保登记" in pages
    assert "区人力社保局" in pages
    assert not any(word in pages for word in ("李小四", "跑了三趟", "非常不满意"))


def test_a_decision_leaves_a_trace_and_the_rating_as_it_is(
    desk: Desk, supervisor: Any, report: int
) -> None:
    answer = decide(supervisor, report, found="confirmed", reason="调取监控，确有引导好评")
    assert answer.status_code == 303
    assert state(desk) == ("confirmed", "调取监控，确有引导好评")
    assert desk.site.ratings()[0].status == "effective"
    with desk.deployment.store.read() as conn:
        entry = conn.execute(select(journal).where(journal.c.kind == pressure.DECIDED)).one()
    assert '"found":"confirmed"' in str(entry.payload).replace(" ", "").replace("'", '"')
    assert "没有待处理的反映" in text_of(supervisor.get(HERE))
    shown = text_of(supervisor.get(f"{HERE}?state=decided"))
    assert "属实" in shown
    page = text_of(supervisor.get(f"{HERE}/{report}"))
    assert "调取监控" in page
    assert "保存" not in page


@pytest.mark.parametrize(
    "fields", [{"found": "", "reason": "看过监控了"}, {"found": "confirmed", "reason": "  "},
               {"found": "open", "reason": "看过监控了"}],
)  # fmt: skip
def test_a_decision_needs_a_finding_and_a_reason(
    desk: Desk, supervisor: Any, report: int, fields: dict[str, str]
) -> None:
    answer = decide(supervisor, report, **fields)
    assert answer.status_code == 422
    assert '<a href="#reason">' in answer.get_data(as_text=True)
    assert state(desk)[0] == "open"


def test_a_report_is_decided_once(desk: Desk, supervisor: Any, report: int) -> None:
    other = desk.person(Role.SUPERVISOR, region=REGION)
    other.page(f"{HERE}/{report}")
    decide(supervisor, report, found="unfounded", reason="核实未发现")
    late = other.send(f"{HERE}/{report}/decide", found="confirmed", reason="也看过了")
    assert late.status_code == 422
    assert state(desk)[0] == "unfounded"


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.SUPERVISOR, {"organization_id": UNIT}),
        (Role.SUPERVISOR, {"region": ELSEWHERE}),
        (Role.SUPERVISOR, {"organization_id": FOREIGN_UNIT}),
    ],
)
def test_supervisors_of_the_unit_or_of_another_place_see_nothing(
    desk: Desk, report: int, role: Role, place: dict[str, Any]
) -> None:
    somebody = desk.person(role, **place)
    assert "没有待处理的反映" in text_of(somebody.get(HERE))
    assert somebody.get(f"{HERE}/{report}").status_code == 404
    answer = somebody.client.post(f"{HERE}/{report}/decide", data={"found": "unfounded"})
    assert answer.status_code in (400, 404)
    assert state(desk)[0] == "open"


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.HANDLER, {"organization_id": UNIT}),
        (Role.LEADER, {"organization_id": UNIT}),
        (Role.UNIT_LIAISON, {"organization_id": UNIT}),
        (Role.HALL_MANAGER, {"hall_id": 2}),
        (Role.STAFF_MEMBER, {"staff_id": STAFF}),
    ],
)
def test_the_unit_has_no_such_page(
    desk: Desk, report: int, role: Role, place: dict[str, Any]
) -> None:
    somebody = desk.person(role, **place)
    assert somebody.get(HERE).status_code == 403
    assert somebody.get(f"{HERE}/{report}").status_code == 403
    assert "受压反映" not in text_of(somebody.get("/console"))
