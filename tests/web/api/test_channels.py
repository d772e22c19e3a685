"""The doors for SMS platforms and call platforms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping.channels import asking
from haochaping.delivery.tables import message
from haochaping.delivery.webhook import signature
from haochaping.evaluation import follow_ups
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey
from haochaping.jobs.tables import job
from haochaping.store.types import micros
from tests.web.api.conftest import ALL, Api

REPLIES = "/api/v1/sms/standard/replies"
IVR = frozenset({"ivr.write"})


def post(api: Api, body: Any, *, key: bytes | None = None, late: int = 0) -> TestResponse:
    """Post a body as the platform would, signed `late` minutes ago."""
    content = json.dumps(body).encode() if not isinstance(body, bytes) else body
    at = api.deployment.clock.now() - timedelta(minutes=late)
    stamp = str(micros(at) // 1000)
    signed = signature(key or api.deployment.secrets.sms_key, stamp, content)
    headers = {"X-Haochaping-Timestamp": stamp, "X-Haochaping-Signature": signed}
    return api.client.post(REPLIES, data=content, headers=headers)


def one(text: str, sender: str = "13800000001") -> dict[str, Any]:
    return {"messages": [{"id": "m-1", "from": sender, "text": text}]}


def test_a_signed_reply_is_answered_by_what_became_of_it(api: Api) -> None:
    answer = post(api, one("5"))
    assert answer.json == {"results": [{"id": "m-1", "outcome": "no_question"}]}


def test_a_reply_to_a_question_is_a_rating(api: Api) -> None:
    deployment = api.deployment
    pushed = api.push()
    with deployment.store.write() as conn:
        key = deployment.invitations.resolve_short(
            conn, pushed["short_code"], deployment.clock.now()
        )
        from haochaping.evaluation import targets

        target = targets.find(conn, key)
        desk = replace(deployment.texting, rules=replace(deployment.texting.rules, after=("hall",)))
        assert asking.ask(conn, desk, target, deployment.clock.now()) is not None
        person = conn.execute(select(message.c.receiver)).scalar_one()
        number = deployment.vault.mobile(conn, int(person.removeprefix("person:")))
    answer = post(api, one("５", number))
    assert answer.json["results"][0]["outcome"] == "rated"
    with deployment.store.read() as conn:
        assert conn.execute(select(evaluation.c.grade, evaluation.c.channel)).all() == [(5, "sms")]


@pytest.mark.parametrize(
    "sent",
    [
        {"key": b"another key"},
        {"late": 6},
        {"late": -6},
    ],
)
def test_what_the_platform_did_not_sign_is_refused_alike(api: Api, sent: dict[str, Any]) -> None:
    refused = post(api, one("5"), **sent)
    unsigned = api.client.post(REPLIES, json=one("5"))
    elsewhere = api.client.post("/api/v1/sms/nobody/replies", json=one("5"))
    for answer in (refused, unsigned, elsewhere):
        assert (answer.status_code, answer.json["code"]) == (401, "HCP-SMS-SIGNATURE")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", {"messages": []}, {"messages": [{"id": 1, "from": "1", "text": "5"}]},
     {"messages": [{"id": "", "from": "1", "text": "5"}]}, {"messages": [one("5")] * 101},
     b"[" * 9999],
)  # fmt: skip
def test_a_body_that_is_not_as_described_is_told(api: Api, body: Any) -> None:
    answer = post(api, body)
    assert (answer.status_code, answer.json["code"]) == (422, "HCP-SMS-BODY")


def test_a_number_that_keeps_guessing_signatures_must_wait(api: Api) -> None:
    found = [post(api, one("5"), key=b"x").status_code for _ in range(62)]
    assert found[-1] == 429


def call(api: Api, turn: int, **more: Any) -> TestResponse:
    body = {"case_no": "I-5-20261116-0001", "occurrence_no": 1, "turn": turn, **more}
    return api.post("ivr/calls/c-1", body)


def test_a_call_platform_rates_by_keys(api: Api) -> None:
    api.push()
    ivr = api.another(scopes=IVR)
    hello = call(ivr, 0).json
    assert (hello["state"], hello["turn"], hello["expect"]["digits"]) == ("grade", 1, 1)
    done = call(ivr, 1, keys="5#", recording="R-20261116-7").json
    assert (done["state"], done["over"]) == ("done", True)
    assert done["receipt"]
    assert call(ivr, 1, keys="5").json == done


def test_prompts_come_in_the_language_asked_for(api: Api) -> None:
    api.push()
    ivr = api.another(scopes=IVR)
    body = {"case_no": "I-5-20261116-0001", "turn": 0}
    answer = ivr.post("ivr/calls/c-2", body, **{"Accept-Language": "en"}).json
    assert "very satisfied press 5" in answer["prompt"]["text"]
    assert "请按5" in answer["prompt"]["zh"]


def test_a_short_code_names_the_service_too(api: Api) -> None:
    short = api.push()["short_code"]
    ivr = api.another(scopes=IVR)
    assert ivr.post("ivr/calls/c-3", {"short_code": short, "turn": 0}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"turn": 0, "case_no": "NO-SUCH"}, 404),
        ({"turn": 0}, 404),
        ({"case_no": "I-5-20261116-0001"}, 422),
        ({"turn": 0, "case_no": "I-5-20261116-0001", "keys": "five"}, 422),
        ({"turn": 5, "case_no": "I-5-20261116-0001"}, 409),
        ({"turn": 0, "case_no": "I-5-20261116-0001", "grade": 5}, 422),
    ],
)
def test_a_request_that_does_not_fit_is_told(api: Api, body: dict[str, Any], status: int) -> None:
    api.push()
    assert api.another(scopes=IVR).post("ivr/calls/c-4", body).status_code == status


def test_a_key_without_the_scope_is_refused(api: Api) -> None:
    api.push()
    assert call(api.another(scopes=ALL), 0).status_code == 403


def test_a_key_of_another_county_finds_nothing(api: Api) -> None:
    api.push()
    assert call(api.another("440305", IVR), 0).status_code == 404


def test_an_unrated_call_that_ends_is_asked_about_by_sms(api: Api) -> None:
    api.push()
    rules = api.deployment.profile.rules
    sms = replace(rules.channels.sms, after=("hotline",))
    object.__setattr__(rules, "channels", replace(rules.channels, sms=sms))
    ivr = api.another(scopes=IVR)
    call(ivr, 0)
    assert call(ivr, 1, event="hangup").json["state"] == "ended"
    with api.deployment.store.read() as conn:
        planned = conn.execute(select(job).where(job.c.kind == asking.ASK_JOB)).all()
    assert len(planned) == 1


def speak(api: Api) -> None:
    """Let the profile choose the national dialect."""
    rules = api.deployment.profile.rules
    wire = replace(rules.channels.wire, dialect="national", channels={"3": "qr", "1": "web"})
    object.__setattr__(rules, "channels", replace(rules.channels, wire=wire))


RECORD = {
    "projectNo": "N-1",
    "serviceNumber": "1",
    "deptCode": "11990000MB2000004B",
    "serviceTime": "2026-11-16 09:55:00",
    "userName": "张三",
    "creditType": "111",
    "certKey": "990000199001010017",
}
RATING = {"projectNo": "N-1", "serviceNumber": "1", "satisfaction": "2", "evalDetail": "207,213",
          "pf": "3", "assessTime": "2026-11-16 09:59:00", "assessNumber": "1"}  # fmt: skip


def test_a_record_and_its_rating_come_in_by_national_names(api: Api) -> None:
    speak(api)
    pushed = api.post("wire/service-cases", {"records": [RECORD]})
    assert (pushed.status_code, pushed.json["results"][0]["status"]) == (200, "created"), (
        pushed.text
    )
    rated = api.post("wire/evaluations", RATING)
    assert rated.status_code == 201, rated.text
    again = api.post("wire/evaluations", RATING)
    assert again.json["receipt"] == rated.json["receipt"]
    with api.deployment.store.read() as conn:
        row = conn.execute(select(evaluation)).one()
    assert (row.grade, row.options, row.channel) == (2, ["207", "213"], "qr")
    assert row.submitted_at.isoformat() == "2026-11-16T01:59:00+00:00"


def test_a_rating_before_its_record_is_refused(api: Api) -> None:
    speak(api)
    answer = api.post("wire/evaluations", RATING)
    assert (answer.status_code, answer.json["code"]) == (404, "HCP-UNKNOWN-OCCURRENCE")


def test_a_code_nobody_mapped_is_refused_with_those_accepted(api: Api) -> None:
    speak(api)
    answer = api.post("wire/evaluations", {**RATING, "pf": "7"})
    assert (answer.status_code, answer.json["code"]) == (422, "HCP-DIALECT-BODY")
    assert "可用：1、3" in answer.json["detail"]


def test_without_a_dialect_the_way_is_told(api: Api) -> None:
    answer = api.post("wire/evaluations", RATING)
    assert (answer.status_code, answer.json["code"]) == (404, "HCP-NO-DIALECT")
    assert "channels.wire.dialect" in answer.json["detail"]


def test_a_second_rating_comes_in_once_the_unit_has_answered(api: Api) -> None:
    speak(api)
    api.post("wire/service-cases", {"records": [RECORD]})
    api.post("wire/evaluations", RATING)
    second = {**RATING, "satisfaction": "5", "evalDetail": "", "assessNumber": "2"}
    early = api.post("wire/evaluations", second)
    assert (early.status_code, early.json["code"]) == (409, "HCP-NO-FOLLOW-UP")
    store, desk = api.deployment.store, api.deployment.desk
    with store.write() as conn:
        first = conn.execute(select(evaluation)).one()
        key = OccurrenceKey(first.region, first.served_month, first.id)
        assert follow_ups.offer(conn, desk, key, desk.clock.now())
    taken = api.post("wire/evaluations", second)
    assert taken.status_code == 201, taken.text
    again = api.post("wire/evaluations", second)
    assert again.json["receipt"] == taken.json["receipt"]
    other = api.post("wire/evaluations", {**second, "satisfaction": "1", "evalDetail": "108"})
    assert (other.status_code, other.json["code"]) == (422, "HCP-IDEMPOTENCY-MISMATCH")
    with store.read() as conn:
        rows = conn.execute(select(evaluation).order_by(evaluation.c.id)).all()
    assert [(row.round, row.grade, row.status) for row in rows] == [
        (1, 2, "effective"),
        (2, 5, "effective"),
    ]
    unknown = api.post("wire/evaluations", {**second, "projectNo": "N-9"})
    assert (unknown.status_code, unknown.json["code"]) == (404, "HCP-UNKNOWN-OCCURRENCE")
