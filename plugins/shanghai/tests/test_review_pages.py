"""The pages: whoever was served writes, everybody reads, moderators and units act."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from PIL.ExifTags import IFD

from haochaping.testing.towns import Role
from haochaping_shanghai.reviews import HALL, ITEM

from .shanghai_town import MATTER, PLACE, UNIT, Town

PUBLIC, DESK = "/x/shanghai", "/console/x/shanghai"


def send(client: FlaskClient, path: str, page: str = "", **fields: Any):
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


def about_a_review(site: Town) -> tuple[FlaskClient, str, str]:
    """Return a visitor before a counted review: the browser, the page's address, the number."""
    site.plugin.reviews.write(site.given(stars={ITEM: 5}))
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    client, here = site.client(), f"{PUBLIC}/item/{MATTER}"
    found = re.search(r'name="review" value="(\d+)"', client.get(here).text)
    assert found is not None
    return client, here, found[1]


def test_a_vote_counts_once_for_a_browser(site: Town) -> None:
    client, here, number = about_a_review(site)
    assert send(client, here, review=number).status_code == 303
    assert send(client, here, review=number).status_code == 409
    mine = client.get(here).text
    assert "有用 1" in mine
    assert "您投了“有用”" in mine
    assert "收回这一票" not in site.client().get(here).text


def test_a_vote_is_taken_back_and_given_again(site: Town) -> None:
    client, here, number = about_a_review(site)
    for _ in range(2):
        assert send(client, here, review=number).status_code == 303
        for _ in range(2):
            answer = send(client, here, review=number, action="take_back")
            assert answer.headers["Location"].endswith("?done=back")
        page = client.get(f"{here}?done=back").text
        assert "有用 0" in page
        assert "已收回这一票" in page
    stranger = site.client()
    assert send(client, here, review=number).status_code == 303
    send(stranger, here, review=number, action="take_back")
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
    assert "收回这一票" in citizen.get(f"{PUBLIC}/awards").text
    send(citizen, f"{PUBLIC}/awards", nomination=number, action="take_back")
    assert "0 票" in citizen.get(f"{PUBLIC}/awards").text
    send(citizen, f"{PUBLIC}/awards", nomination=number)
    send(site.client(site.account()), f"{DESK}/moderate", nomination=number, action="close")
    late = {"nomination": number, "action": "take_back"}
    answer = send(citizen, f"{PUBLIC}/awards", f"{PUBLIC}/own", **late)
    assert (answer.status_code, "现在不能收回这一票" in answer.text) == (409, True)
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


CANARY = "拍摄者王小明"


def picture(color: str = "red") -> bytes:
    """Return a photo as a telephone makes it: who, where and with what stands in it."""
    exif = Image.Exif()
    exif[IFD.Exif] = {0x9286: CANARY}
    exif[0x010E] = CANARY  # description
    exif.get_ifd(IFD.GPSInfo)[2] = (31.0, 14.0, 5.0)
    out = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(out, "JPEG", exif=exif, comment=CANARY.encode())
    return out.getvalue()


def write(site: Town, receipt: str, *photos: bytes, **fields: str):
    sent = [(io.BytesIO(one), f"{CANARY}.jpg") for one in photos]
    more: dict[str, Any] = {"hall_stars": "4", "photos": sent, "receipt": receipt, **fields}
    return send(site.client(), f"{PUBLIC}/write", **more)


def test_photos_are_shown_once_a_moderator_let_them_through_and_only_then(site: Town) -> None:
    receipt = site.receipt()
    assert CANARY.encode() in picture()
    answer = write(site, receipt, picture(), picture("blue"))
    assert "2 张照片，审核后才公开" in answer.text
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    here = f"{PUBLIC}/hall/{PLACE}"
    assert "/photo/" not in site.client().get(here).text
    moderator = site.client(site.account())
    page = moderator.get(f"{DESK}/moderate").text
    (number,) = set(re.findall(r'name="review" value="(\d+)"', page))
    first, *_others = re.findall(r'name="photo_(\d+)"', page)
    seen = moderator.get(f"{DESK}/photo/{number}/{first}")
    assert seen.mimetype == "image/jpeg"
    assert "no-store" in seen.headers["Cache-Control"]
    assert moderator.get(f"{DESK}/photo/{number}/99").status_code == 404
    send(moderator, f"{DESK}/moderate", review=number, action="show", **{f"photo_{first}": "1"})
    (shown,) = set(re.findall(r'src="([^"]+/photo/[^"]+)"', site.client().get(here).text))
    photo = site.client().get(shown)
    assert CANARY.encode() not in photo.data
    assert b"Exif" not in photo.data
    assert Image.open(io.BytesIO(photo.data)).size == (64, 48)
    kept = site.plugin.services.photos.of(number)
    assert [(one.decided, one.shown) for one in kept] == [(True, True), (True, False)]
    assert site.client().get(f"{PUBLIC}/photo/{kept[1].code}").status_code == 404
    site.plugin.reviews.add(receipt, int(number), "后来又去了一次")
    assert site.client().get(shown).status_code == 404
    assert CANARY not in site.client().get(here).text


def test_what_is_no_photo_is_refused_in_words_and_nothing_is_lost(site: Town) -> None:
    receipt = site.receipt()
    for bad in ([b"MZ no picture"], [picture()] * 4):
        answer = write(site, receipt, *bad, text="等候区没有座位")
        assert answer.status_code == 422
        assert "等候区没有座位" in answer.text
        assert "照片" in answer.text or "最多" in answer.text
    assert "已收到" in write(site, receipt, picture()).text
    again = write(site, receipt, picture("blue"))
    assert again.status_code == 409
    (own,) = site.plugin.reviews.of_receipt(receipt)
    assert own.photos == len(site.plugin.services.photos.of(str(own.id))) == 1


def test_a_hidden_review_hides_its_photos(site: Town) -> None:
    receipt = site.receipt()
    write(site, receipt, picture())
    site.clock.advance(timedelta(days=1))
    site.plugin.reviews.count()
    (own,) = site.plugin.reviews.of_receipt(receipt)
    (photo,) = site.plugin.services.photos.of(str(own.id))
    site.plugin.reviews.decide(
        own.id, site.account(), show=False, reason="与办事无关", photos=[photo.id]
    )
    assert [one.shown for one in site.plugin.services.photos.of(str(own.id))] == [False]
