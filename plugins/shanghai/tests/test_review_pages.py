"""The pages: whoever was served writes, everybody reads, moderators and units act."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from haochaping.testing.towns import Role
from haochaping_shanghai.reviews import HALL, ITEM

from .shanghai_town import MATTER, PLACE, UNIT, Town

PUBLIC, DESK = "/x/shanghai", "/console/x/shanghai"


def send(client: FlaskClient, path: str, page: str = "", **fields: str):
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page or path).text)
    assert found is not None
    return client.post(path, data={"csrf_token": found[1], **fields})


def test_a_review_is_written_looked_at_answered_and_read(site: Town) -> None:
    receipt = site.receipt()
    answer = send(
        site.client(),
        f"{PUBLIC}/write",
        receipt=receipt,
        hall_stars="4",
        hall_tag_short_wait="1",
        text="座位<b>少</b>了一些",
    )
    assert answer.status_code == 200
    assert "已收到" in answer.text
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    number = str(site.plugin.reviews.of_receipt(receipt)[0].id)
    moderator = site.client(site.account())
    send(moderator, f"{DESK}/moderate", review=number, action="show")
    unit = site.client(site.account(Role.HANDLER, organization_id=UNIT))
    send(unit, f"{DESK}/answer", review=number, action="reply", reply="已经增加")
    page = site.client().get(f"{PUBLIC}/hall/{PLACE}").text
    assert "座位&lt;b&gt;少&lt;/b&gt;了一些" in page
    assert "已经增加" in page
    assert "等候短" in page
    assert "09:00" in page
    assert receipt not in page


def test_what_was_typed_is_kept_when_the_receipt_is_wrong(site: Town) -> None:
    answer = send(
        site.client(), f"{PUBLIC}/write", receipt="WRONG", item_stars="2", text="等了很久很久"
    )
    assert answer.status_code == 422
    assert "没有找到这个回执码" in answer.text
    assert "等了很久很久" in answer.text


def test_a_vote_counts_once_for_a_browser(site: Town) -> None:
    site.plugin.reviews.write(site.given(stars={ITEM: 5}))
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    client, here = site.client(), f"{PUBLIC}/item/{MATTER}"
    found = re.search(r'name="review" value="(\d+)"', client.get(here).text)
    assert found is not None
    assert send(client, here, review=found[1]).status_code == 303
    assert send(client, here, review=found[1]).status_code == 409
    assert "有用 1" in client.get(here).text


def test_a_writer_sees_the_reason_and_objects(site: Town) -> None:
    given = site.given(stars={HALL: 3}, text="一般般的体验")
    (number,) = site.plugin.reviews.write(given)
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    site.plugin.reviews.decide(number, site.account(), show=False, reason="与办事无关")
    client = site.client()
    page = send(client, f"{PUBLIC}/own", receipt=given.receipt).text
    assert "与办事无关" in page
    answer = send(
        client,
        f"{PUBLIC}/own",
        receipt=given.receipt,
        review=str(number),
        action="object",
        text="确实是办事体验",
    )
    assert "评价人有异议" in answer.text


def test_the_award_is_nominated_admitted_and_voted_on_in_the_browser(site: Town) -> None:
    unit = site.client(site.account(Role.UNIT_LIAISON, organization_id=UNIT))
    send(
        unit,
        f"{DESK}/answer",
        action="nominate",
        organization=str(UNIT),
        title="一张表",
        text="三张表合一张",
    )
    number = str(site.plugin.award.of_year(2026, public=False)[0].id)
    send(site.client(site.account()), f"{DESK}/moderate", nomination=number, action="open")
    citizen = site.client()
    answer = send(citizen, f"{PUBLIC}/awards", nomination=number)
    assert answer.status_code == 303
    assert "1 票" in citizen.get(f"{PUBLIC}/awards").text


def test_places_that_do_not_exist_are_not_found(site: Town) -> None:
    client = site.client()
    for path in ("hall/99", "staff/1", "hall/x"):
        assert client.get(f"{PUBLIC}/{path}").status_code == 404


def test_pages_are_for_those_who_may_and_worded_in_english(site: Town) -> None:
    assert site.client(site.account(Role.HANDLER)).get(f"{DESK}/moderate").status_code == 403
    page = site.client().get(f"{PUBLIC}/places?lang=en").text
    assert "Reviews of halls and items" in page
    assert (
        "Reply to reviews"
        in site.client(site.account(Role.HANDLER)).get(f"{DESK}/answer?lang=en").text
    )
