"""Where a body outside the unit contacts raters: its own list, and nothing for the unit."""

from __future__ import annotations

import pytest
from tests.web.conftest import REGION
from tests.web.console.conftest import RULES, UNIT, Browser, Office, text_of

from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.hooks.values import Identity

RATER = Person("natural", "张三丰", "111", "990000199001010017", "13800001234")


@pytest.fixture
def profile() -> str:
    return RULES + "access: {contact: third_party}"


def operator(office: Office) -> Browser:
    return office.someone(Role.HOTLINE_OPERATOR, region=REGION)


def test_the_operator_finds_reveals_and_records(office: Office) -> None:
    case = office.case(person=RATER, identity=Identity.PRESUMED)
    browser = operator(office)
    here = f"/console/cases/{case.public_id}"
    assert here in browser.page("/console/contacts")
    said = text_of(browser.send(f"{here}/rater", f"{here}/rater", purpose="代单位联系"))
    assert RATER.mobile in said
    office.act(browser, case, "contact", by="phone", reached="yes", text="愿意再来")
    assert office.now(case).contacted_at is not None


def test_the_unit_itself_contacts_nobody(office: Office) -> None:
    case = office.case(person=RATER, identity=Identity.PRESUMED)
    here = f"/console/cases/{case.public_id}"
    person = office.someone(Role.UNIT_LIAISON, organization_id=UNIT)
    page = person.page(here)
    assert f"{here}/contact" not in page
    assert f"{here}/message" not in page
    assert person.get(f"{here}/rater").status_code == 403


def test_the_operator_handles_nothing(office: Office) -> None:
    case = office.case(person=RATER, identity=Identity.PRESUMED)
    here = f"/console/cases/{case.public_id}"
    page = operator(office).page(here)
    assert f"{here}/answer" not in page
    assert f"{here}/take_up" not in page
