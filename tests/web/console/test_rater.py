"""Revealing a rater: by the profile's way of contact only, with purpose and audit row."""

from __future__ import annotations

import pytest
from tests.web.console.conftest import FOREIGN_UNIT, RULES, STAFF, UNIT, Browser, Office, text_of

from haochaping.access import reveals
from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.hooks.values import Identity
from haochaping.rectification.records import Case

RATER = Person("natural", "张三丰", "111", "990000199001010017", "13800001234")


@pytest.fixture
def profile() -> str:
    return RULES + "access: {contact: liaison}"


def known(office: Office) -> Case:
    return office.case(person=RATER, identity=Identity.PRESUMED)


def path(case: Case) -> str:
    return f"/console/cases/{case.public_id}/rater"


def liaison(office: Office) -> Browser:
    return office.someone(Role.UNIT_LIAISON, organization_id=UNIT)


def looks(office: Office) -> list[tuple[int | None, str]]:
    with office.deployment.store.read() as conn:
        return [(one.look.case_id, one.look.purpose) for one in reveals.latest(conn)]


def test_a_liaison_sees_name_and_number_after_stating_a_purpose(office: Office) -> None:
    case, browser = known(office), liaison(office)
    assert RATER.mobile not in browser.page(path(case))
    answer = browser.send(path(case), purpose="电话核实材料要求")
    said = text_of(answer)
    assert RATER.name in said
    assert RATER.mobile in said
    assert RATER.certificate_no not in said
    assert answer.headers["Cache-Control"] == "no-store"
    assert looks(office) == [(case.id, "电话核实材料要求")]


def test_without_a_purpose_nothing_is_shown_and_nothing_written(office: Office) -> None:
    case, browser = known(office), liaison(office)
    answer = browser.send(path(case), path(case), purpose=" ")
    assert answer.status_code == 422
    assert RATER.mobile not in text_of(answer)
    assert looks(office) == []


def test_the_case_page_offers_it_to_the_liaison_only(office: Office) -> None:
    case = known(office)
    page = f"/console/cases/{case.public_id}"
    assert path(case) in liaison(office).page(page)
    assert path(case) not in office.handler().page(page)


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEADER])
def test_others_of_the_unit_are_refused(office: Office, role: Role) -> None:
    case = known(office)
    assert office.someone(role, organization_id=UNIT).get(path(case)).status_code == 403


def test_a_liaison_of_another_unit_does_not_learn_of_the_case(office: Office) -> None:
    case = known(office)
    stranger = office.someone(Role.UNIT_LIAISON, organization_id=FOREIGN_UNIT)
    assert stranger.get(path(case)).status_code == 404


def test_the_rated_person_never_sees_the_rater(office: Office) -> None:
    case = known(office)
    roles = (
        (Role.UNIT_LIAISON, {"organization_id": UNIT}),
        (Role.STAFF_MEMBER, {"staff_id": STAFF}),
    )
    assert office.browser(office.account(*roles)).get(path(case)).status_code == 404


def test_an_anonymous_rater_cannot_be_revealed(office: Office) -> None:
    case = office.case(person=RATER, identity=Identity.ANONYMOUS)
    assert liaison(office).get(path(case)).status_code == 403


def test_a_closed_case_reveals_nobody(office: Office) -> None:
    case, browser = known(office), liaison(office)
    office.act(browser, case, "contact", by="phone", reached="yes")
    office.act(browser, case, "answer", outcome="rectified", text="已改")
    office.act(office.supervisor(), case, "confirm")
    assert browser.get(path(case)).status_code == 403


def test_a_number_in_the_words_is_masked_until_the_liaison_states_a_purpose(office: Office) -> None:
    case = office.case(text="请打 13800001234 找我", person=RATER, identity=Identity.PRESUMED)
    browser = liaison(office)
    page = browser.page(f"/console/cases/{case.public_id}")
    assert "请打 *** 找我" in page
    assert "13800001234" not in page
    browser.send(path(case), path(case), purpose="电话核实材料要求")
    assert "请打 13800001234 找我" in text_of(browser.last)
