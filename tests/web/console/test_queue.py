"""The handler's queue: bands, words, paging, and whose cases are in it."""

from __future__ import annotations

from datetime import timedelta

from haochaping.access.roles import Role
from tests.web.console.conftest import FOREIGN_UNIT, STAFF, UNIT, Office, text_of


def test_a_handler_starts_at_the_queue(office: Office) -> None:
    answer = office.handler().get("/console")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/cases")


def test_a_case_shows_item_number_band_and_time_left(office: Office) -> None:
    case = office.case()
    said = text_of(office.handler().get("/console/cases"))
    assert "社保登记" in said
    assert case.public_id in said
    assert "剩" in said
    assert "正常" in said
    assert "为什么是这天" in said
