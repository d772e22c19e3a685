"""The express lane answers as the view does; what is out of the ordinary is the view's to say."""

from __future__ import annotations

from typing import Any

import pytest

from haochaping.containment import contained
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.values import Words
from haochaping.plugins.answers import Decision
from haochaping.web.app import create_app
from tests.web.api.conftest import Api


def _sent(api: Api, number: int, *, path: str = "evaluations", **more: Any) -> Any:
    rating = {"case_no": f"I-5-20261116-{number:04}", "occurrence_no": 1, "grade": 4}
    headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": f"k-{number}"}
    headers |= more.pop("headers", {})
    body = {**rating, "channel": "web", **more}
    return api.client.post(f"/api/v1/{path}", json=body, headers=headers)


def test_both_answer_alike(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "haochaping.access")
    api.push(1), api.push(2)
    quick = _sent(api, 1)
    slow = _sent(api, 2, path="evaluations?by=view")
    told = ("X-Request-ID", "Content-Length", "Date")
    assert quick.status == slow.status == "201 CREATED"
    assert _but(quick.headers, told) == _but(slow.headers, told)
    assert quick.json.keys() == slow.json.keys()
    assert (len(quick.data), quick.data[-1:]) == (len(slow.data), b"\n")
    lines = [vars(one) for one in caplog.records if one.name == "haochaping.access"][-2:]
    fields = ("method", "endpoint", "status")
    assert [lines[0][name] for name in fields] == [lines[1][name] for name in fields]
    assert _sent(api, 1, path="evaluations?by=view").json == quick.json
    assert _sent(api, 2).json == slow.json


def _but(headers: Any, names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def test_the_door_is_asked_once_and_its_refusal_is_said_by_the_view(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.push(1)
    asked: list[Any] = []
    intake = api.deployment.intake
    admit = intake.admit
    monkeypatch.setattr(intake, "admit", lambda *it: asked.append(it) or admit(*it))
    assert _sent(api, 1).status_code == 201
    again = _sent(api, 1, headers={"Idempotency-Key": "another"})
    assert (again.status_code, again.json["code"]) == (409, "HCP-ALREADY-RATED")
    assert again.headers["Content-Type"] == "application/problem+json"
    assert len(asked) == 2
    refused = _sent(api, 1, grade=1, headers={"Idempotency-Key": "third"})
    assert refused.json["code"] == "HCP-INVALID-EVALUATION"
    assert len(asked) == 3


def test_a_fault_of_ours_is_told_as_everywhere(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*it: Any) -> None:
        raise RuntimeError("the disk is on fire")

    api.push(1)
    monkeypatch.setattr(api.deployment.intake, "admit", broken)
    answer = contained("test", lambda: _sent(api, 1))
    assert isinstance(answer.error, RuntimeError)  # the client of tests shows what was raised


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": "Bearer hcpk_" + "x" * 43}, "HCP-KEY-REFUSED"),
        ({"Authorization": ""}, "HCP-KEY-REFUSED"),
        ({"Idempotency-Key": " "}, "HCP-IDEMPOTENCY-KEY-MISSING"),
        ({"Content-Type": "text/plain"}, "HCP-UNREADABLE-BODY"),
    ],
)
def test_who_may_not_or_forgets_something_is_told_so(
    api: Api, headers: dict[str, str], code: str
) -> None:
    api.push(1)
    answer = _sent(api, 1, headers=headers)
    assert answer.json["code"] == code
    assert _sent(api, 1).status_code == 201


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "APPLICATION/JSON"])
def test_a_type_may_be_written_in_more_than_one_way(api: Api, kind: str) -> None:
    api.push(1)
    assert _sent(api, 1, headers={"Content-Type": kind}).status_code == 201


def test_words_beyond_ascii_go_the_ordinary_way(api: Api) -> None:
    api.push(1)
    assert _sent(api, 1, grade=1, text="窗口没有人\U0001f62e").status_code == 201


def test_a_notice_comes_in_the_language_of_the_sender(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(name: str, *, submission: Submission) -> Decision:
        notice = Words("正在核对", "Being checked")
        return Decision((), (), Admission(Verdict.HOLD, "look", notice))

    api.push(1)
    monkeypatch.setattr(api.deployment.hooks, "decide", held)
    answer = _sent(api, 1, headers={"Accept-Language": "en"})
    assert (answer.json["status"], answer.json["notice"]) == ("held", "Being checked")


def test_a_proxy_in_front_is_believed_before_anything_is_answered(api: Api) -> None:
    object.__setattr__(api.deployment.settings, "trusted_proxies", 1)
    api.client = create_app(api.deployment).test_client()
    api.push(1)
    answer = _sent(api, 1, headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 201
    assert "Strict-Transport-Security" in answer.headers
