"""The window screen as an application of its own: kept page, worker, manifest, queue, health."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from haochaping.access import devices, queue_keys
from haochaping.crypto import seal_to
from tests.web.conftest import Site, hidden, text
from tests.web.test_device import screen, token, woken

__all__ = ["screen"]


def post(site: Site, client: FlaskClient, path: str, said: Any, **headers: str) -> Any:
    given = {"X-Form-Token": token(site, client), "Accept": "application/json", **headers}
    return client.post(f"/device/{site.device_id}/{path}", json=said, headers=given)


def kept(site: Site, grade: int = 5, item_id: str = "a") -> dict[str, str]:
    deployment = site.deployment
    key = queue_keys.in_use(
        deployment.store, deployment.keyring, deployment.journal.emit, site.clock.now()
    )
    code = site.link(site.serve())
    said = {"code": code, "key": f"k-{code[-8:]}", "grade": grade, "text": "话"}
    bound = f"device:{site.device_id}:{item_id}".encode()
    box = seal_to(queue_keys.decoded(key.public), json.dumps(said).encode(), bound)
    return {"id": item_id, "kid": key.id, "box": queue_keys.encoded(box)}


def known(site: Site) -> devices.Device:
    with site.deployment.store.read() as conn:
        found = devices.load(conn, site.device_id)
    assert found is not None
    return found


def test_the_screen_is_the_same_bytes_each_time_and_asked_for_by_its_tag(
    site: Site, screen: FlaskClient
) -> None:
    address = f"/device/{site.device_id}"
    first, second = screen.get(address), screen.get(address)
    assert first.data == second.data
    assert first.headers["X-Device-Shell"] == "1"
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = screen.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_that_asks_for_the_key_is_never_kept(site: Site) -> None:
    answer = site.client().get(f"/device/{site.device_id}")
    assert "X-Device-Shell" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_worker_reaches_the_devices_pages_and_is_asked_for_by_its_tag(site: Site) -> None:
    answer = site.client().get("/device/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    again = site.client().get(
        "/device/worker.js", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_manifest_starts_the_screen_and_names_nobody(site: Site) -> None:
    answer = site.client().get(f"/device/{site.device_id}/manifest.webmanifest")
    found = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert found["start_url"] == f"/device/{site.device_id}"
    assert (found["scope"], found["display"]) == ("/device/", "fullscreen")
    assert [icon["sizes"] for icon in found["icons"]] == ["192x192", "512x512"]
    assert "8号窗口" not in text(answer)


def test_kept_ratings_are_answered_one_by_one(site: Site, screen: FlaskClient) -> None:
    good, broken = kept(site), {**kept(site, item_id="b"), "id": "c"}
    answer = post(site, screen, "ratings", {"items": [good, broken]})
    assert [(one["id"], one["status"]) for one in answer.json["results"]] == [
        ("a", "created"),
        ("c", "refused"),
    ]
    again = post(site, screen, "ratings", {"items": [good]})
    assert again.json["results"][0] == {"id": "a", "status": "duplicate", "reason": ""}
    assert len(site.ratings()) == 1


def test_the_answer_to_a_kept_rating_is_alike_whatever_the_grade(
    site: Site, screen: FlaskClient
) -> None:
    answers = {
        post(site, screen, "ratings", {"items": [kept(site, grade)]}).data
        for grade in (5, 4, 3, 2, 1)
    }
    assert len(answers) == 1


def test_a_batch_needs_the_token_of_the_devices_own_page(site: Site, screen: FlaskClient) -> None:
    said = {"items": [kept(site)]}
    assert post(site, screen, "ratings", said, **{"X-Form-Token": "SCREEN.x"}).status_code == 400
    assert site.ratings() == []


@pytest.mark.parametrize("said", [[], {"items": []}, {"items": [{"id": "a"}]}, {"items": 7}])
def test_a_batch_that_is_none_is_refused(site: Site, screen: FlaskClient, said: Any) -> None:
    assert post(site, screen, "ratings", said).status_code == 400


def test_a_revoked_device_sends_nothing_any_more(site: Site, screen: FlaskClient) -> None:
    item, proof = kept(site), token(site, screen)
    with site.deployment.store.write() as conn:
        devices.revoke(conn, site.deployment.journal.emit, site.device_id, site.clock.now())
    headers = {"X-Form-Token": proof, "Accept": "application/json"}
    for path in ("ratings", "report", "rate"):
        answer = screen.post(
            f"/device/{site.device_id}/{path}", json={"items": [item]}, headers=headers
        )
        assert answer.status_code == 401
    assert site.ratings() == []


def test_a_device_reports_its_health_and_learns_the_key(site: Site, screen: FlaskClient) -> None:
    year = timedelta(days=365)
    clock = (site.clock.now() - year).timestamp() * 1000
    said = {
        "waiting": 7,
        "refused": {"HCP-LINK-EXPIRED": 2, "<script>": 1},
        "clock": clock,
        "software": "screen 2",
        "keeping": "ready",
    }
    answer = post(site, screen, "report", said)
    assert set(answer.json["queue_key"]) == {"id", "public"}
    found = known(site)
    assert (found.waiting, found.refused, found.refusals) == (7, 3, "HCP-LINK-EXPIRED=2")
    assert (found.software, found.keeping) == ("screen 2", "ready")
    assert found.clock_offset_ms == -(year // timedelta(milliseconds=1))
    assert found.seen_at == site.clock.now()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"waiting": -5, "clock": "now", "refused": [1]},
        {"waiting": True, "refused": {"a": "b"}, "keeping": "x" * 900, "clock": 1e99},
    ],
)
def test_a_silly_report_does_no_harm(site: Site, screen: FlaskClient, said: Any) -> None:
    assert post(site, screen, "report", said).status_code == 200
    found = known(site)
    assert (found.waiting, found.refused, found.keeping, found.clock_offset_ms) == (0, 0, "", 0)


def test_the_health_page_is_the_devices_own(site: Site, screen: FlaskClient) -> None:
    assert "设备状态" in text(screen.get(f"/device/{site.device_id}/health"))
    assert site.client().get(f"/device/{site.device_id}/health").status_code == 401


def test_without_script_a_good_rating_is_one_post(site: Site, screen: FlaskClient) -> None:
    address = f"/device/{site.device_id}/plain"
    assert "办完业务" in text(screen.get(address))
    site.serve()
    page = screen.get(address)
    assert text(page).count('name="grade"') == 5
    fields = hidden(page)
    answers = [screen.post(address, data={**fields, "grade": "5"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert [(one.grade, one.channel) for one in site.ratings()] == [(5, "window_device")]


def test_without_script_a_bad_rating_is_asked_for_its_reasons(
    site: Site, screen: FlaskClient
) -> None:
    address = f"/device/{site.device_id}/plain"
    site.serve()
    asked = screen.post(address, data={**hidden(screen.get(address)), "grade": "1"})
    fields = {**hidden(asked), "confirm": "1"}
    silent = screen.post(address, data=fields)
    assert silent.status_code == 422
    assert site.ratings() == []
    assert screen.post(address, data={**fields, "options": "108"}).status_code == 201
    assert [(one.grade, one.options) for one in site.ratings()] == [(1, ["108"])]


def test_without_script_the_page_warns_and_goes_back_to_rest(
    site: Site, screen: FlaskClient
) -> None:
    address = f"/device/{site.device_id}/plain"
    site.serve()
    page = text(screen.get(address))
    over = page.partition('content="30;url=')[2].partition('"')[0]
    warned = text(screen.get(over))
    assert "您还在评价吗" in warned
    rest = warned.partition('content="20;url=')[2].partition('"')[0].replace("&amp;", "&")
    for _ in range(2):
        idle = text(screen.get(rest))
        assert "办完业务" in idle
        rest = idle.partition('content="5;url=')[2].partition('"')[0].replace("&amp;", "&")
    site.serve(minutes_ago=0)
    assert 'name="grade"' in text(screen.get(rest))
    assert site.ratings() == []


def test_the_plain_screen_asks_for_the_key_too(site: Site) -> None:
    assert "设备密钥" in text(site.client().get(f"/device/{site.device_id}/plain"))


def test_the_live_wake_still_works_for_a_program(site: Site, screen: FlaskClient) -> None:
    assert set(woken(site, screen)) >= {"code", "key", "service", "short", "fields"}
