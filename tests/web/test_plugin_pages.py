"""Pages that plugins add: under their own addresses, behind the policies they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from haochaping import Plugin
from haochaping.access.reveals import PurposeMissing
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.hooks.deployment import ApiResource, Page, PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping.plugins import Hooks, LoadedPlugin
from haochaping.plugins.breaker import FAILURES, PAUSE
from haochaping.testing.fixtures import MONDAY
from haochaping.web import assets, csrf, errors, frame, guard, i18n, limits, plugin_pages

HERE = __name__


class Sample(Plugin):
    """A plugin with a public page, a page for staff and a resource."""

    name = "sample"
    greeting = "您好"


def show(plugin: Sample, request: PageRequest) -> PageResponse:
    said = f"{plugin.greeting} {request.path.get('name', '')} {request.language}"
    return PageResponse(body=said.encode(), content_type="text/plain; charset=utf-8")


def who(plugin: Sample, request: PageRequest) -> PageResponse:
    return PageResponse(body=f"{request.visitor}|{request.network}".encode())


def move(plugin: Sample, request: PageRequest) -> PageResponse:
    return PageResponse(redirect="/x/sample/hello/b")


def break_down(plugin: Sample, request: PageRequest) -> PageResponse:
    raise RuntimeError("a secret of the plugin")


def flake(plugin: Sample, request: PageRequest) -> PageResponse:
    if not request.query.get("good"):
        raise RuntimeError("broken")
    return PageResponse(body=b"well")


def refuse(plugin: Sample, request: PageRequest) -> PageResponse:
    raise PurposeMissing()


def take(plugin: Sample, request: PageRequest) -> PageResponse:
    return PageResponse(body=repr(sorted(request.form.items())).encode(), status=202)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application with the sample plugin's pages and nothing else."""
    monkeypatch.setattr(plugin_pages, "load", lambda name: globals()[name.rpartition(":")[2]])
    pages = (
        Page("/hello/<name>", f"{HERE}:show", "public"),
        Page("/move", f"{HERE}:move", "public"),
        Page("/broken", f"{HERE}:break_down", "public"),
        Page("/flaky", f"{HERE}:flake", "public"),
        Page("/refused", f"{HERE}:refuse", "public"),
        Page("/post", f"{HERE}:show", "public", ("POST",)),
        Page("/who", f"{HERE}:who", "public", ("POST",)),
        Page("/secret", f"{HERE}:show", "case.read"),
    )
    resources = (ApiResource("/take", f"{HERE}:take", "public", ("POST",)),)
    app = Flask("haochaping.web")
    app.config.update(SECRET_KEY="test", TESTING=True)
    i18n.install(app, i18n.Catalogues(["haochaping"], ["zh_Hans_CN", "en"]))
    frame.install(app, Words("示例"))
    assets.install(app)
    guard.install(app, Keyring.from_bytes(bytes(32)))
    errors.install(app)
    csrf.install(app)
    limits.install(app, FakeClock(MONDAY).now)
    hooks = _hooks(pages, resources)
    app.extensions["haochaping"] = _site(hooks)
    plugin_pages.install(app, hooks)
    return app


def _site(hooks: Hooks) -> Any:
    """A deployment as far as the frame of a page asks for it."""
    rules = SimpleNamespace(disclosure=SimpleNamespace(footer=Words("示例")))
    settings = SimpleNamespace(base_url="http://localhost/")
    profile = SimpleNamespace(rules=rules)
    keyring = Keyring.from_bytes(bytes(32))
    return SimpleNamespace(hooks=hooks, settings=settings, profile=profile, keyring=keyring)


def _hooks(pages: Iterable[Page], resources: Iterable[ApiResource]) -> Hooks:
    loaded = LoadedPlugin("sample", Sample({}, None), Words("示例"), "test", "1", 1, (), {})
    given: dict[str, Any] = {
        "web_pages": tuple(("sample", page) for page in pages),
        "api_resources": tuple(("sample", one) for one in resources),
        "public_panels": (),
    }
    return Hooks((loaded,), given)


def test_a_public_page_is_called_with_the_plugin_and_the_request(app: Flask) -> None:
    answer = app.test_client().get("/x/sample/hello/甲?lang=en")
    assert answer.get_data(as_text=True) == "您好 甲 en"


def test_a_page_may_redirect(app: Flask) -> None:
    answer = app.test_client().get("/x/sample/move")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/x/sample/hello/b")


