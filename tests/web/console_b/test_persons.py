"""A security officer gives a person their extract and erases them; nobody else may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from haochaping.access.persons import Person
from haochaping.access.tables import reveal, vault_person
from haochaping.journal.tables import journal
from tests.web.console_b.conftest import REGION, Desk, Role, text_of

HERE = "/console/persons"
NUMBER = "990000199001010033"


@pytest.fixture
def officer(desk: Desk) -> Any:
    return desk.person(Role.SECURITY_OFFICER)


@pytest.fixture
def person(desk: Desk) -> int:
    with desk.deployment.store.write() as conn:
        who = Person(name="王小明", certificate_no=NUMBER, mobile="13900007777")
        return int(desk.deployment.vault.remember(conn, who, REGION, desk.site.clock.now()))


def erased(desk: Desk) -> bool:
    with desk.deployment.store.read() as conn:
        return conn.execute(select(vault_person.c.erased_at)).scalar_one() is not None


def test_an_extract_is_a_file_with_an_audit_row(desk: Desk, officer: Any, person: int) -> None:
    sent = {"number": NUMBER, "purpose": "本人申请查阅"}
    answer = officer.send(f"{HERE}/extract", HERE, **sent)
    [document] = json.loads(answer.get_data(as_text=True))
    assert document["person"]["name"] == "王小明"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    with desk.deployment.store.read() as conn:
        assert conn.execute(select(reveal.c.person_id)).scalars().all() == [person]
        kinds = conn.execute(select(journal.c.kind)).scalars().all()
    assert "person.exported" in kinds


def test_an_extract_needs_a_ground(desk: Desk, officer: Any, person: int) -> None:
    answer = officer.send(f"{HERE}/extract", HERE, number=NUMBER, purpose="")
    assert answer.status_code == 422
    assert "王小明" not in answer.get_data(as_text=True)


def test_an_unknown_number_is_told_and_never_shown_again(desk: Desk, officer: Any) -> None:
    answer = officer.send(f"{HERE}/extract", HERE, number="990000199001019999", purpose="本人申请")
    assert answer.status_code == 404
    assert "990000199001019999" not in answer.get_data(as_text=True)


def test_erasing_is_asked_for_twice(desk: Desk, officer: Any, person: int) -> None:
    unsure = officer.client.post(f"{HERE}/erase", data=_form(officer, number=NUMBER))
    assert unsure.status_code == 422
    assert not erased(desk)
    done = officer.client.post(f"{HERE}/erase", data=_form(officer, number=NUMBER, sure="1"))
    assert done.status_code == 303
    assert erased(desk)
    assert "不可恢复" in text_of(officer.get(f"{HERE}?done=1"))


def _form(officer: Any, **fields: str) -> dict[str, str]:
    from tests.web.console_b.conftest import fields_of

    page = officer.page(HERE)
    hidden = fields_of(page, f"{HERE}/extract")
    return {"csrf_token": hidden["csrf_token"], **fields}


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.LEADER])
def test_nobody_else_may(desk: Desk, role: Role) -> None:
    assert (
        desk.person(role, **({"region": REGION} if role is Role.LEADER else {}))
        .get(HERE)
        .status_code
        == 403
    )
