"""The privacy notice is one tap from every rating page, complete, and stored by its version."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files

import pytest

from haochaping.evaluation import notice
from tests.web.conftest import WINDOW, Site, text
from tests.web.test_mine import answer_case, post, rate

WORDING = {3: "64952476362d9f6e"}
"""Version of the notice's own words → digest of its template: new words need a new number."""


def test_every_page_on_the_way_leads_to_the_notice_in_one_tap(site: Site) -> None:
    client, code = site.client(), site.link(site.serve())
    pages = [client.get(f"/r/{code}"), client.post(f"/r/{code}", data={"grade": "1"})]
    receipt = rate(site, 2, options=["207"])
    answer_case(site)
    pages += [client.get(one) for one in ("/r", "/mine", "/find", f"/w/{WINDOW}")]
    pages += [post(site, receipt), client.get(post(site, receipt, action="again").location)]
    pages += [client.post("/find", data={"mobile": "13900001234"})]
    pages += [client.post(f"/r/{code}", data={"grade": "5"})]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert all('href="/privacy"' in text(page) for page in pages)


def test_the_notice_says_who_why_what_how_long_which_rights_and_where_to_ask(site: Site) -> None:
    page, rules = text(site.client().get("/privacy")), site.deployment.profile.rules.privacy
    for heading in ("谁处理您的信息", "为什么", "谁能看到", "保存多久", "您的权利", "联系我们"):
        assert heading in page
    assert rules.controller.zh in page
    assert rules.contact.zh in page
    assert all(f"{days} 天" in page for days in rules.keep_days.values())


def test_the_notice_is_there_in_english(site: Site) -> None:
    page = text(site.client().get("/privacy?lang=en")).partition("<main")[2].partition("</main")[0]
    assert "How long it is kept" in page
    assert not re.search(r"[\u4e00-\u9fff]", page)


def test_a_rating_keeps_the_version_of_the_notice_that_was_shown(site: Site) -> None:
    shown = notice.version(site.deployment.profile.rules.privacy)
    assert shown in text(site.client().get("/privacy"))
    receipt = rate(site)
    post(site, receipt, action="amend", grade="4", confirm="1")
    assert [row.notice for row in site.ratings()] == [shown, shown]


def test_new_words_of_the_notice_get_a_new_version() -> None:
    template = files("haochaping.web") / "templates" / "citizen" / "privacy.html"
    digest = sha256(template.read_bytes()).hexdigest()[:16]
    assert WORDING[notice.TEXT_VERSION] == digest


@pytest.mark.parametrize("change", ["controller", "contact", "keep_days"])
def test_another_part_of_the_profile_is_another_version(site: Site, change: str) -> None:
    from dataclasses import replace

    from haochaping.hooks.values import Words

    rules = site.deployment.profile.rules.privacy
    other = {**rules.keep_days, "words": 7} if change == "keep_days" else Words("别处")
    assert notice.version(replace(rules, **{change: other})) != notice.version(rules)
