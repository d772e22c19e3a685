"""Receivers of replies: the core's own, and what plugins bring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haochaping.channels.incoming import BadSignature, Standard
from haochaping.clock import FakeClock
from haochaping.delivery.webhook import signature
from haochaping.deployment import Deployment
from haochaping.hooks.deployment import MessageReceiver
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import Words
from haochaping.plugins.calls import Hooks
from haochaping.settings import write_secrets
from haochaping.store.types import micros

KEY = b"shared"
BODY = b'{"messages": [{"id": "1", "from": "13800001234", "text": "5"}]}'


def make(settings):
    """The factory of a plugin's receiver: a platform that sends one reply as `number|text`."""

    def receive(headers, body, at):
        number, _, text = body.decode().partition("|")
        return (IncomingText(headers["x-id"], number + settings["suffix"], text),)

    return receive


@pytest.fixture
def deployment(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Deployment]:
    text = f"profile: base\ndatabase: {sqlite_url}\n"
    (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")
    write_secrets(tmp_path)
    found = Deployment.open(tmp_path, clock=clock)
    yield found
    found.close()


def headers(body: bytes, clock: FakeClock, key: bytes = KEY) -> dict[str, str]:
    stamp = str(micros(clock.now()) // 1000)
    return {
        "x-haochaping-timestamp": stamp,
        "x-haochaping-signature": signature(key, stamp, body),
    }


def test_a_signed_body_is_read(clock: FakeClock) -> None:
    found = Standard(KEY)(headers(BODY, clock), BODY, clock.now())
    assert found == (IncomingText("1", "13800001234", "5"),)


def test_without_a_shared_key_nothing_is_taken(clock: FakeClock) -> None:
    with pytest.raises(BadSignature):
        Standard(b"")(headers(BODY, clock, b"\x00"), BODY, clock.now())


def test_a_changed_body_is_refused(clock: FakeClock) -> None:
    with pytest.raises(BadSignature):
        Standard(KEY)(headers(BODY, clock), BODY.replace(b'"5"', b'"1"'), clock.now())


def test_the_number_and_the_words_are_never_shown() -> None:
    assert "138" not in repr(IncomingText("1", "13800001234", "很慢"))
    assert "慢" not in repr(IncomingText("1", "13800001234", "很慢"))


def test_a_plugin_brings_its_platforms_form(
    deployment: Deployment, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = MessageReceiver("ours", Words("本地短信平台"), "tests.channels.test_incoming:make")
    monkeypatch.setattr(Hooks, "contributions", lambda hooks, name: (("town", spec),))
    plugin = type("Loaded", (), {"config": {"suffix": "9"}})
    monkeypatch.setattr(Hooks, "plugin", lambda hooks, name: plugin)
    receive = deployment.receiver("ours")
    assert receive is not None
    assert receive({"x-id": "7"}, b"1380000123|5", clock.now()) == (
        IncomingText("7", "13800001239", "5"),
    )
    assert deployment.receiver("nobody") is None
