"""An agent finds services by telephone and rates them in one sitting, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from haochaping.access import one_time
from tests.browser import audit, look, overflows, page_of
from tests.web.live import listening
from tests.web.test_finding import MOBILE, person, served

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_a_sitting_without_javascript(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, mode: str
) -> None:
    with listening(tmp_path_factory.mktemp("find") / "home") as live:
        who = person(live.site)
        for _ in range(2):
            served(live.site, who, "agent_person_id")
        with page_of(browser, 390, 844, java_script_enabled=False) as page:
            page.goto(f"{live.address}/find?mode={mode}")
            page.get_by_label("手机号").fill(MOBILE)
            page.get_by_role("button", name="获取验证码").click()
            proof = page.locator("input[name=proof]").get_attribute("value")
            code = one_time.code(live.site.deployment.keyring, int(proof or ""))
            page.get_by_label("6 位验证码").fill(code)
            page.get_by_role("button", name="下一步").click()
            expect(page.get_by_text("还有 2 件没有评价")).to_be_visible()
            look(page, f"citizen-find-{mode}")
            page.get_by_role("button", name="非常满意").first.click()
            page.get_by_role("button", name="继续评价其他办件").click()
            page.get_by_role("button", name="不满意", exact=True).first.click()
            page.get_by_label("没有提供材料清单").check()
            page.get_by_role("button", name="提交评价").click()
            page.get_by_role("button", name="继续评价其他办件").click()
            expect(page.get_by_text("都评价过了")).to_be_visible()
            assert not overflows(page)
        ratings = live.site.ratings()
        assert sorted(row.grade for row in ratings) == [2, 5]
        assert {(row.rater_role, row.person_id) for row in ratings} == {("agent", who)}


def test_the_supervisors_page_of_a_report_is_accessible(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from haochaping.access import accounts, grants, sessions
    from haochaping.access.roles import Role
    from haochaping.access.sessions import Stage
    from haochaping.web import guard
    from tests.web.test_mine import post, rate

    with listening(tmp_path_factory.mktemp("pressure") / "home") as live:
        post(live.site, rate(live.site), action="pressed")
        deployment, at = live.site.deployment, live.site.clock.now()
        with deployment.store.write() as conn:
            emit = deployment.journal.emit
            new = accounts.NewAccount("li", "李监督", "x")
            who = accounts.create(conn, emit, new, at)
            conn.execute(update(accounts.account).values(must_change=False))
            grants.give(conn, emit, grants.NewGrant(who, Role.SUPERVISOR), at)
            token = sessions.open_session(conn, deployment.keyring, who, Stage.FULL, at).token
        with page_of(browser, 390, 844) as page:
            page.context.add_cookies(
                [{"name": guard.SESSION_COOKIE, "value": token, "url": live.address}]
            )
            page.goto(f"{live.address}/console/pressure")
            assert audit(page) == []
            look(page, "console-pressure")
            page.locator("#queue a").first.click()
            for size in ((390, 844), (1280, 800)):
                page.set_viewport_size({"width": size[0], "height": size[1]})
                assert audit(page) == []
                assert not overflows(page)
            look(page, "console-pressure-report")
