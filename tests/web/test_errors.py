"""Errors in words: pages for people, documents for programs, nothing of the inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from haochaping.store import StoreUnavailable
from haochaping.web import errors
from tests.web.conftest import Site, hidden, text

JSON = {"Accept": "application/json"}


@contextmanager
def _away(self: Any) -> Iterator[None]:
    raise StoreUnavailable()
    yield


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it to take the database away."""

    def take() -> None:
        monkeypatch.setattr("haochaping.store.Store.read", _away)
        monkeypatch.setattr("haochaping.store.Store.look", _away)
        monkeypatch.setattr("haochaping.store.Store.write", _away)

    return take


def test_without_the_database_the_page_names_the_other_ways_to_rate(site: Site, away: Any) -> None:
    code = site.link(site.serve())
    data = {**hidden(site.client().get(f"/r/{code}")), "grade": "5"}
    away()
    answer = site.client().post(f"/r/{code}", data=data)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "12345" in text(answer)
    assert "还没有保存" in text(answer)
    assert "回执" not in text(answer)


def test_a_program_gets_a_problem_document(site: Site, away: Any) -> None:
    code = site.link(site.serve())
    away()
    answer = site.client().get(f"/r/{code}", headers=JSON)
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "HCP-STORE-UNAVAILABLE"
    assert answer.json["status"] == 503
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_not_ready_without_the_database(site: Site, away: Any) -> None:
    away()
    assert site.client().get("/readyz").status_code == 503
    assert site.client().get("/healthz").status_code == 200


def test_documents_speak_the_readers_language(site: Site) -> None:
    answer = site.client().get("/api/nothing", headers={"Accept-Language": "en"})
    assert answer.json["title"] == "Page not found"


def test_a_fault_of_ours_shows_a_number_and_no_trace(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any, *rest: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("haochaping.evaluation.intake.Intake.form", broken)
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = site.client().get(f"/r/{site.link(site.serve())}")
    assert answer.status_code == 500
    assert "the secret inside" not in text(answer)
    assert answer.headers["X-Request-ID"] in text(answer)
    assert answer.headers["X-Request-ID"] in caplog.text


def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    code = site.link(site.serve())
    data = {"grade": "1", "text": "长" * 40_000}
    answer = site.client().post(f"/r/{code}", data=data, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (413, "HCP-TOO-LARGE")


def test_a_wrong_method_is_told(site: Site) -> None:
    answer = site.client().delete("/mine", headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (405, "HCP-METHOD")


def test_a_client_that_must_wait_is_told_how_long(site: Site) -> None:
    client = site.client()
    for _ in range(31):
        answer = client.post("/mine", data={"receipt": "x"}, headers=JSON)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("given", ["abc-12345", "x" * 65, "a b", "é" * 9])
def test_a_proxys_request_id_is_kept_if_it_is_one(site: Site, given: str) -> None:
    answer = site.client().get("/healthz", headers={"X-Request-ID": given})
    kept = answer.headers["X-Request-ID"] == given
    assert kept == (given == "abc-12345")


def test_the_access_log_names_no_code_and_no_client(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "haochaping.access")
    code = site.link(site.serve())
    site.client().get(f"/r/{code}?from=sms")
    [record] = [one for one in caplog.records if one.name == "haochaping.access"]
    assert (record.endpoint, record.status, record.method) == ("citizen.rate", 200, "GET")  # type: ignore[attr-defined]
    assert code not in str(vars(record))
    assert "127.0.0.1" not in str(vars(record))


def test_a_redirect_of_the_framework_is_no_error(site: Site) -> None:
    with site.app.test_request_context("/"):
        from werkzeug.routing import RequestRedirect

        answer = errors._http(RequestRedirect("http://localhost/r/"))
    assert answer.status_code == 308
