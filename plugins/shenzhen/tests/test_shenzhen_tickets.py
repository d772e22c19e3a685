"""A bad rating becomes a ticket of the handling person's unit, by way of 12345."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from haochaping.hooks.rectification import CaseState, CaseView, Route
from haochaping.hooks.values import Grade, Identity, Occurrence, OccurrenceKey, UnitRef, Words
from haochaping_shenzhen.plugin import Shenzhen

AT = datetime(2026, 11, 16, 2, tzinfo=UTC)
KEY = OccurrenceKey("440305", 202611, 1)
SERVICE = Occurrence(
    key=KEY,
    case_no="440305202611160001",
    no=1,
    stage="conclusion",
    service_channel="hall",
    item=None,
    organization=UnitRef(2, "org", Words("区政务服务局")),
    hall=None,
    window=None,
    staff=UnitRef(5, "0075", Words("0075")),
    served_at=AT,
    staff_organization_id=9,
)
CASE = CaseView(
    key=KEY,
    public_id="A1B2C3D4E5",
    origin_kind="evaluation",
    grade=Grade(1),
    options=(),
    identity=Identity.PRESUMED,
    occurrence=SERVICE,
    organization_id=2,
    state=CaseState.OPENED,
    complexity="simple",
    opened_at=AT,
    due_at=None,
    provisional=False,
    at=AT,
)


def routed(case: CaseView, **settings: object) -> Route | None:
    return Shenzhen(settings, SimpleNamespace()).rectification_route(case=case)


@pytest.mark.parametrize("grade", [1, 2])
def test_the_ticket_goes_to_the_unit_of_who_handled_it_through_the_hotline(grade: int) -> None:
    route = routed(replace(CASE, grade=Grade(grade)))
    assert route is not None
    assert (route.lead_organization_id, route.queue) == (9, "hotline")
    assert route.joint_organization_ids == (2,)


@pytest.mark.parametrize("unit", [None, 2])
def test_where_the_person_belongs_to_the_serving_unit_nobody_else_joins(unit: int | None) -> None:
    service = replace(SERVICE, staff_organization_id=unit)
    route = routed(replace(CASE, occurrence=service))
    assert route is not None
    assert (route.lead_organization_id, route.joint_organization_ids) == (2, ())


def test_three_stars_are_no_ticket_unless_the_profile_says_so() -> None:
    case = replace(CASE, grade=Grade(3))
    assert routed(case) is None
    assert routed(case, ticket_grades=3) is not None


def test_a_comment_without_a_service_is_not_routed() -> None:
    assert routed(replace(CASE, occurrence=None)) is None


def test_the_reason_names_neither_the_person_nor_the_rater() -> None:
    route = routed(CASE)
    assert route is not None
    assert "0075" not in route.reason


def test_timely_rectification_is_published_by_district_unless_switched_off() -> None:
    [board] = Shenzhen({}, SimpleNamespace()).disclosure_boards()
    assert (board.subject_kind, board.measure, board.descending) == ("region", "on_time_rate", True)
    assert Shenzhen({"district_board": False}, SimpleNamespace()).disclosure_boards() == []
