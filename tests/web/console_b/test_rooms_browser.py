"""The workrooms in a real Chromium: accessible at every size, by keyboard, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from haochaping.channels.calls import Calls, Heard
from haochaping.evaluation import targets
from haochaping.journal import sealing
from haochaping.web import guard
from tests.browser import audit, look, overflows, page_of, press, small_targets, write
from tests.serving import serving
from tests.web.console import conftest as people
from tests.web.console_b.conftest import REGION, STAFF, Desk, Role
from tests.web.console_b.test_opinions import give
from tests.web.console_b.test_publishing import comment
from tests.web.console_b.test_system import parked_job
from tests.worktime.test_notices import notice

pytestmark = pytest.mark.browser


@dataclass
class Rooms:
    """A listening console with something to see in every room."""

    desk: Desk
    address: str
    review: int
    held: str

    @contextmanager
    def page(
        self, browser: Browser, who: people.Browser, *size: int, **options: object
    ) -> Iterator[Page]:
        """Open a page, signed in as somebody."""
        with page_of(browser, *(size or (1280, 800)), **options) as page:
            cookie = who.client.get_cookie(guard.SESSION_COOKIE)
            assert cookie is not None
            page.context.add_cookies(
                [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": self.address}]
            )
            yield page


@pytest.fixture
def rooms(desk: Desk) -> Iterator[Rooms]:
    review = comment(desk)
    held = desk.hold(desk.rate(1, "慢"))
    for _ in range(3):
        desk.rate(5)
    desk.place_staff()
    parked_job(desk)
    deployment = desk.deployment
    sealing.seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key)
    with serving(desk.site.app) as address:
        yield Rooms(desk, address, review, held)


def test_the_rooms_are_accessible_at_every_size(browser: Browser, rooms: Rooms) -> None:
    desk, found = rooms.desk, []
    key = desk.site.serve()
    other = desk.office.account((Role.HANDLER, {"organization_id": 1}), login="zhang.san")
    visits = [
        (desk.person(Role.HOTLINE_OPERATOR), "/console/hotline", "hotline"),
        (desk.person(Role.HOTLINE_OPERATOR), f"/console/hotline/{REGION}-202611-{key.id}", "call"),
        (desk.person(Role.PAPER_CLERK), "/console/paper", "paper"),
        (desk.person(Role.STAFF_MEMBER, staff_id=STAFF), "/console/window", "window"),
        (desk.person(Role.PUBLISHER), "/console/publishing", "publishing"),
        (desk.person(Role.PUBLISHER), f"/console/publishing/{rooms.review}", "review"),
        (desk.person(Role.SUPERVISOR, region=REGION), "/console/held", "held"),
        (desk.person(Role.SUPERVISOR, region=REGION), f"/console/held/{rooms.held}", "held-one"),
        (desk.person(Role.SUPERVISOR, region=REGION), "/console/boards/windows", "board"),
        (desk.person(Role.ADMINISTRATOR), "/console/catalogue", "catalogue"),
        (desk.person(Role.ADMINISTRATOR), "/console/catalogue/halls", "catalogue-halls"),
        (desk.person(Role.ADMINISTRATOR), "/console/import/halls", "import"),
        (desk.person(Role.ADMINISTRATOR), "/console/calendars", "calendars"),
        (desk.person(Role.ADMINISTRATOR), "/console/messages", "messages"),
        (desk.person(Role.SECURITY_OFFICER), "/console/accounts", "accounts"),
        (desk.person(Role.SECURITY_OFFICER), f"/console/accounts/{other}", "account-page"),
        (desk.person(Role.ADMINISTRATOR), "/console/devices", "devices"),
        (desk.person(Role.SECURITY_OFFICER), "/console/keys", "keys"),
        (desk.person(Role.AUDITOR), "/console/audit", "audit"),
        (desk.person(Role.AUDITOR), "/console/audit/events", "audit-events"),
        (desk.person(Role.AUDITOR), "/console/audit/seal", "audit-seal"),
        (desk.person(Role.ADMINISTRATOR), "/console/system", "system"),
    ]
    for who, path, name in visits:
        with rooms.page(browser, who) as page:
            for width, height in ((1280, 800), (390, 844)):
                page.set_viewport_size({"width": width, "height": height})
                page.goto(rooms.address + path)
                found += [f"{name} {width}: {one}" for one in audit(page)]
                found += [f"{name} {width}: {one}" for one in small_targets(page)]
                found += [f"{name} {width}: scrolls"] if overflows(page) else []
                look(page, f"console-{name}-{width}")
            page.goto(f"{rooms.address}{path}?mode=elder")
            found += [f"{name} elder: {one}" for one in audit(page)]
            found += [f"{name} elder: scrolls"] if overflows(page) else []
    assert found == []


def test_a_good_rating_takes_few_keys(browser: Browser, rooms: Rooms) -> None:
    desk = rooms.desk
    short = desk.site.short_code(desk.site.serve())
    before = len(desk.site.ratings())
    with rooms.page(browser, desk.person(Role.HOTLINE_OPERATOR)) as page:
        page.goto(f"{rooms.address}/console/hotline")
        expect(page.locator("#wanted")).to_be_focused()
        write(page, short)
        press(page, "Enter")
        expect(page.locator(".grades")).to_be_visible()
        press(page, "5")
        expect(page.locator(".said-back")).to_be_visible()
        look(page, "console-call-read-back-1280")
        assert audit(page) == []
        press(page, "Enter")
        expect(page.locator(".code")).to_be_visible()
        look(page, "console-call-saved-1280")
        press(page, "Enter")
        expect(page.locator("#wanted")).to_be_focused()
    assert [one.grade for one in desk.site.ratings()[before:]] == [5]


def test_a_bad_rating_by_keys_alone(browser: Browser, rooms: Rooms) -> None:
    desk = rooms.desk
    short = desk.site.short_code(desk.site.serve())
    before = len(desk.site.ratings())
    with rooms.page(browser, desk.person(Role.HOTLINE_OPERATOR)) as page:
        page.goto(f"{rooms.address}/console/hotline")
        write(page, short)
        press(page, "Enter")
        expect(page.locator(".grades")).to_be_visible()
        press(page, "2")
        expect(page.locator(".reasons")).to_be_visible()
        press(page, "1")
        look(page, "console-call-reasons-1280")
        assert audit(page) == []
        press(page, "Enter")
        expect(page.locator(".said-back")).to_be_visible()
        press(page, "Enter")
        expect(page.locator(".code")).to_be_visible()
    [rating] = desk.site.ratings()[before:]
    assert (rating.grade, len(rating.options)) == (2, 1)


def test_a_call_from_the_platform_takes_two_keys(browser: Browser, rooms: Rooms) -> None:
    """The call platform opens the service with its recording: far below the eight keys allowed."""
    desk = rooms.desk
    key = desk.site.serve()
    with desk.deployment.store.read() as conn:
        target = targets.find(conn, key)
    assert target is not None
    heard = Heard("1", "call-77", 0, recording="R-20261116-77")
    Calls(desk.deployment.intake).hear(heard, target, desk.deployment.clock.now())
    before = len(desk.site.ratings())
    with rooms.page(browser, desk.person(Role.HOTLINE_OPERATOR)) as page:
        page.context.add_init_script(_COUNT)
        page.goto(f"{rooms.address}/console/hotline/calls/call-77")
        expect(page.locator("#recording")).to_have_value("R-20261116-77")
        assert audit(page) == []
        look(page, "console-call-popped-1280")
        press(page, "5")
        expect(page.locator(".said-back")).to_be_visible()
        press(page, "Enter")
        expect(page.locator(".code")).to_be_visible()
        keys = int(page.evaluate("sessionStorage.getItem('keys')"))
    assert [one.grade for one in desk.site.ratings()[before:]] == [5]
    assert keys == 2


_COUNT = """addEventListener('keydown', () =>
  sessionStorage.setItem('keys', 1 + Number(sessionStorage.getItem('keys') || 0)), true)"""


def test_forms_are_keyed_by_two_and_settled_by_a_third(browser: Browser, rooms: Rooms) -> None:
    desk = rooms.desk
    short = desk.site.short_code(desk.site.serve())
    before = len(desk.site.ratings())
    first, second, third = (desk.person(Role.PAPER_CLERK) for _ in range(3))
    with rooms.page(browser, first) as page:
        page.goto(f"{rooms.address}/console/paper")
        write(page, "1")
        press(page, "Enter")
        page.locator("#a1-ref").focus()
        write(page, short)
        press(page, "Enter")
        write(page, "5")
        look(page, "console-paper-first-1280")
        assert audit(page) == []
        page.locator("[data-after-grid]").click()
        expect(page.locator(".note.good")).to_be_visible()
        look(page, "console-paper-wait-1280")
        assert audit(page) == []
        here = page.url
    with rooms.page(browser, second) as page:
        page.goto(here)
        page.locator("#b1-ref").fill(short)
        page.locator("#b1-grade").fill("3")
        look(page, "console-paper-second-1280")
        page.locator("[data-after-grid]").click()
        expect(page.locator("#faults")).to_be_visible()
    with rooms.page(browser, third) as page:
        page.goto(here)
        look(page, "console-paper-differs-1280")
        assert audit(page) == []
        page.set_viewport_size({"width": 320, "height": 700})
        assert not overflows(page)
        page.locator("#c1-grade").fill("5")
        page.locator("[data-after-grid]").click()
        expect(page.locator("#totals")).to_be_visible()
        look(page, "console-paper-done-320")
        assert audit(page) == []
    assert [one.grade for one in desk.site.ratings()[before:]] == [5]


def test_opinions_and_inspections_are_accessible(browser: Browser, rooms: Rooms) -> None:
    desk, found = rooms.desk, []
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    supervisor.page("/console/inspections")
    given = {"name": "电话调查", "kind": "survey", "region": REGION, "wanted": "2", "seed": "S-1"}
    given |= {"first_day": "2026-11-01", "last_day": "2026-11-30"}
    campaign = supervisor.send("/console/inspections", **given).headers["Location"]
    give(desk, grade="2", text="叫号屏看不清")
    operator = desk.person(Role.HOTLINE_OPERATOR)
    visits = [
        (supervisor, "/console/inspections", "inspections"),
        (supervisor, campaign, "inspection"),
        (supervisor, "/console/opinions", "opinions"),
        (operator, "/console/opinions/enter", "opinion-enter"),
        (operator, "/opinions?q=政务", "opinion-units"),
        (operator, "/opinions/hall/H1", "opinion"),
    ]
    for who, path, name in visits:
        with rooms.page(browser, who) as page:
            for width, height in ((1280, 800), (390, 844), (320, 700)):
                page.set_viewport_size({"width": width, "height": height})
                page.goto(rooms.address + path)
                found += [f"{name} {width}: {one}" for one in audit(page)]
                found += [f"{name} {width}: {one}" for one in small_targets(page)]
                found += [f"{name} {width}: scrolls"] if overflows(page) else []
                look(page, f"console-{name}-{width}")
            page.goto(f"{rooms.address}{path}{'&' if '?' in path else '?'}mode=elder")
            found += [f"{name} elder: {one}" for one in audit(page)]
            found += [f"{name} elder: scrolls"] if overflows(page) else []
    assert found == []


def test_an_opinion_is_given_by_keys_alone(browser: Browser, rooms: Rooms) -> None:
    with rooms.page(browser, rooms.desk.person(Role.HANDLER)) as page:
        page.goto(f"{rooms.address}/opinions/hall/H1")
        page.locator("input[name=grade]").first.focus()
        press(page, "Space")
        press(page, "Tab")
        write(page, "志愿者很热心")
        press(page, "Tab")
        press(page, "Enter")
        expect(page.locator(".note.good")).to_be_visible()
        look(page, "citizen-opinion-done-1280")
        assert audit(page) == []


def test_the_window_shows_its_code(browser: Browser, rooms: Rooms) -> None:
    member = rooms.desk.person(Role.STAFF_MEMBER, staff_id=STAFF)
    with rooms.page(browser, member) as page:
        page.goto(f"{rooms.address}/console/window")
        press(page, "1")
        expect(page.locator(".window-code")).to_be_visible()
        look(page, "console-window-code-1280")
        assert audit(page) == []
        page.goto(rooms.address + str(page.locator("a.main").get_attribute("href")))
        look(page, "console-receipt")


def test_the_years_notice_is_pasted_and_checked(browser: Browser, rooms: Rooms) -> None:
    official = rooms.desk.person(Role.ADMINISTRATOR)
    with rooms.page(browser, official) as page:
        page.goto(f"{rooms.address}/console/calendars")
        page.get_by_label("放假通知全文").fill(notice(2024))
        page.get_by_role("button", name="读出日子，核对").click()
        expect(page.get_by_role("heading", name="请核对：2024 年")).to_be_visible()
        expect(page.get_by_role("row", name="劳动节")).to_contain_text("2024年5月11日（周六）")
        look(page, "console-calendar-preview-1280")
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert audit(page) == []
            assert not overflows(page)
        look(page, "console-calendar-preview-320")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{rooms.address}/console/devices")
        page.get_by_text("换密钥或收回").first.click()
        expect(page.get_by_role("button", name="收回")).to_be_visible()
        assert audit(page) == []
        look(page, "console-devices-open-1280")


def test_the_rooms_work_without_a_script(browser: Browser, rooms: Rooms) -> None:
    desk = rooms.desk
    key = desk.site.serve()
    before = len(desk.site.ratings())
    operator = desk.person(Role.HOTLINE_OPERATOR)
    with rooms.page(browser, operator, java_script_enabled=False) as page:
        page.goto(f"{rooms.address}/console/hotline/{REGION}-202611-{key.id}")
        page.locator("button.grade").first.click()
        page.locator("main button.main").click()
        expect(page.locator(".code")).to_be_visible()
    assert len(desk.site.ratings()) == before + 1
