"""Published comments: narrowing, replies, what was taken down; the feed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from haochaping.disclosure import reviews as published
from haochaping.web.public import reviews
from tests.web.conftest import Site, text

ATOM = "{http://www.w3.org/2005/Atom}"


def get(client: FlaskClient, address: str = "/reviews") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text(answer)


def cards(page: str) -> list[str]:
    return re.findall(r"<article.*?</article>", page, re.S)


def card(page: str, words: str) -> str:
    return next(one for one in cards(page) if words in one)


def test_comments_stand_with_grade_item_unit_day_and_reply(client: FlaskClient) -> None:
    found = card(get(client), "材料清单写的是复印件")
    for words in ("非常不满意", "个体工商户设立登记", "市场监督管理局", "西湖区政务服务中心"):
        assert words in found
    assert '<time datetime="2026-11-15">2026年11月15日</time>' in found
    assert "窗口已更正材料清单并致歉" in found
    assert "已办结" in found


def test_a_case_is_told_in_words_and_leads_to_its_page(client: FlaskClient) -> None:
    found = card(get(client), "网上说可以代办")
    assert "正在整改" in found
    assert "还没有公开的答复。" in found
    assert 'href="/cases/C9VH2JKE6A"' in found


def test_a_good_one_waits_for_no_reply(client: FlaskClient) -> None:
    assert "答复" not in card(get(client), "一次就讲清楚了")


def test_what_was_taken_down_keeps_its_place_and_says_why(client: FlaskClient) -> None:
    page = get(client)
    assert "此条已撤下：评价人已撤回" in page
    assert "这条后来撤回了" not in page


def test_what_is_not_published_yet_is_not_there(client: FlaskClient) -> None:
    assert "还在审核" not in get(client)


def test_bad_ones_alone_can_be_asked_for(client: FlaskClient) -> None:
    page = get(client, "/reviews?bad=1")
    assert "一次就讲清楚了" not in page
    assert len(cards(page)) == 6


@pytest.mark.parametrize(
    ("query", "count"),
    [("hall=H12", 3), ("item=I-21", 2), ("organization=O1", 2), ("region=330108", 0)],
)
def test_comments_can_be_narrowed(client: FlaskClient, query: str, count: int) -> None:
    assert len(cards(get(client, f"/reviews?{query}"))) == count


def test_comments_can_be_narrowed_by_what_was_done(client: FlaskClient) -> None:
    answered = cards(get(client, "/reviews?progress=answered"))
    assert len(answered) == 2
    assert all("官方答复" in one for one in answered)
    open_ones = cards(get(client, "/reviews?progress=open"))
    assert len(open_ones) == 3
    assert not set(open_ones) & set(answered)
    assert len(cards(get(client, "/reviews?progress=open&hall=H12&bad=1&grade=2"))) == 1
    found = cards(get(client, "/reviews?progress=answered&q=材料清单&item=I-21&grade=1"))
    assert len(found) == 1
    assert cards(get(client, "/reviews?progress=nonsense")) == cards(get(client))


def test_conditions_are_shown_and_each_can_be_taken_away(client: FlaskClient) -> None:
    page = get(client, "/reviews?hall=H12&bad=1")
    chips = page.partition('class="chips"')[2].partition("</ul>")[0]
    assert re.findall(r'href="([^"]+)"', chips) == ["/reviews?bad=1", "/reviews?hall=H12"]


def test_a_name_in_a_comment_narrows_further_and_keeps_the_rest(client: FlaskClient) -> None:
    found = card(get(client, "/reviews?bad=1"), "材料清单写的是复印件")
    assert 'href="/reviews?bad=1&amp;item=I-21"' in found


@pytest.mark.parametrize("query", ["hall=H99", "item=I-99", "organization=O99", "item=I-26"])
def test_an_unknown_unit_is_told_in_words(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/reviews?{query}")
    assert answer.status_code == 404
    assert "没有代码为" in text(answer)


def test_a_sensitive_item_is_named_in_general_and_leads_nowhere(client: FlaskClient) -> None:
    found = card(get(client), "叫号屏再大一点")
    assert "<h2>治安管理事项</h2>" in found
    assert "戒毒" not in found


def test_further_comments_are_a_page_away(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published.recent, "__defaults__", (published.NO_FILTER, "", 3))
    first = get(client, "/reviews?bad=1")
    more = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert more
    second = get(client, more[1].replace("&amp;", "&"))
    assert not set(cards(first)) & set(cards(second))
    assert 'href="/reviews?bad=1"' in second


def test_an_unreadable_mark_starts_at_the_newest(client: FlaskClient) -> None:
    assert cards(get(client, "/reviews?after=nonsense")) == cards(get(client))


def test_without_comments_it_says_how_they_come(site: Site) -> None:
    page = get(site.client())
    assert "还没有公开的评价" in page
    assert "经审核、满一批后公布" in page


def test_halls_are_offered_while_they_fit_a_list(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '<option value="H12">' in get(client)
    monkeypatch.setattr(reviews, "HALLS", 2)
    assert '<option value="H12">' not in get(client)
    assert '<option value="H12" selected>' in get(client, "/reviews?hall=H12")


def test_the_feed_holds_the_comments_with_the_date_only(client: FlaskClient) -> None:
    answer = client.get("/reviews.atom?bad=1")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 6
    assert {one.findtext(f"{ATOM}updated") for one in entries} == {"2026-11-14T16:00:00Z"}
    assert "官方答复：" in (entries[0].findtext(f"{ATOM}content") or "")
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == 6


def test_the_feed_of_an_empty_site_is_a_feed(site: Site) -> None:
    feed = ElementTree.fromstring(site.client().get("/reviews.atom").data)
    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}updated")


def test_comments_are_found_by_their_words_and_grade(client: FlaskClient) -> None:
    page = get(client, "/reviews?q=排队")
    assert len(cards(page)) == 1
    assert "排队的时候没有座位" in page
    assert 'name="q" value="排队"' in page
    assert "”<span" in page  # what is looked for can be taken away again
    assert len(cards(get(client, "/reviews?grade=5"))) == 1
    assert "还没有公开的评价" in get(client, "/reviews?q=排队&grade=5")
    assert "撤回" not in "".join(cards(get(client, "/reviews?q=撤回")))
