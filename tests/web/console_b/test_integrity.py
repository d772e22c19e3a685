"""The page of integrity flags: evidence without a rater, a decision by a person outside."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from sqlalchemy import insert

from haochaping.coverage import recount
from haochaping.coverage.rules import CoverageRules
from haochaping.integrity.tables import integrity_flag, integrity_flag_rating
from haochaping.web import guard
from tests.browser import audit, look, overflows, page_of
from tests.serving import serving
from tests.web.console_b.conftest import ELSEWHERE, REGION, STAFF, UNIT, Desk, Role, text_of

HERE = "/console/integrity"


@pytest.fixture
def supervisor(desk: Desk) -> Any:
    return desk.person(Role.SUPERVISOR, region=REGION)


def flagged(desk: Desk, number: int = 7) -> str:
    row, at = desk.rate(5), desk.deployment.clock.now()
    flag = {
        "id": number, "day": at.date(), "region": REGION, "signal": "one_device",
        "origin": "core", "about": f"device:{number}", "organization_id": UNIT, "staff_id": STAFF,
        "ratings": 6, "evidence": {"raters": 6}, "state": "open", "raised_at": at,
    }  # fmt: skip
    with desk.deployment.store.write() as conn:
        conn.execute(insert(integrity_flag).values(flag))
        key = {"region": row.region, "served_month": row.served_month, "evaluation_id": row.id}
        conn.execute(insert(integrity_flag_rating).values(flag_id=number, **key))
    return f"{HERE}/{number}"


def test_a_flag_shows_evidence_and_provenance_and_no_grade(desk: Desk, supervisor: Any) -> None:
    address = flagged(desk)
    assert "同一设备代多人评价" in text_of(supervisor.get(HERE))
    shown = text_of(supervisor.get(address))
    assert "评价人数 6" in shown
    assert "办事人评价" in shown
    assert "非常满意" not in shown


def test_a_person_decides_and_the_rating_still_counts(desk: Desk, supervisor: Any) -> None:
    address = flagged(desk)
    answer = supervisor.send(address, address, decision="substantiated", reason="查证属实")
    assert answer.status_code == 303
    assert [one.status for one in desk.site.ratings()] == ["effective"]
    assert "没有异常提示" in text_of(supervisor.get(HERE))
    assert "查证属实" in text_of(supervisor.get(address))


def test_a_decision_without_a_reason_is_refused_and_kept(desk: Desk, supervisor: Any) -> None:
    address = flagged(desk)
    answer = supervisor.send(address, address, decision="forwarded", reason="")
    assert answer.status_code == 422
    assert "请选择结论并填写理由" in text_of(answer)


def test_who_works_elsewhere_or_is_concerned_sees_no_flag(desk: Desk) -> None:
    address = flagged(desk)
    assert desk.person(Role.SUPERVISOR, region=ELSEWHERE).get(address).status_code == 404
    assert desk.person(Role.STAFF_MEMBER, staff_id=STAFF).get(address).status_code == 403


def test_an_unknown_state_or_flag_is_not_found(desk: Desk, supervisor: Any) -> None:
    assert supervisor.get(f"{HERE}?state=secret").status_code == 404
    assert supervisor.get(f"{HERE}/1").status_code == 404


@pytest.mark.browser
def test_the_pages_are_accessible(desk: Desk, supervisor: Any, browser: Chromium) -> None:
    address, found = flagged(desk), []
    with desk.deployment.store.write() as conn:
        recount.rebuild(conn, CoverageRules.of(desk.deployment.profile))
    cookie = supervisor.client.get_cookie(guard.SESSION_COOKIE)
    with serving(desk.site.app) as base, page_of(browser, 1280, 800) as page:
        told = {"name": guard.SESSION_COOKIE, "value": cookie.value, "url": base}
        page.context.add_cookies([told])
        for path, name in ((HERE, "flags"), (address, "flag"), ("/console/coverage", "coverage")):
            for width in (1280, 390, 320):
                page.set_viewport_size({"width": width, "height": 844})
                page.goto(base + path)
                found += [f"{name} {width}: {one}" for one in audit(page)]
                found += [f"{name} {width}: scrolls"] if overflows(page) else []
                look(page, f"console-{name}-{width}")
    assert found == []
