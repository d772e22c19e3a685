"""Hostile addresses, queries, forms and bodies are refused in words, never with a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from haochaping.web import signs
from tests.web.api.conftest import Api, api, deployment  # noqa: F401

HUGE = 10**30
CASE = "I-5-20261116-0001"
UNIT = "11990000MB2000004B"


def pushed(**occurrence: Any) -> dict[str, Any]:
    case_no = occurrence.pop("case_no", "a")
    case = {"case_no": case_no, "item_code": "I-5", "organization_code": UNIT}
    return {"cases": [{**case, "occurrences": [{"no": 1, **occurrence}]}]}


def rating(**more: Any) -> dict[str, Any]:
    return {"case_no": CASE, "occurrence_no": 1, "grade": 5, "channel": "web", **more}


BODIES = [
    ("service-cases", pushed(case_no="a\0b"), 400),
    ("service-cases", pushed(case_no="a\ud800"), 400),
    ("service-cases", pushed(no=HUGE), 422),
    ("service-cases", pushed(served_at="0001-01-01T00:00:00+14:00"), None),
    ("service-cases", pushed(served_at="9999-12-31T23:59:59-12:00"), None),
    ("evaluations", rating(case_no="a\0"), 400),
    ("evaluations", rating(case_no="a\ud800"), 400),
    ("evaluations", rating(occurrence_no=HUGE), 422),
    ("evaluations", rating(occurrence_no=2**31), 422),
    ("evaluations", rating(occurrence_no=1.0, grade=5.0), None),
    ("evaluations", rating(submitted_at="0001-01-01T00:00:00+14:00"), None),
    ("evaluations", rating(submitted_at="9999-12-31T23:59:59-12:00"), None),
    ("evaluations", rating(grade=2, options=["\0"], text="\ud800"), 400),
    ("evaluations", {**rating(), "a\0": 1}, 400),
]

PAGES = [
    "/?region=%00",
    "/?lang=%00",
    "/boards/organizations?region=%00",
    "/boards/organizations?period=9999-12",
    "/boards/organizations?period=0001-01",
    "/boards/organizations?region=%00&period=2026-13",
    "/boards/items?page=99999999999999999999999",
    "/cases/%00",
    "/device/99999999999999999999999",
    "/feed",
    "/honours?period=%00",
    "/honours?period=9999-12",
    "/method?x=%00",
    "/r/%00",
    "/r/000000000000",
    "/r/" + "A" * 900,
    "/reviews?after=%00",
    "/reviews?after=" + "9" * 40,
    "/reviews?organization=99999999999999999999999999",
    "/reviews?region=%00",
    "/api/v1/boards/%00",
    "/api/v1/boards/organizations?period=0000",
    "/api/v1/boards/organizations?period=9999",
    "/api/v1/boards/organizations?region=%00",
    "/api/v1/evaluations/%00",
    "/api/v1/evaluations/" + "9" * 500,
]

FORMS = [
    ("/mine", {"receipt": "a\0"}),
    ("/mine", {"receipt\0": "a"}),
    ("/r", {"code": "1\x07"}),
    ("/r", {"code": "9" * 40}),
]


@pytest.fixture
def hostile(api: Api) -> Api:  # noqa: F811
    """A deployment with one service, whose faults are answered as in production."""
    api.client.application.testing = False
    api.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    api.push()
    return api


def send(api: Api, path: str, body: Any) -> TestResponse:  # noqa: F811
    """Post a body, its lone surrogates written as escapes."""
    headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": "k"}
    data = json.dumps(body)
    return api.client.post(
        f"/api/v1/{path}", data=data, headers=headers, content_type="application/json"
    )


@pytest.mark.parametrize(("path", "body", "status"), BODIES)
def test_a_hostile_body_is_no_fault_of_ours(
    hostile: Api, path: str, body: Any, status: int | None
) -> None:
    answer = send(hostile, path, body)
    assert answer.status_code < 500, answer.text
    assert status in (None, answer.status_code)


@pytest.mark.parametrize("address", PAGES)
def test_a_hostile_address_is_no_fault_of_ours(hostile: Api, address: str) -> None:
    answer = hostile.client.get(address, headers={"Authorization": f"Bearer {hostile.key}"})
    assert answer.status_code < 500, answer.text[:300]


@pytest.mark.parametrize(("address", "form"), FORMS)
def test_a_hostile_form_is_refused(hostile: Api, address: str, form: dict[str, str]) -> None:
    assert 400 <= hostile.client.post(address, data=form).status_code < 500


def test_a_refused_query_names_its_field(hostile: Api) -> None:
    answer = hostile.client.get("/?region=%00", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (400, "HCP-BAD-REQUEST")
    assert answer.json["field"] == "region"
    assert "region" in answer.json["detail"]


def test_a_refused_body_names_the_place(hostile: Api) -> None:
    answer = send(hostile, "service-cases", pushed(stage="\0"))
    assert answer.json["field"] == "cases[0].occurrences[0].stage"


def test_line_breaks_of_a_form_are_no_control_characters(hostile: Api) -> None:
    with hostile.client.application.test_request_context(
        "/r", method="POST", data={"text": "好\r\n\t\x0b" + "9" * 30}
    ):
        signs.check()


def test_a_nul_in_another_encoding_is_found(hostile: Api) -> None:
    headers = {"Authorization": f"Bearer {hostile.key}", "Idempotency-Key": "k"}
    data = json.dumps(rating(case_no="a\0"), ensure_ascii=False).encode("utf-16")
    answer = hostile.client.post(
        "/api/v1/evaluations", data=data, headers=headers, content_type="application/json"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["unit=1" + "0" * 30, "before=-9223372036854775809"])
def test_a_number_that_fits_no_column_is_refused_for_every_view(hostile: Api, query: str) -> None:
    answer = hostile.client.get(f"/boards?{query}")
    assert (answer.status_code, "太大" in answer.text) == (400, True)
