"""A rater's report of pressure: one tap, once, to supervisors outside the unit only."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from haochaping.access import accounts, grants
from haochaping.access.grants import NewGrant
from haochaping.access.roles import Role
from haochaping.delivery.tables import inbox, message
from haochaping.evaluation import pressure
from haochaping.evaluation.tables import pressure_report
from haochaping.journal.tables import journal
from haochaping.worker import Worker
from tests.web.conftest import Site, hidden, text
from tests.web.test_mine import post, rate


def reports(site: Site) -> list[Any]:
    with site.deployment.store.read() as conn:
        return list(conn.execute(select(pressure_report)))


def test_after_rating_one_tap_reports_pressure(site: Site) -> None:
    code = site.link(site.serve())
    done = site.client().post(f"/r/{code}", data={"grade": "5"})
    assert "我是被要求这样评的" in text(done)
    answer = site.client().post("/mine", data={**hidden(done), "action": "pressed"})
    assert "已告诉监督部门" in text(answer)
    assert [row.state for row in reports(site)] == ["open"]
    assert site.ratings()[0].status == "effective"


def test_a_report_twice_is_one_report(site: Site) -> None:
    receipt = rate(site)
    for _ in range(2):
        page = text(post(site, receipt, action="pressed"))
    assert len(reports(site)) == 1
    assert "您已向监督部门反映" in page
    assert "我是被要求这样评的" not in page


def test_a_changed_rating_keeps_its_one_report(site: Site) -> None:
    receipt = rate(site)
    post(site, receipt, action="pressed")
    post(site, receipt, action="amend", grade="4", confirm="1")
    post(site, site.ratings()[-1].receipt, action="pressed")
    assert len(reports(site)) == 1


def test_journal_and_message_name_no_rating(site: Site) -> None:
    account(site, Role.SUPERVISOR)
    post(site, rate(site), action="pressed")
    with site.deployment.store.read() as conn:
        entry = conn.execute(select(journal).where(journal.c.kind == pressure.REPORTED)).one()
        told = conn.execute(select(message)).one()
    rating = site.ratings()[0]
    said = str(entry.payload) + told.body_zh + told.link
    assert not any(str(known) in said for known in (rating.id, rating.receipt))
    assert "window" not in said


def account(site: Site, role: Role, organization_id: int | None = None) -> int:
    with site.deployment.store.write() as conn:
        emit, at = site.deployment.journal.emit, site.clock.now()
        new = accounts.NewAccount(f"u{role}{organization_id}", "某人", "x")
        account_id = accounts.create(conn, emit, new, at)
        grants.give(conn, emit, NewGrant(account_id, role, organization_id=organization_id), at)
    return account_id


def test_the_message_reaches_supervisors_above_and_nobody_of_the_unit(site: Site) -> None:
    above = account(site, Role.SUPERVISOR)
    for role in (Role.SUPERVISOR, Role.LEADER, Role.UNIT_LIAISON, Role.HANDLER):
        account(site, role, organization_id=1)
    post(site, rate(site), action="pressed")
    Worker(site.deployment).drain()
    with site.deployment.store.read() as conn:
        got = set(conn.execute(select(inbox.c.account_id)).scalars())
    assert got == {above}


def test_where_all_supervisors_belong_to_the_unit_nobody_is_told(site: Site) -> None:
    account(site, Role.SUPERVISOR, organization_id=1)
    post(site, rate(site), action="pressed")
    Worker(site.deployment).drain()
    assert len(reports(site)) == 1
    with site.deployment.store.read() as conn:
        assert conn.execute(select(message)).all() == []


@pytest.mark.parametrize("field", ["grade", "receipt"])
def test_a_stored_report_holds_neither_grade_nor_receipt(field: str) -> None:
    assert field not in pressure_report.c
