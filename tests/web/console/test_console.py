"""The console as a whole: every route has its policy, everybody sees their own entries."""

from __future__ import annotations

import re
from typing import NoReturn

import pytest
from tests.web.conftest import Site
from tests.web.console.conftest import Browser, Office, text_of

from haochaping.access.policies import POLICIES, Kind
from haochaping.access.roles import MACHINES, PERMISSIONS, ROLE_PERMISSIONS, Role
from haochaping.web.console import MODULES, navigation

PEOPLE = [role for role in Role if role not in MACHINES]


def entries(page: str) -> list[str]:
    menu = page.partition('<nav class="menu"')[2].partition("</nav>")[0]
    return re.findall(r'href="([^"]+)"', menu)


def test_no_console_page_is_open_to_everybody(site: Site) -> None:
    open_kinds = {Kind.PUBLIC, Kind.RATER_LINK}
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.rule.startswith("/console")]
    found = {rule.endpoint for rule in rules if POLICIES[rule.endpoint].kind in open_kinds}
    assert found == {"sign_in.form", "sign_in.post", "identity.leave", "identity.arrive"}


@pytest.mark.parametrize("role", PEOPLE)
def test_everybody_may_open_what_their_navigation_offers(office: Office, role: Role) -> None:
    place = {"staff_id": 4} if role is Role.STAFF_MEMBER else {}
    browser = office.someone(role, **place)
    answer = browser.get("/console")
    page = browser.page("/console/cases") if answer.status_code == 303 else text_page(browser)
    for path in entries(page):
        assert browser.get(path).status_code in (200, 303), path


@pytest.mark.parametrize("role", PEOPLE)
def test_nobody_may_open_what_their_role_does_not_allow(office: Office, role: Role) -> None:
    place = {"staff_id": 4} if role is Role.STAFF_MEMBER else {}
    browser = office.someone(role, **place)
    for entry in navigation.ENTRIES:
        if entry.needs and entry.needs not in ROLE_PERMISSIONS[role]:
            with office.site.app.test_request_context():
                path = office.site.app.url_for(entry.endpoint)
            assert browser.get(path).status_code == 403, path


def test_every_entry_needs_what_its_page_needs() -> None:
    for entry in navigation.ENTRIES:
        assert POLICIES[entry.endpoint].needs == entry.needs
        assert entry.needs in {"", *PERMISSIONS}


def test_every_module_of_the_room_has_its_pages(site: Site) -> None:
    assert {"sign_in", "queue", "cases"} <= set(MODULES)
    assert {"sign_in", "queue", "cases"} <= set(site.app.blueprints)


def test_the_present_page_is_marked(office: Office) -> None:
    page = office.supervisor().page("/console/figures/bad_rate")
    assert '<a href="/console/figures" aria-current="page">' in page


def test_a_long_menu_has_headings_and_a_short_one_none(office: Office) -> None:
    heads = re.compile(r'<p id="part-\d+">([^<]+)</p>')
    long, short = office.supervisor().page("/console"), office.someone(Role.PAPER_CLERK)
    assert heads.findall(long) == ["日常办理", "审核", "了解情况", "考核通报", "管理"]
    assert entries(long)[:2] == ["/console", "/console/inbox"]
    assert heads.findall(short.page("/console/paper")) == []
    assert len(entries(long)) == len(set(entries(long)))


def test_nobody_is_named_before_they_have_signed_in(office: Office) -> None:
    page = Browser(office.site.client()).page("/console/sign-in")
    assert entries(page) == []
    assert "退出" not in page


def test_the_page_in_large_print_and_in_english_stays_the_same_page(office: Office) -> None:
    supervisor = office.supervisor()
    page = supervisor.page("/console/figures?month=2026-10&mode=elder&lang=en")
    assert 'data-mode="elder"' in page
    assert 'lang="en"' in page
    assert "Mean days to reply" in text_of(supervisor.get("/console/figures"))


def test_an_error_in_the_console_keeps_the_frame_of_the_console(office: Office) -> None:
    browser = office.supervisor()
    offered = entries(browser.page("/console/figures"))
    for address in ("/console/nothing", "/console/cases/NOT-THERE"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert entries(answer.text) == offered
        assert '<a class="button" href="/console">回到工作台</a>' in answer.text
        assert "不在您的管理范围内" in text_of(answer)
    outside = browser.get("/nothing")
    assert entries(outside.text) == []
    assert "链接可能不完整" in text_of(outside)


def test_a_stranger_and_a_fault_get_no_menu(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = office.site.client().get("/console/nothing")
    assert nobody.status_code == 404
    assert entries(nobody.text) == []
    browser = office.supervisor()
    monkeypatch.setattr("haochaping.web.console.figure_rows.figures", _fail)
    office.site.app.testing = False
    monkeypatch.setitem(office.site.app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/console/figures")
    assert answer.status_code == 500
    assert entries(answer.text) == []
    assert 'href="/console"' in answer.text


def _fail(*_given: object) -> NoReturn:
    raise ValueError("broken for this test")


def text_page(browser: Browser) -> str:
    assert browser.last is not None
    return browser.last.get_data(as_text=True)
