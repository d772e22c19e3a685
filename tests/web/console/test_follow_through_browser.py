"""A case followed through in two browsers, handler and supervisor; new pages are accessible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, FilePayload, Page
from tests.attachments.test_pictures import png
from tests.browser import SIZES, audit, look, overflows, page_of
from tests.serving import serving
from tests.web.console import conftest as people
from tests.web.console.conftest import FOREIGN_UNIT, RULES, UNIT, Office, receipt_of

from haochaping.access.roles import Role
from haochaping.catalog import organizations
from haochaping.grading import periods
from haochaping.hooks.rectification import CaseState
from haochaping.rectification import visits
from haochaping.rectification.records import Case
from haochaping.web import guard

pytestmark = pytest.mark.browser

PARTNER = "12990000E00000010A"
FOUND = {
    "truth": "true",
    "reasonable": "yes",
    "malicious": "no",
    "handling": "immediate",
    "cause": "process",
}
VISITS = "  visits: [{by: %s, within: {count: 5, unit: workday}, reason: 回访}]\n"
SCRIPTS = "  visiting: {scripts: {phone: 您好，回访一下, in_person: 当面听取意见}}"


@pytest.fixture(params=["phone"])
def profile(request: pytest.FixtureRequest) -> str:
    return RULES + VISITS % request.param + SCRIPTS


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with serving(office.site.app) as found:
        yield found


@contextmanager
def signed_in(browser: Browser, address: str, who: people.Browser) -> Iterator[Page]:
    """A page of a browser of its own, signed in."""
    with page_of(browser, 1280, 900) as page:
        cookie = who.client.get_cookie(guard.SESSION_COOKIE)
        assert cookie is not None
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
        yield page


def act(page: Page, address: str, case: Case, action: str, **fields: str) -> None:
    """Open the case, fill in one of its forms and send it; it must not be refused."""
    page.goto(f"{address}/console/cases/{case.public_id}")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    form = page.locator(f"form#{action}")
    for name, value in fields.items():
        choice = form.locator(f'input[type=radio][name="{name}"][value="{value}"]')
        if choice.count():
            choice.check(force=True)
        else:
            form.locator(f'[name="{name}"]:not([type=hidden])').fill(value)
    with page.expect_navigation():
        form.locator("button.button").last.click()
    assert not page.locator("[role=alert]").count(), page.locator("[role=alert]").inner_text()


def unit_code(office: Office, unit: int) -> str:
    with office.deployment.store.read() as conn:
        found = organizations.get(conn, unit)
    assert found is not None
    return found.code


def test_transfer_joint_handling_reply_unsatisfied_visit_reopening_closing(
    browser: Browser, office: Office, address: str
) -> None:
    case = office.case(text="跑了三趟")
    due = case.first_due_at
    new_lead, partner, chief = office.handler(FOREIGN_UNIT), office.handler(), office.supervisor()
    with (
        signed_in(browser, address, new_lead) as handler,
        signed_in(browser, address, chief) as supervisor,
    ):
        act(supervisor, address, case, "transfer", organization=PARTNER, note="职责在税务")
        act(handler, address, case, "take_up")
        own = unit_code(office, UNIT)
        act(handler, address, case, "join", organization=own, text="核对受理记录", count="1")
        named = {"responsible": "back_office", "organization": f"{PARTNER} 70，{own} 30"}
        act(handler, address, case, "find", **FOUND, **named)
        assert "70%（牵头）" in handler.locator("main").inner_text()
        look(handler, "case-joint")
        office.act(partner, case, "partner_done", text="受理记录齐全")
        act(handler, address, case, "answer", outcome="rectified", text="已补办并致歉。")
        act(supervisor, address, case, "confirm")
        office.work()
        act(supervisor, address, case, "visit", satisfied="no", text="还是没有办成")
        again = office.now(case)
        assert (again.state, again.reopened) == (CaseState.VERIFYING, 1)
        act(handler, address, case, "answer", outcome="rectified", text="已上门办结，本人签收。")
        act(supervisor, address, case, "confirm")
    ended = office.now(case)
    assert (ended.state, ended.outcome, ended.first_due_at) == (CaseState.CLOSED, "rectified", due)


def objects(page: Page, address: str, receipt: str) -> None:
    """Read of the appeal on one's own page, and state one's view by telephone."""
    page.goto(f"{address}/mine")
    page.locator("[name=receipt]").fill(receipt)
    page.locator("main form button").first.click()
    page.get_by_label("我的说明").fill("就是这个窗口，叫号单还在")
    assert audit(page) == []
    look(page, "citizen-appealed")
    page.get_by_role("button", name="交给审核人").click()
    page.get_by_text("您的说明已交给审核人").wait_for()
    assert audit(page) == []
    assert not overflows(page)


def test_an_upheld_appeal_corrects_a_published_month_visibly(
    browser: Browser, office: Office, address: str
) -> None:
    case, *_ = [office.case() for _ in range(6)]
    deployment, month = office.deployment, periods.parse("2026-11")
    office.act(office.handler(), case, "appeal", kind="mistaken", text="当日没有受理记录")
    office.pass_days(20)
    now = office.site.clock.now()
    with deployment.store.write() as conn:
        deployment.disclosing.closer.close(conn, month, deployment.calendar.local_day(now), now)
    first, second = office.reviewer("赵复核"), office.reviewer("钱复核")
    with (
        signed_in(browser, address, first) as one,
        signed_in(browser, address, second) as two,
    ):
        with page_of(browser, 390, 844) as rater:
            objects(rater, address, receipt_of(office, case))
        act(one, address, case, "endorse", note="查无受理记录")
        assert "叫号单还在" in one.locator("section[aria-labelledby=appeal]").inner_text()
        look(one, "follow-appeal")
        act(two, address, case, "uphold", note="同意")
        two.goto(f"{address}/boards/regions?period=2026-11")
        said = two.locator("#corrections").inner_text()
        assert "申诉成立，评价作废" in said
        assert "评价数 6 → 5" in said
        assert faults(two, f"{address}/boards/regions?period=2026-11", "corrections") == []


def test_cases_are_chosen_and_assigned_by_keyboard_and_evidence_is_handed_in(
    browser: Browser, office: Office, address: str
) -> None:
    first, second = office.case(), office.case()
    account_id = office.account((Role.HANDLER, {"organization_id": UNIT}), name="孙承办")
    with signed_in(browser, address, office.supervisor()) as page:
        assert faults(page, f"{address}/console/cases", "queue-assign") == []
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{address}/console/cases")
        page.wait_for_load_state("load")
        page.keyboard.press("j")
        page.locator("#queue .at").wait_for()
        page.keyboard.press("x")
        assert page.locator("#queue :checked").count() == 1
        page.locator("#queue [type=checkbox]").nth(1).check()
        with page.expect_navigation():
            page.locator("#assign button").click()
        assert page.get_by_role("status").locator(".tag.good").count() == 2
        look(page, "follow-assigned")
    assert {office.now(one).assignee_id for one in (first, second)} == {account_id}
    with signed_in(browser, address, office.browser(account_id)) as page:
        page.goto(f"{address}/console/cases/{first.public_id}")
        page.get_by_text("提交材料").click()
        file: FilePayload = {"name": "窗口.png", "mimeType": "image/png", "buffer": png()}
        page.set_input_files("#evidence-file", files=[file])
        with page.expect_navigation():
            page.locator("#evidence form button").click()
        assert page.get_by_role("link", name="窗口.png").count() == 1
        assert faults(page, page.url, "evidence") == []


@pytest.mark.parametrize("profile", ["in_person"], indirect=True)
def test_new_pages_are_accessible_at_every_size(
    browser: Browser, office: Office, address: str
) -> None:
    case = office.answered()
    office.act(office.supervisor(), case, "confirm")
    office.work()
    office.act(office.handler(), (other := office.case()), "ask_extension", count="2", note="等待")
    found: list[str] = []
    with signed_in(browser, address, office.supervisor()) as page:
        for path, name in (
            (f"/console/cases/{case.public_id}", "visit-case"),
            (f"/console/cases/{case.public_id}/visit-sheet", "visit-sheet"),
            ("/console/visits/figures", "visit-figures"),
            (f"/console/cases/{other.public_id}", "extension"),
        ):
            found += faults(page, address + path, name)
    with signed_in(browser, address, office.handler()) as page:
        found += faults(page, f"{address}/console/tasks", "tasks")
    assert found == []


@pytest.mark.parametrize("profile", ["wechat"], indirect=True)
def test_the_raters_answer_page_is_accessible(
    browser: Browser, office: Office, address: str
) -> None:
    case = office.answered()
    office.act(office.supervisor(), case, "confirm")
    office.work()
    with office.deployment.store.read() as conn:
        (visit,) = visits.visits_of(conn, office.now(case))
    with page_of(browser, 390, 844) as page:
        assert faults(page, f"{address}/visit/{visit.code}", "visit-answer") == []
        page.get_by_text("满意", exact=True).click()
        page.get_by_role("button", name="提交").click()
        assert page.get_by_role("status").inner_text() == "谢谢，已记下您满意。"


def faults(page: Page, address: str, name: str) -> list[str]:
    """What a page has that it should not, at three widths."""
    page.goto(address)
    look(page, f"follow-{name}")
    found = []
    for width, height in SIZES[:3]:
        page.set_viewport_size({"width": width, "height": height})
        wide = ["must be scrolled sideways"] if overflows(page) else []
        found += [f"{name} {width}: {one}" for one in (*audit(page), *wide)]
    return found
