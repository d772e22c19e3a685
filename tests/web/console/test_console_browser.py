"""The console in a real Chromium: accessible, by keyboard, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import SIZES, audit, look, overflows, page_of, press, small_targets, write
from tests.serving import serving
from tests.web.console import conftest as people
from tests.web.console.conftest import PASSWORD, UNIT, Office

from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.hooks.rectification import CaseState
from haochaping.rectification.records import Case
from haochaping.web import guard

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """A listening console with a late case, a fresh one, an appeal and a reply."""

    office: Office
    address: str
    late: Case
    fresh: Case
    appealed: Case
    answered: Case

    @contextmanager
    def page(
        self, browser: Browser, who: people.Browser | None = None, *size: int, **options: object
    ) -> Iterator[Page]:
        """Open a page, signed in as somebody."""
        with page_of(browser, *(size or (1280, 800)), **options) as page:
            if who is not None:
                cookie = who.client.get_cookie(guard.SESSION_COOKIE)
                assert cookie is not None
                page.context.add_cookies(
                    [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": self.address}]
                )
            yield page


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    late = office.case(text="说好三天办完，跑了两趟还没有办成。", options=("109",))
    office.pass_days(8)
    fresh, appealed = office.case(text="排队两个小时"), office.case()
    office.act(office.handler(), appealed, "appeal", kind="mistaken", text="评价的是隔壁窗口")
    answered = office.answered()
    with serving(office.site.app) as address:
        yield Desk(office, address, late, fresh, appealed, answered)


def test_the_pages_are_accessible_at_every_size(browser: Browser, desk: Desk) -> None:
    office, found = desk.office, []
    visits = [
        (None, "/console/sign-in", "sign-in"),
        (office.handler(), "/console/cases", "queue"),
        (office.handler(), f"/console/cases/{desk.late.public_id}", "case"),
        (office.handler(), "/console/inbox", "inbox"),
        (office.handler(), "/console/account", "account"),
        (office.supervisor(), "/console", "start"),
        (office.supervisor(), "/console/cases?band=overdue", "late"),
        (office.supervisor(), f"/console/cases/{desk.answered.public_id}", "confirm"),
        (office.supervisor(), "/console/figures/bad_rate", "figure"),
        (office.reviewer(), f"/console/cases/{desk.appealed.public_id}", "appeal"),
        (steps(office, Stage.NEW_PASSWORD), "/console/sign-in/step", "password"),
        (steps(office, Stage.ENROL), "/console/sign-in/step", "enrol"),
    ]
    for who, path, name in visits:
        with desk.page(browser, who) as page:
            page.goto(desk.address + path)
            look(page, f"console-{name}")
            for width, height in SIZES[:3]:
                page.set_viewport_size({"width": width, "height": height})
                found += [f"{name} {width}: {fault}" for fault in faults(page)]
    assert found == []


def test_large_print_and_darkness_keep_to_the_contrast(browser: Browser, desk: Desk) -> None:
    with desk.page(browser, desk.office.handler(), 390, 844, color_scheme="dark") as page:
        for path in ("/console/cases", f"/console/cases/{desk.late.public_id}"):
            page.goto(f"{desk.address}{path}?mode=elder")
            assert faults(page) == []


def test_a_handler_signs_in_and_answers_by_keyboard(browser: Browser, desk: Desk) -> None:
    desk.office.account((Role.HANDLER, {"organization_id": UNIT}), login="wang")
    with desk.page(browser) as page:
        page.goto(f"{desk.address}/console")
        press(page, "Tab")
        page.get_by_label("登录名").fill("wang")
        page.get_by_label("密码").fill(PASSWORD)
        press(page, "Enter")
        expect(page.get_by_role("heading", name="差评工单")).to_be_visible()
        press(page, "j", "j", "k", "Enter")
        expect(page.get_by_role("heading", name="评价人说")).to_be_visible()
        press(page, "r")
        expect(page.get_by_label("答复内容")).to_be_focused()
        write(page, "材料清单已经更正，您只需带身份证。")
        page.get_by_label("已整改").check()
        page.get_by_role("button", name="发送答复").click()
        expect(page.get_by_role("status")).to_have_text("答复已发给评价人。")
        look(page, "console-answered")
    assert desk.office.now(desk.late).state is CaseState.REPLIED


def test_everything_works_without_a_script(browser: Browser, desk: Desk) -> None:
    handler = desk.office.handler()
    with desk.page(browser, handler, 390, 844, java_script_enabled=False) as page:
        page.goto(f"{desk.address}/console/cases")
        page.get_by_role("link", name="社保登记").first.click()
        page.get_by_text("从常用答复开始写").click()
        page.get_by_role("link", name="材料要求不清，已更正").click()
        assert "材料清单已经更正" in page.get_by_label("答复内容").input_value()
        page.get_by_role("button", name="发送答复").click()
        expect(page.get_by_role("status")).to_have_text("答复已发给评价人。")


def test_a_standard_text_is_added_without_losing_what_was_typed(
    browser: Browser, desk: Desk
) -> None:
    with desk.page(browser, desk.office.handler()) as page:
        page.goto(f"{desk.address}/console/cases/{desk.late.public_id}")
        page.get_by_label("答复内容").fill("王先生：")
        page.get_by_text("从常用答复开始写").click()
        page.get_by_role("link", name="材料要求不清，已更正").click()
        text = page.get_by_label("答复内容").input_value()
        assert text.startswith("王先生：\n您好。")
        expect(page.get_by_label("已整改")).to_be_checked()


def test_a_refused_form_leads_to_its_field(browser: Browser, desk: Desk) -> None:
    with desk.page(browser, desk.office.handler()) as page:
        page.goto(f"{desk.address}/console/cases/{desk.late.public_id}")
        page.get_by_role("button", name="发送答复").click()
        summary = page.get_by_role("alert")
        expect(summary).to_be_visible()
        summary.get_by_role("link", name="请填写：答复内容").click()
        expect(page.get_by_label("答复内容")).to_be_focused()
        look(page, "console-refused")
        assert faults(page) == []


def test_a_session_about_to_end_asks_and_can_be_kept(browser: Browser, desk: Desk) -> None:
    with desk.page(browser, desk.office.handler()) as page:
        page.clock.install()
        page.goto(f"{desk.address}/console/cases")
        page.clock.run_for(28 * 60_000 + 5_000)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        look(page, "console-expiry", whole=False)
        page.get_by_role("button", name="继续工作").click()
        expect(dialog).to_be_hidden()


def steps(office: Office, stage: Stage) -> people.Browser:
    account_id = office.account((Role.ADMINISTRATOR, {}), must_change=stage is Stage.NEW_PASSWORD)
    return office.browser(account_id, stage)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    wide = ["the page must be scrolled sideways"] if overflows(page) else []
    return [*audit(page), *wide, *small_targets(page)]
