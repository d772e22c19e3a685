"""One comment under its permalink; useful votes: one a visitor, few a network, taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from haochaping.deployment import Deployment
from haochaping.disclosure import reviews as published
from haochaping.disclosure import votes
from haochaping.disclosure.tables import review_vote
from haochaping.web import visitors
from haochaping.web.app import create_app
from tests.web.conftest import text
from tests.web.public.test_reviews import ATOM, cards, get

FIRST, GOOD, GONE = "/reviews/1-1", "/reviews/1-6", "/reviews/1-8"


def visitor(province: Deployment, network: str = "10.0.0.1") -> FlaskClient:
    app = create_app(province)
    app.testing = True
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = network
    return client


def vote(client: FlaskClient, address: str, **more: str) -> tuple[int, str]:
    """Open the form of a vote and send it; the answer's status and page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', text(client.get(f"{address}/useful")))
    assert found
    sent = {"csrf_token": found[1], **more}
    answer = client.post(f"{address}/useful", data=sent, follow_redirects=True)
    return answer.status_code, text(answer)


def test_a_comment_has_a_page_of_its_own_that_caches_keep(client: FlaskClient) -> None:
    answer = client.get(FIRST)
    page = text(answer)
    assert "材料清单写的是复印件" in page
    assert "窗口已更正材料清单并致歉" in page
    assert 'href="/reviews?tag=108"' in page
    assert f'href="{FIRST}/useful"' in page
    assert "Set-Cookie" not in answer.headers
    again = client.get(FIRST, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert all(f'href="/reviews/1-{n}"' in get(client) for n in range(1, 9))


@pytest.mark.parametrize("mark", ["1-70", "1-99", "2-1", "nothing", "9" * 40, "1-1-1"])
def test_what_was_never_published_has_no_page(client: FlaskClient, mark: str) -> None:
    for address in (f"/reviews/{mark}", f"/reviews/{mark}/useful"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "没有找到这条评价" in text(answer)


def test_the_page_of_a_comment_taken_down_says_why_and_no_more(client: FlaskClient) -> None:
    for address in (GONE, f"{GONE}/useful"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert "评价人已撤回" in text(answer)
        assert "这条后来撤回了" not in text(answer)
        assert "108" not in text(answer)


def test_comments_can_be_narrowed_to_what_their_raters_chose(client: FlaskClient) -> None:
    page = get(client, "/reviews?tag=108")
    assert [words in page for words in ("材料清单写的是复印件", "一直在聊天")] == [True, True]
    assert len(cards(page)) == 2, "neither the one that was withdrawn nor the one that waits"
    assert len(cards(get(client, "/reviews?tag=108&q=聊天&hall=H12"))) == 1
    assert len(cards(get(client, "/reviews?tag=108&grade=2"))) == 0
    assert cards(get(client, "/reviews?tag=nonsense")) == cards(get(client))
    assert '<option value="108" selected>' in page
    assert len(ElementTree.fromstring(client.get("/reviews.atom?tag=108").data)) > 0


def test_votes_put_comments_in_order(province: Deployment) -> None:
    for n, address in enumerate((GOOD, GOOD, "/reviews/1-3")):
        assert vote(visitor(province, f"10.0.1.{n}"), address)[0] == 200
    client = visitor(province)
    shown = cards(get(client, "/reviews?order=useful"))
    assert "一次就讲清楚了" in shown[0]
    assert "有用 2<" in shown[0]
    assert "网上说可以代办" in shown[1]
    assert len(shown) == 7, "what was taken down has no place by votes"
    found = cards(get(client, "/reviews?order=useful&q=排"))
    assert len(found) == 2
    assert "只排列最近找到的" in get(client, "/reviews?order=useful&q=排")


def test_pages_by_votes_go_on_where_the_last_one_ended(
    province: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seen = visitor(province), []
    monkeypatch.setattr(published.recent, "__defaults__", (published.NO_FILTER, "", 2))
    page = get(client, "/reviews?order=useful")
    while True:
        seen += re.findall(r'id="(r1-\d)"', page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        if more is None:
            break
        page = get(client, more[1].replace("&amp;", "&"))
    assert sorted(seen) == [f"r1-{n}" for n in range(1, 8)]


def test_a_visitor_votes_once_and_may_take_it_back(province: Deployment) -> None:
    client = visitor(province, "10.0.2.1")
    for _ in range(5):
        assert vote(client, FIRST)[0] == 200
    status, page = vote(client, FIRST)
    assert (status, "已计入" in page, "1 人觉得有用" in page) == (200, True, True)
    status, page = vote(client, FIRST, action="take_back")
    assert (status, "0 人觉得有用" in page) == (200, True)
    assert vote(client, FIRST, action="take_back")[0] == 200
    assert "0 人觉得有用" in vote(visitor(province, "10.0.2.1"), FIRST, action="take_back")[1]


def test_a_program_gets_nowhere(province: Deployment) -> None:
    bare = visitor(province, "10.0.3.1")
    assert bare.post("/reviews/1-2/useful").status_code == 400, "no form of ours"
    found = re.search(r'name="csrf_token" value="([^"]+)"', text(bare.get("/reviews/1-2/useful")))
    assert found
    bare.delete_cookie(visitors.COOKIE, path=visitors.REVIEWS)
    answer = bare.post("/reviews/1-2/useful", data={"csrf_token": found[1]})
    assert (answer.status_code, "刷新页面后再投" in text(answer)) == (409, True)
    most = province.profile.rules.disclosure.useful.per_network
    said = [vote(visitor(province, f"2001:db8::{n:x}"), "/reviews/1-2") for n in range(most + 2)]
    assert [status for status, _ in said] == [200] * most + [409] * 2
    assert f"{most} 人觉得有用" in said[-1][1]
    assert "网络" in said[-1][1]
    assert vote(visitor(province, "2001:db9::1"), "/reviews/1-2")[0] == 200


def test_a_vote_for_what_was_taken_down_counts_nothing(province: Deployment) -> None:
    client = visitor(province, "10.0.4.1")
    token = re.search(r'csrf_token" value="([^"]+)"', text(client.get(f"{FIRST}/useful")))
    assert token
    answer = client.post(f"{GONE}/useful", data={"csrf_token": token[1]})
    assert answer.status_code == 410


def test_no_address_is_stored_and_hashes_go_while_counts_stay(province: Deployment) -> None:
    assert vote(visitor(province, "10.9.8.7"), "/reviews/1-5")[0] == 200
    with province.store.read() as conn:
        kept = [tuple(row) for row in conn.execute(select(review_vote))]
    assert kept
    assert not any("10.9.8.7" in str(column) for row in kept for column in row)
    days = province.profile.rules.disclosure.useful.keep_days
    with province.store.write() as conn:
        assert votes.forget(conn, province.clock.now() - timedelta(days=days)) == 0
        assert votes.forget(conn, province.clock.now() + timedelta(seconds=1)) == len(kept)
    assert "有用 1<" in next(one for one in cards(get(visitor(province))) if "没有座位" in one)


@pytest.mark.parametrize("address", ["/", "/boards", "/boards/windows", "/reviews", FIRST])
def test_pages_say_where_their_feeds_are(client: FlaskClient, address: str) -> None:
    page = get(client, address)
    feeds = re.findall(r'<link rel="alternate" type="application/atom\+xml" href="([^"]+)"', page)
    assert feeds == ["/reviews.atom", "/boards.atom"]
    for feed in feeds:
        assert client.get(feed).mimetype == "application/atom+xml"


def test_the_feed_of_boards_tells_each_final_board_once(client: FlaskClient) -> None:
    answer = client.get("/boards.atom?region=330100")
    feed = ElementTree.fromstring(answer.data)
    entries = feed.findall(f"{ATOM}entry")
    links = [one.find(f"{ATOM}link").attrib["href"] for one in entries]  # type: ignore[union-attr]
    assert "http://localhost/boards/windows?period=2026-10&region=330100" in links
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries) > 3
    assert {one.findtext(f"{ATOM}updated") for one in entries} == {"2026-11-02T02:00:00Z"}
    assert client.get(links[0].removeprefix("http://localhost")).status_code == 200
    again = client.get(
        "/boards.atom?region=330100", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    reviews = ElementTree.fromstring(client.get("/reviews.atom").data)
    first = reviews.find(f"{ATOM}entry/{ATOM}link")
    assert first is not None
    assert first.attrib["href"] == "http://localhost/reviews/1-1"
