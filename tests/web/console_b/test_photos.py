"""Photos of a rating: from the page to the case handler, the publisher and the public."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from haochaping.attachments.tables import attachment
from haochaping.disclosure.tables import review
from haochaping.evaluation import own_data, photos
from haochaping.evaluation.tables import photo_decision
from haochaping.jobs import Job
from haochaping.jobs.queue import enqueue
from haochaping.store import StoreUnavailable
from haochaping.worker import Worker
from tests.web.conftest import hidden, text
from tests.web.console.conftest import deployment  # noqa: F401  found by its name
from tests.web.console_b.conftest import FOREIGN_UNIT, UNIT, Desk, Role

SAID = "窗口前的指示牌是错的"


@pytest.fixture
def profile() -> str:
    return """\
extends: base
forms: {photos: 2}
rectification:
  release_delay: {min_minutes: 10, max_minutes: 12}
"""


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def files(*photos: bytes) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(one), f"IMG_{number}.jpg") for number, one in enumerate(photos)]


def rate(desk: Desk, *sent: bytes, **more: Any) -> tuple[Any, str, dict[str, Any]]:
    """Rate a service badly with photos; return the answer, the address and what was sent."""
    code = desk.site.link(desk.site.serve())
    client = desk.site.client()
    asked = client.post(f"/r/{code}", data={**hidden(client.get(f"/r/{code}")), "grade": "2"})
    page = text(asked)
    assert 'enctype="multipart/form-data"' in page
    assert "最多 2 张，每张不超过 8 MB" in page
    said = {**hidden(asked), "options": "207", "text": SAID, "confirm": "1", **more}
    answer = client.post(f"/r/{code}", data={**said, "photos": files(*sent)})
    return answer, f"/r/{code}", said


def stored(desk: Desk) -> list[Any]:
    with desk.deployment.store.read() as conn:
        return list(conn.execute(select(attachment).order_by(attachment.c.id)))


def run(desk: Desk, minutes: int = 20) -> None:
    desk.site.clock.advance(timedelta(minutes=minutes))
    Worker(desk.deployment).drain()


def test_photos_are_kept_sealed_once_and_without_what_the_camera_wrote(desk: Desk) -> None:
    answer, path, said = rate(desk, picture("red"), picture("blue"))
    assert answer.status_code == 200
    again = desk.site.client().post(path, data={**said, "photos": files(picture("red"))})
    assert again.status_code == 200
    [rating] = desk.site.ratings()
    rows = stored(desk)
    assert len(rows) == 2
    assert {row.owner for row in rows} == {f"evaluation:330106:202611:{rating.first_id}"}
    for row in rows:
        assert b"JFIF" not in row.sealed
        assert b"SecretPhone" not in row.sealed


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ([b"%PDF-1.7"], "不是可以识别的照片"),
        ([picture()] * 3, "最多 2 张照片，这次选了 3 张"),
    ],
    ids=["no photo", "too many"],
)
def test_a_bad_photo_is_refused_at_its_field_and_the_words_stay(
    desk: Desk, sent: list[bytes], said: str
) -> None:
    answer, _path, _said = rate(desk, *sent)
    page = text(answer)
    assert answer.status_code == 422
    assert said in page
    assert '<a href="#photos">' in page
    assert SAID in page
    assert desk.site.ratings() == []
    assert stored(desk) == []


def test_a_rating_whose_photos_were_not_kept_gets_them_when_it_is_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_more: Any) -> int:
        raise StoreUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(photos, "add", away)
        answer, path, said = rate(desk, picture())
        assert answer.status_code == 503
    assert (len(desk.site.ratings()), stored(desk)) == (1, [])
    again = desk.site.client().post(path, data={**said, "photos": files(picture())})
    assert again.status_code == 200
    assert (len(desk.site.ratings()), len(stored(desk))) == (1, 1)


def test_the_rater_adds_and_takes_back_photos_by_receipt(desk: Desk) -> None:
    answer, _path, _said = rate(desk, picture("red"))
    receipt = hidden(answer)["receipt"]
    client = desk.site.client()
    act = {"receipt": receipt, "action": "add_photos"}
    full = client.post("/mine", data={**act, "photos": files(picture("blue"), picture("green"))})
    assert "已达最多个数" in text(full)
    assert len(stored(desk)) == 1
    added = client.post("/mine", data={**act, "photos": files(picture("blue"))})
    assert "照片 2" in text(added)
    number = str(stored(desk)[0].id)
    gone = client.post(
        "/mine", data={"receipt": receipt, "action": "take_photo_back", "photo": number}
    )
    assert "照片已删除" in text(gone)
    assert [row.gone_at is None for row in stored(desk)] == [False, True]
    strange = client.post(
        "/mine", data={"receipt": receipt, "action": "take_photo_back", "photo": "77"}
    )
    assert "照片已删除" not in text(strange)


def test_the_handler_and_supervisor_see_them_and_nobody_else_does(desk: Desk) -> None:
    rate(desk, picture())
    run(desk)
    handler = desk.person(Role.HANDLER, organization_id=UNIT)
    queue = handler.page("/console/cases")
    [case] = set(re.findall(r'/console/cases/([0-9A-Z-]{6,})"', queue))
    [address] = set(
        re.findall(
            r'src="(/console/cases/[^"]+/photos/\d+)"', handler.page(f"/console/cases/{case}")
        )
    )
    shown = handler.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(shown.data)).size == (64, 48)
    assert desk.person(Role.SUPERVISOR).get(address).status_code == 200
    for other in (
        desk.person(Role.HANDLER, organization_id=FOREIGN_UNIT),
        desk.person(Role.PAPER_CLERK),
        desk.person(Role.STAFF_MEMBER, staff_id=4),
    ):
        assert other.get(address).status_code in (403, 404)
    assert desk.site.client().get(address).status_code in (302, 303, 401)


def test_only_what_a_publisher_let_through_is_public_and_only_beside_published_words(
    desk: Desk,
) -> None:
    rate(desk, picture("red"), picture("blue"))
    for _ in range(4):
        desk.rate(2, "别的意见")
    run(desk)
    publisher = desk.person(Role.PUBLISHER)
    with desk.deployment.store.read() as conn:
        number, *others = conn.execute(select(review.c.id).order_by(review.c.id)).scalars()
    page = publisher.page(f"/console/publishing/{number}")
    ids = re.findall(r'name="open" value="(\d+)"', page)
    assert len(ids) == 2
    assert publisher.get(f"/console/publishing/{number}/photos/{ids[0]}").status_code == 200
    publisher.page(f"/console/publishing/{number}")
    publisher.send(f"/console/publishing/{number}/photos", open=ids[0])
    with desk.deployment.store.read() as conn:
        decided = {row.attachment_id: row for row in conn.execute(select(photo_decision))}
    assert {str(one): row.shown for one, row in decided.items()} == {ids[0]: True, ids[1]: False}
    public = desk.site.client()
    seen = f"/reviews/photos/{decided[int(ids[0])].public_code}"
    assert public.get(seen).status_code == 404
    for one in (number, *others):
        publisher.page(f"/console/publishing/{one}")
        publisher.send(f"/console/publishing/{one}/approve")
    desk.site.clock.advance(timedelta(days=1))
    run(desk)
    reviews = text(public.get("/reviews"))
    assert SAID in reviews
    assert re.findall(r'src="(/reviews/photos/[^"]+)"', reviews) == [seen]
    assert public.get(seen).mimetype == "image/jpeg"
    kept = f"/reviews/photos/{decided[int(ids[1])].public_code}"
    assert public.get(kept).status_code == 404
    assert public.get("/reviews/photos/AAAA").status_code == 404
    with desk.deployment.store.write() as conn:
        conn.execute(update(review).values(state="withdrawn", text=None))
    assert public.get(seen).status_code == 404


def test_photos_end_with_their_days_and_with_their_person(desk: Desk) -> None:
    rate(desk, picture())
    desk.site.clock.advance(timedelta(days=366))
    with desk.deployment.store.write() as conn:
        enqueue(conn, Job("privacy.expire", desk.site.clock.now(), {}), desk.site.clock.now())
    Worker(desk.deployment).drain()
    [row] = stored(desk)
    assert row.sealed == b""
    assert row.gone_at is not None
    with desk.deployment.store.read() as conn:
        assert own_data.Expired() == own_data.Expired(0, 0, 0)
        assert conn.execute(select(photo_decision)).all() == []
