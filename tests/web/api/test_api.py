"""Business systems push services and hand in ratings, and get clear answers."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from openapi_spec_validator import validate
from sqlalchemy import func, select

from haochaping.catalog.tables import service_case
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity, RaterRole
from haochaping.rectification.tables import rectification_case
from haochaping.web.api.spec import specification
from tests.catalogues import body

from .conftest import ALL, Api


def count(api: Api, table: Any) -> int:
    with api.deployment.store.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_push_answers_a_link_and_a_short_code_for_every_occurrence(api: Api) -> None:
    result = api.push()
    assert result["status"] == "created"
    assert result["rating_url"].startswith("http://127.0.0.1:8000/r/")
    assert len(result["short_code"]) == 12
    assert api.push() == {**result, "status": "unchanged"}


def test_a_link_leads_to_the_rating_page(api: Api) -> None:
    path = api.push()["rating_url"].removeprefix("http://127.0.0.1:8000")
    page = api.client.get(path)
    assert page.status_code == 200
    assert "社保登记" in page.text


def test_no_personal_data_comes_back_or_stands_in_a_link(api: Api) -> None:
    answer = json.dumps(api.push(), ensure_ascii=False)
    assert not any(word in answer for word in ("13800001234", "990000199001010017", "测试用户"))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"cases": []}, "cases"),
        ({"cases": "x"}, "cases"),
        ({"cases": [{"case_no": "a", "grade": 5}]}, "cases[0]"),
        ({"cases": [{}]}, "cases[0]"),
        ({"cases": [{"case_no": "a", "occurrences": [{"no": 0}]}]}, "cases[0].occurrences[0].no"),
        ({"cases": [{"case_no": "a", "status": "done"}]}, "cases[0].status"),
        ({"case": []}, "body"),
    ],
)
def test_a_wrong_push_says_where_and_what_was_expected(api: Api, change: Any, where: str) -> None:
    answer = api.post("service-cases", change)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert where in [error["where"] for error in answer.json["errors"]]
    assert count(api, service_case) == 0


def test_an_unknown_unit_is_refused_alone_with_its_reason(api: Api) -> None:
    pushed = body(api.deployment)
    pushed["cases"].append({**pushed["cases"][0], "case_no": "other", "window_code": "99"})
    first, second = api.post("service-cases", pushed).json["results"]
    assert first["status"] == "created"
    assert (second["status"], second["rating_url"]) == ("refused", None)
    assert "99" in second["reason"]


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'"x"', "差".encode("gb18030")])
def test_what_is_no_object_is_unreadable(api: Api, sent: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    answer = api.client.post("/api/v1/service-cases", data=sent, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "HCP-UNREADABLE-BODY")


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    answer = api.post("service-cases", {"cases": [{"case_no": "x" * 70_000}]})
    assert answer.status_code == 413


def test_a_rating_gets_a_receipt_and_its_state_can_be_asked(api: Api) -> None:
    api.push()
    answer = api.rate()
    assert answer.status_code == 201
    assert answer.json["status"] == "effective"
    shown = api.get(f"evaluations/{answer.json['receipt']}")
    assert shown.json["receipt"] == answer.json["receipt"]
    assert "grade" not in shown.json


def test_a_bad_rating_opens_its_case_at_once(api: Api) -> None:
    api.push()
    assert api.rate(grade=2, options=["209"]).status_code == 201
    assert count(api, rectification_case) == 1


def test_the_same_key_answers_the_same_receipt_and_another_body_is_refused(api: Api) -> None:
    api.push()
    first = api.rate()
    assert api.rate().json == first.json
    again = api.rate(grade=4)
    assert (again.status_code, again.json["code"]) == (422, "HCP-IDEMPOTENCY-MISMATCH")


def test_a_second_key_learns_that_the_service_is_rated_but_not_how(api: Api) -> None:
    api.push()
    api.rate(grade=1, options=["108"])
    answer = api.rate(key="k-2")
    assert (answer.status_code, answer.json["code"]) == (409, "HCP-ALREADY-RATED")
    assert "grade" not in answer.text


def test_a_missing_key_is_said_to_be_missing(api: Api) -> None:
    api.push()
    answer = api.rate(key="")
    assert (answer.status_code, answer.json["code"]) == (400, "HCP-IDEMPOTENCY-KEY-MISSING")


def test_an_unknown_service_is_unknown(api: Api) -> None:
    answer = api.rate(99)
    assert (answer.status_code, answer.json["code"]) == (404, "HCP-UNKNOWN-OCCURRENCE")


@pytest.mark.parametrize(
    "change",
    [
        {"grade": None},
        {"grade": 0},
        {"grade": 6},
        {"grade": "5"},
        {"grade": 2},
        {"grade": 2, "options": ["408"]},
        {"options": ["999"]},
        {"options": ["501"]},
        {"channel": "telepathy"},
        {"status": "effective"},
        {"submitted_at": "yesterday"},
    ],
)
def test_a_wrong_rating_is_refused_in_words_and_nothing_is_stored(api: Api, change: Any) -> None:
    api.push()
    answer = api.rate(**change)
    assert answer.status_code == 422
    assert answer.json["detail"]
    assert count(api, evaluation) == 0


def test_a_missing_grade_is_an_error_never_a_default(api: Api) -> None:
    api.push()
    rating = {"case_no": "I-5-20261116-0001", "occurrence_no": 1, "channel": "web"}
    answer = api.post("evaluations", rating, **{"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert "缺少 grade" in answer.text


def test_problems_come_in_the_language_asked_for(api: Api) -> None:
    answer = api.post("service-cases", {}, **{"Accept-Language": "en"})
    assert "cases is missing" in answer.json["detail"]


def test_without_a_key_nothing_is_told(api: Api) -> None:
    api.push()
    for key in ("", "wrong", "hcpk_" + "A" * 40):
        stranger = Api(api.deployment, api.client, key)
        assert stranger.rate().status_code == 401
        assert stranger.post("service-cases", body(api.deployment)).status_code == 401


def test_a_key_does_only_what_its_scopes_say(api: Api) -> None:
    reader = api.another(scopes=frozenset({"evaluations.read"}))
    answer = reader.post("service-cases", body(api.deployment))
    assert (answer.status_code, answer.json["code"]) == (403, "HCP-SCOPE-MISSING")


def test_a_key_reaches_no_further_than_its_region(api: Api) -> None:
    api.push()
    receipt = api.rate().json["receipt"]
    stranger = api.another("440305")
    answer = stranger.post("service-cases", body(api.deployment, 2))
    assert (answer.status_code, answer.json["code"]) == (403, "HCP-OUT-OF-REACH")
    assert count(api, service_case) == 1
    assert stranger.rate(key="k-9").json["code"] == "HCP-UNKNOWN-OCCURRENCE"
    assert stranger.get(f"evaluations/{receipt}").json["code"] == "HCP-UNKNOWN-RECEIPT"


def test_many_parallel_posts_of_one_rating_are_one_rating(api: Api) -> None:
    api.push()
    answers: list[Any] = []

    def post() -> None:
        client = Api(api.deployment, api.client.application.test_client(), api.key)
        answers.append(client.rate().json)

    threads = [threading.Thread(target=post) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["receipt"] for answer in answers}) == 1
    assert count(api, evaluation) == 1


def test_a_board_is_public_and_can_be_cached(api: Api) -> None:
    answer = api.client.get("/api/v1/boards/regions")
    assert answer.status_code == 200
    assert answer.json["profile_digest"] == api.deployment.profile.digest
    api.deployment.clock.advance(timedelta(seconds=1))
    known = {"If-None-Match": answer.headers["ETag"]}
    assert api.client.get("/api/v1/boards/regions", headers=known).status_code == 304
    api.push()
    assert api.rate().status_code == 201
    assert api.client.get("/api/v1/boards/regions", headers=known).status_code == 200


def test_a_board_of_a_running_period_is_asked_for_each_time(api: Api) -> None:
    running = api.client.get("/api/v1/boards/organizations")
    ended = api.client.get("/api/v1/boards/organizations?period=2026-10")
    assert running.headers["Cache-Control"] == "public, no-cache"
    assert ended.headers["Cache-Control"] == "public, max-age=60"


def test_a_board_comes_as_csv_too(api: Api) -> None:
    answer = api.client.get("/api/v1/boards/organizations?format=csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeffrank,code,name,n,")


@pytest.mark.parametrize("query", ["none", "organizations?period=2026-13", "organizations?order=x"])
def test_an_unknown_board_period_or_column_lists_what_there_is(api: Api, query: str) -> None:
    answer = api.client.get(f"/api/v1/boards/{query}")
    assert answer.status_code in {404, 422, 400}
    assert answer.json["detail"]


def test_the_specification_is_valid_and_names_every_route(api: Api) -> None:
    validate(dict(specification()))
    served = api.client.get("/api/v1/openapi.json").json
    routes = {
        str(rule).replace("<", "{").replace(">", "}")
        for rule in api.client.application.url_map.iter_rules()
        if str(rule).startswith("/api/v1") and "/x/" not in str(rule)
    }
    assert set(served["paths"]) == routes


def stored(api: Api) -> list[tuple[str, str, int | None]]:
    with api.deployment.store.read() as conn:
        rows = conn.execute(
            select(evaluation.c.identity, evaluation.c.rater_role, evaluation.c.person_id)
        )
        return [(row.identity, row.rater_role, row.person_id) for row in rows]


def narrowed(api: Api, **rules: Any) -> None:
    intake = api.deployment.intake
    intake.desk = replace(intake.desk, rules=replace(intake.desk.rules, **rules))


def test_who_rated_is_presumed_to_be_the_applicant_unless_stated(api: Api) -> None:
    api.push()
    assert api.rate().status_code == 201
    assert stored(api)[0][:2] == ("presumed", "applicant")


def test_a_system_may_state_an_agent_and_that_nobody_is_named(api: Api) -> None:
    api.push()
    assert api.rate(identity="anonymous", rater_role="agent").status_code == 201
    assert stored(api) == [("anonymous", "agent", None)]


def test_only_a_key_with_the_scope_may_say_that_a_rater_is_verified(api: Api) -> None:
    api.push()
    refused = api.rate(identity="verified")
    assert (refused.status_code, refused.json["code"]) == (403, "HCP-SCOPE-MISSING")
    assert "evaluations.verified" in refused.json["detail"]
    assert stored(api) == []
    trusted = api.another(scopes=ALL | {"evaluations.verified"})
    assert trusted.rate(identity="verified").status_code == 201
    [(identity, role, person_id)] = stored(api)
    assert (identity, role, person_id is not None) == ("verified", "applicant", True)


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({"identity": "anonymous"}, {"identities": frozenset({Identity.PRESUMED})}),
        ({}, {"identities": frozenset({Identity.ANONYMOUS})}),
        ({"rater_role": "agent"}, {"roles": frozenset({RaterRole.APPLICANT})}),
    ],
)
def test_what_the_profile_does_not_accept_is_refused_naming_what_it_does(
    api: Api, given: dict[str, str], rules: dict[str, Any]
) -> None:
    api.push()
    narrowed(api, **rules)
    answer = api.rate(**given)
    assert answer.status_code == 422
    assert "这里不接受" in str(answer.json)
    assert stored(api) == []


def test_another_role_under_the_same_key_is_another_body(api: Api) -> None:
    api.push()
    assert api.rate().status_code == 201
    assert api.rate(rater_role="agent").json["code"] == "HCP-IDEMPOTENCY-MISMATCH"