def test_a_page_for_staff_lies_in_the_console_behind_its_policy(app: Flask) -> None:
    rules = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules()}
    endpoint = rules["/console/x/sample/secret"]
    assert guard.policies(app)[endpoint].needs == "case.read"


def test_a_resource_takes_a_json_body_without_a_sessions_token(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/x/sample/take", json={"a": "1", "b": [2]})
    assert answer.status_code == 202
    assert answer.get_data(as_text=True) == "[('a', '1'), ('b', '[2]')]"


def test_a_policy_that_does_not_exist_is_refused_at_the_start() -> None:
    app = Flask("haochaping.web")
    guard.install(app, Keyring.from_bytes(bytes(32)))
    with pytest.raises(ValueError, match="unknown"):
        plugin_pages.install(app, _hooks([Page("/a", f"{HERE}:show", "no.such")], ()))


def test_a_page_that_fails_is_counted_and_told_in_words(app: Flask) -> None:
    app.config.update(TESTING=False)
    answer = app.test_client().get("/x/sample/broken")
    told = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "HCP-PLUGIN-PAGE" in told
    assert "这不是您操作造成的" in told
    assert "secret" not in told
    assert "Traceback" not in told
    (health,) = app.extensions["haochaping"].hooks.health()
    assert (health.plugin, health.hook, health.failures) == ("sample", "web_pages /broken", 1)
    assert "secret" not in health.last_error


def test_what_a_page_refuses_in_words_is_no_failure(app: Flask) -> None:
    answer = app.test_client().get("/x/sample/refused")
    assert answer.status_code == 422
    assert "HCP-PURPOSE-MISSING" in answer.get_data(as_text=True)
    (health,) = app.extensions["haochaping"].hooks.health()
    assert (health.calls, health.failures) == (1, 0)


def test_a_page_that_fails_again_and_again_is_told_at_once_and_comes_back(app: Flask) -> None:
    """It is not called meanwhile, others are, and after the pause one call mends it."""
    app.config.update(TESTING=False)
    clock, client = FakeClock(MONDAY), app.test_client()
    hooks = app.extensions["haochaping"].hooks
    hooks.timed_by(clock)
    for _ in range(FAILURES):
        assert client.get("/x/sample/flaky").status_code == 500
    answer = client.get("/x/sample/flaky?lang=en")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Please try again in about a minute" in answer.text
    clock.advance(timedelta(seconds=20))
    assert "请约 40 秒后再点“重试”" in client.get("/x/sample/flaky?lang=zh_Hans_CN").text
    assert "12345" not in answer.text  # nothing was rated here
    assert "HCP-PLUGIN-PAGE-LEFT-OUT" in answer.text
    refused = client.get("/x/sample/flaky", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (503, "HCP-PLUGIN-PAGE-LEFT-OUT")
    assert client.get("/x/sample/hello/a").status_code == 200
    counted = {one.hook: (one.calls, one.failures, one.paused > 0) for one in hooks.health()}
    assert counted["web_pages /flaky"] == (FAILURES, FAILURES, True)
    assert counted["web_pages /hello/<name>"] == (1, 0, False)
    clock.advance(timedelta(seconds=PAUSE - 20))
    assert client.get("/x/sample/flaky?good=1").status_code == 200
    assert client.get("/x/sample/flaky").status_code == 500


def test_what_one_visitor_sends_does_not_close_a_page_that_works_for_others(app: Flask) -> None:
    app.config.update(TESTING=False)
    client = app.test_client()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert client.get("/x/sample/flaky").status_code == 500
        assert client.get("/x/sample/flaky?good=1").status_code == 200


def test_posts_to_public_forms_of_plugins_are_limited_by_address(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    answers = {client.post("/x/sample/post").status_code for _ in range(130)}
    assert answers == {200, 429}


def test_a_form_of_a_page_needs_its_token(app: Flask) -> None:
    assert app.test_client().post("/x/sample/post").status_code == 400


def test_a_browser_is_told_from_another_once_its_cookie_comes_back(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    one, other = app.test_client(), app.test_client()
    first = one.post("/x/sample/who").text
    second, again = one.post("/x/sample/who").text, one.post("/x/sample/who").text
    other.post("/x/sample/who")
    assert first.startswith("|")
    assert second == again
    assert second != other.post("/x/sample/who").text
    assert second.split("|")[1] == first.split("|")[1] != ""
    assert "127.0.0.1" not in second
