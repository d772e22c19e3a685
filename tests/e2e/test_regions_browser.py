"""Two regions' own pages in a real Chromium: Inner Mongolia's registry, Chongqing's visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.clock import FakeClock
from haochaping.hooks.values import Identity
from haochaping.rectification import cases, contacts, replies, visit_results, visits
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.tables import rectification_case
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, Place
from haochaping.web import guard
from haochaping.web.app import create_app
from haochaping_inner_mongolia.registry import Proposal
from tests.browser import SIZES, audit, look, overflows, page_of
from tests.serving import serving

pytestmark = pytest.mark.browser
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")
EVIDENCE = "三次以差评要挟窗口人员，有录音为证。"
LISTING = """\
extends: inner_mongolia
plugins:
  inner_mongolia:
    registry: {enabled: true, legal_basis: "〔2022〕12号", max_term_days: 90}
"""
VISITING = 'extends: chongqing\njurisdiction: {code: "500155", name: 梁平区}\n'
HANDLER = Actor(71, permissions=frozenset({"case.handle", "case.contact"}))
SUPERVISOR = Actor(72, permissions=frozenset({"case.supervise"}))


class Banner(testing.Town):
    """A county with a registry."""

    place: ClassVar[Place] = Place("150102", "新城区", {UNIT: "区税务局", OTHER: "区监察局"})


class District(testing.Town):
    """A district whose raters are visited."""

    place: ClassVar[Place] = Place("500155", "梁平区", {UNIT: "区住建委", OTHER: "区监察委"})

    def case(self, public_id: str) -> Case:
        with self.deployment.store.read() as conn:
            return by_public_id(conn, public_id)

    def act(self, public_id: str, action: Any, actor: Actor = HANDLER, **more: Any) -> None:
        version = self.case(public_id).version
        told = {"note": "核实情况", "text": "已完成整改，谢谢您的意见。"}
        order = Order(public_id, version, actor, self.clock.now(), **told)
        with self.deployment.store.write() as conn:
            action(self.deployment.rectification, conn, order, **more)

    def closed(self, identity: Identity, complexity: str) -> str:
        """Have somebody rate badly, and the unit answer; return the case's public number."""
        self.rate(self.serve(RATER), 1, identity=identity)
        self.work(days=0.1)
        with self.deployment.store.read() as conn:
            newest = rectification_case.c.id.desc()
            statement = select(rectification_case.c.public_id).order_by(newest).limit(1)
            number: str = conn.execute(statement).scalar_one()
        self.act(number, cases.take_up)
        self.act(number, cases.triage, complexity=complexity)
        self.act(number, contacts.contact, by="phone", reached=True)
        self.act(number, cases.rectify)
        self.act(number, replies.reply)
        self.act(number, cases.confirm, SUPERVISOR)
        self.work()
        return number


@contextmanager
def listening(town: testing.Town) -> Iterator[str]:
    with serving(create_app(town.deployment)) as found:
        yield found
    town.deployment.close()


def enter(page: Page, town: testing.Town, address: str, account: int) -> None:
    """Sign somebody in."""
    cookie = town.client(account).get_cookie(guard.SESSION_COOKIE)
    assert cookie is not None
    page.context.add_cookies(
        [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
    )


def seen(page: Page, address: str, name: str, sizes: tuple[tuple[int, int], ...]) -> None:
    """Hold a page against the accessibility rules at several sizes, and look at it."""
    page.goto(address)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        assert audit(page) == [], name
        assert not overflows(page), name
    look(page, name)


def test_the_registry_of_inner_mongolia_is_walked(
    browser: Browser, sqlite_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    town = testing.settle(Banner, tmp_path / "home", sqlite_url, clock, LISTING)
    for _ in range(5):
        town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED)
    plugin = town.plugin_called("inner_mongolia")
    plugin.candidates.find()
    desk = town.account()
    proposal = Proposal("C1", 1, EVIDENCE, 30)
    number = plugin.registry.propose(proposal, town.account())
    plugin.registry.second(number, town.account(), "证据充分")
    plugin.registry.confirm(number, town.account(), "同意")
    receipt = town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED).code
    sizes = ((320, 640), SIZES[2])
    with listening(town) as address, page_of(browser, 320, 640) as page:
        enter(page, town, address, desk)
        root = f"{address}/console/x/inner_mongolia"
        for path in (
            "candidates", "registry", "registry/propose", f"registry/{number}/notice", "excluded",
            "effect",
        ):  # fmt: skip
            name = f"im-{path.replace('/', '-').replace(str(number), 'n')}"
            seen(page, f"{root}/{path}", name, sizes)
        page.goto(f"{root}/excluded")
        page.locator("th a").first.click()
        assert audit(page) == []
        page.goto(f"{address}/x/inner_mongolia/appeal")
        assert audit(page) == []
        page.locator("input[name=receipt]").fill(receipt)
        page.locator("main form button").first.click()
        page.locator("textarea[name=words]").fill("我反映的都是事实")
        look(page, "im-appeal")
        assert audit(page) == []
        assert not overflows(page)
        page.locator("main form button").last.click()
        assert "申诉已收到" in page.inner_text("main")
        assert audit(page) == []


def test_the_visits_of_chongqing_are_walked(
    browser: Browser, sqlite_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    town = testing.settle(District, tmp_path / "home", sqlite_url, clock, VISITING)
    in_person = town.closed(Identity.VERIFIED, "complex")
    by_link = town.closed(Identity.PRESUMED, "simple")
    with town.deployment.store.write() as conn:
        [one] = visits.visits_of(conn, town.case(in_person))
        visiting = replace(SUPERVISOR, permissions=frozenset({"case.supervise", "case.visit"}))
        now = clock.now()
        order = Order(in_person, town.case(in_person).version, visiting, now)
        meeting = visit_results.Meeting("社区服务站", now + timedelta(days=1))
        visit_results.arrange(town.deployment.rectification, conn, order, one.id, meeting)
        [link] = visits.visits_of(conn, town.case(by_link))
    sizes = ((320, 640), SIZES[2])
    with listening(town) as address, page_of(browser, 320, 640) as page:
        seen(page, f"{address}/visit/{link.code}", "cq-visit-link", sizes)
        page.locator("input[value=yes]").check()
        page.locator("main form button").click()
        assert "已记下您满意" in page.inner_text("main")
        assert audit(page) == []
        town.work(days=1.2)
        enter(page, town, address, town.account(Role.HOTLINE_OPERATOR))
        seen(page, f"{address}/console/visits", "cq-visits", sizes)
        seen(page, f"{address}/console/cases/{in_person}", "cq-case", sizes)
        seen(page, f"{address}/console/cases/{in_person}/visit-sheet", "cq-sheet", sizes)
        enter(page, town, address, town.account())
        seen(page, f"{address}/console/visits/figures?month=2026-11", "cq-figures", sizes)
