"""Files of the rater in the thread of the case: drawn anew, sealed, limits in words."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from haochaping.access.persons import Person
from haochaping.attachments import files
from haochaping.attachments.files import UnknownFile
from haochaping.attachments.media import FileRefused, Limits
from haochaping.attachments.tables import attachment
from haochaping.evaluation.tables import evaluation
from haochaping.rectification import evidence, raters_files
from haochaping.rectification.tables import rectification_case
from tests.web.conftest import REGION, Site, text
from tests.web.test_mine import case_of, rate

LIMITS = Limits()
PLACE = b"GPS 30.25N 120.16E"


@pytest.fixture
def bad(site: Site) -> str:
    return rate(site, 2, options=["207"], text="跑了两趟")


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG", comment=PLACE)
    return out.getvalue()


def hand_in(
    site: Site, receipt: str, data: bytes, name: str = "张三家.jpg", key: str = "k1"
) -> TestResponse:
    form = {"receipt": receipt, "action": "hand_in", "key": key, "file": (io.BytesIO(data), name)}
    return site.client().post("/mine", data=form)


def test_a_photo_is_drawn_anew_sealed_and_kept_once(site: Site, bad: str) -> None:
    page = text(site.client().post("/mine", data={"receipt": bad}))
    assert "PNG、JPEG、PDF，每个不超过 5 MB，最多 10 个" in page
    assert PLACE in photo()
    for _ in range(2):
        answer = hand_in(site, bad, photo())
        assert "文件已交给承办单位" in text(answer)
        assert "文件 1（" in text(answer)
    deployment, case = site.deployment, case_of(site)
    with deployment.store.write() as conn:
        [row] = conn.execute(select(attachment)).all()
        [found] = evidence.of(conn, deployment.vault, case)
        who = (found, None)
        data = files.read(conn, deployment.vault, deployment.journal.emit, who, site.clock.now())
    assert (row.side, row.kind, found.name) == ("rater", "evidence", "file.jpg")
    assert data.startswith(b"\xff\xd8")
    assert PLACE not in data
    assert data not in row.sealed


def test_what_is_no_file_of_those_taken_is_refused_at_the_field(site: Site, bad: str) -> None:
    for data in (b"MZ\x90 program", b"", b"%PDF-1.4 /JavaScript /OpenAction %%EOF"):
        answer = hand_in(site, bad, data)
        assert answer.status_code == 422
        assert 'href="#file"' in text(answer)
    assert "可以上传：PNG、JPEG、PDF" in text(hand_in(site, bad, b"MZ\x90"))
    with pytest.raises(FileRefused, match="超过 5 MB"):
        raters_files.cleaned(b"x" * (LIMITS.bytes_max + 1), LIMITS)


def test_a_closed_case_or_a_good_rating_takes_no_file(site: Site, bad: str) -> None:
    good, client, form = rate(site, 5), site.client(), 'value="hand_in"'
    assert form not in text(client.post("/mine", data={"receipt": good}))
    assert hand_in(site, good, photo()).status_code == 409
    assert form in text(client.post("/mine", data={"receipt": bad}))
    ended = {"state": "closed", "outcome": "rectified", "closed_at": site.clock.now()}
    with site.deployment.store.write() as conn:
        conn.execute(update(rectification_case).values(ended))
    assert form not in text(client.post("/mine", data={"receipt": bad}))
    answer = hand_in(site, bad, photo())
    assert answer.status_code == 422
    assert "可能已办结" in text(answer)


def test_the_file_goes_with_the_erased_rater(site: Site, bad: str) -> None:
    deployment, at = site.deployment, site.clock.now()
    person = Person("natural", "张某", "111", "990000199001010017", "13800001234")
    with deployment.store.write() as conn:
        known = deployment.vault.remember(conn, person, REGION, at)
        conn.execute(update(evaluation).values(person_id=known))
    assert hand_in(site, bad, photo()).status_code == 200
    with deployment.store.write() as conn:
        [found] = evidence.of(conn, deployment.vault, case_of(site))
        deployment.vault.erase(conn, known, at)
        with pytest.raises(UnknownFile):
            who = (found, None)
            files.read(conn, deployment.vault, deployment.journal.emit, who, at)
