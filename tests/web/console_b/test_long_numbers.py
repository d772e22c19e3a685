"""Case numbers and recordings of twenty digits and more are numbers of paper, not of columns."""

from __future__ import annotations

from sqlalchemy import update

from haochaping.catalog import tables as catalog
from tests.web.console_b.conftest import Desk, Role

LONG = "330106202611160000000001"


def test_a_long_case_number_is_found_by_the_hotline(desk: Desk) -> None:
    desk.site.serve()
    with desk.deployment.store.write() as conn:
        conn.execute(update(catalog.service_case).values(case_no=LONG))
    operator = desk.person(Role.HOTLINE_OPERATOR)
    answer = operator.send("/console/hotline", "/console/hotline", wanted=LONG)
    assert answer.status_code == 303


def test_a_long_case_number_is_keyed_from_paper(desk: Desk) -> None:
    clerk = desk.person(Role.PAPER_CLERK)
    here = clerk.send("/console/paper", "/console/paper", sheets="1").headers["Location"]
    clerk.page(here)
    fields = {"a1-ref": LONG, "a1-grade": "5"}
    answer = clerk.send(here, here, **fields)
    assert answer.status_code == 303
