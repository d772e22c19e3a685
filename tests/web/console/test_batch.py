"""Assigning from the list: by keyboard, one outcome a case, nobody handles their own matter."""

from __future__ import annotations

import re

from tests.web.console.conftest import STAFF, UNIT, Office, text_of

from haochaping.access.roles import Role

ASSIGN = "/console/cases/assign"


def handler_account(office: Office) -> int:
    return office.account((Role.HANDLER, {"organization_id": UNIT}), login="sun", name="孙承办")


def tickets(page: str) -> list[str]:
    return re.findall(r'name="case" value="([^"]+)"', page)


def test_chosen_cases_are_assigned_and_listed_as_ones_own(office: Office) -> None:
    first, second = office.case(), office.case()
    account_id, supervisor = handler_account(office), office.supervisor()
    page = supervisor.page("/console/cases?view=free")
    assert len(tickets(page)) == 2
    assert "孙承办" in page
    data = {"case": tickets(page), "account": "sun"}
    answer = supervisor.send(ASSIGN, **data)
    assert text_of(answer).count("已分派") == 2
    assert {office.now(one).assignee_id for one in (first, second)} == {account_id}
    assert not tickets(supervisor.page("/console/cases?view=free"))
    mine = office.browser(account_id)
    assert first.public_id in mine.page("/console/cases?view=mine")
    assert second.public_id not in office.handler().page("/console/cases?view=mine")


def test_each_case_has_its_own_outcome(office: Office) -> None:
    stale, fresh = office.case(), office.case()
    account_id, supervisor = handler_account(office), office.supervisor()
    page = supervisor.page("/console/cases")
    office.act(office.handler(), stale, "take_up")
    supervisor.page("/console/cases")
    answer = supervisor.send(ASSIGN, case=tickets(page), account="sun")
    said = text_of(answer)
    assert said.count("已分派") == 1
    assert office.now(stale).assignee_id is None
    assert office.now(fresh).assignee_id == account_id


def test_nobody_is_assigned_their_own_matter_or_beyond_their_right(office: Office) -> None:
    case, supervisor = office.case(), office.supervisor()
    rated = ((Role.HANDLER, {"organization_id": UNIT}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    office.account(*rated, login="rated")
    office.account((Role.PUBLISHER, {"region": "330106"}), login="publisher")
    for login in ("rated", "publisher", "nobody"):
        page = supervisor.page("/console/cases")
        answer = supervisor.send(ASSIGN, case=tickets(page), account=login)
        assert "已分派" not in text_of(answer)
        assert office.now(case).assignee_id is None


def test_a_transfer_frees_the_case(office: Office) -> None:
    case, supervisor = office.case(), office.supervisor()
    handler_account(office)
    page = supervisor.page("/console/cases")
    supervisor.send(ASSIGN, case=tickets(page), account="sun")
    fields = {"organization": "12990000E00000010A", "note": "职责在税务"}
    office.act(supervisor, office.now(case), "transfer", **fields)
    assert office.now(case).assignee_id is None
