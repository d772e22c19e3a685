"""Overdue in Zhejiang: due days, urging through 浙政钉, who has read it, and the shaming board."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest

from haochaping.hooks.values import Identity
from haochaping.testing import towns as testing
from haochaping.testing.towns import OTHER, UNIT, FakeClock, Person, Place, Role
from haochaping_zhejiang.shaming import Board

REGION = "330106"
RATER = Person("natural", "张某", "111", "990000199001010017", "13800001234")


class Messenger:
    """浙政钉 on this machine: takes notifications, knows who has read them."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.readers: list[str] = []
        self.signed: list[str] = []
        messenger = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = parse_qs(self.rfile.read(length).decode())
                answer = messenger.answer(self.path, {name: one[0] for name, one in form.items()})
                messenger.signed.append(self.headers["X-Hmac-Auth-Signature"])
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, path: str, form: dict[str, str]) -> bytes:
        """Take a request in and answer as the platform does."""
        if path == "/message/readers":
            data: dict[str, Any] = {"readAccountIds": self.readers}
        else:
            self.sent.append(form)
            data = {"msgId": f"m-{len(self.sent)}"}
        return json.dumps({"success": True, "content": {"success": True, "data": data}}).encode()


@pytest.fixture
def messenger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Messenger]:
    found = Messenger()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HAOCHAPING_SECRET_ZHEZHENGDING", "the application's secret")
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


class Town(testing.Town):
    """A district with a unit that answers late."""

    place: ClassVar[Place] = Place(REGION, "西湖区", {UNIT: "区人力社保局", OTHER: "区监察局"})

    @property
    def board(self) -> Board:
        found: Board | None = self.plugin_called("zhejiang").shaming.board()
        assert found is not None
        return found


@pytest.fixture
def profile_snippet() -> str:
    return "extends: zhejiang\n"


@pytest.fixture
def town_class() -> type[Town]:
    return Town


@pytest.fixture
def urged(
    sqlite_url: str, clock: FakeClock, tmp_path: Path, messenger: Messenger
) -> Iterator[Town]:
    """The same district, whose warnings go through 浙政钉."""
    port = messenger.server.server_port
    gateway = {"kind": "dingtalk_private", "host": f"http://127.0.0.1:{port}"}
    gateway |= {"app_key": "haochaping", "tenant_id": "196729"}
    found = testing.settle(
        Town,
        tmp_path / "home",
        sqlite_url,
        clock,
        "extends: zhejiang\n",
        settings={
            "outgoing": {"allow_loopback": True, "allow_hosts": ["127.0.0.1"]},
            "gateways": {"zhezhengding": {**gateway, "receipts": {"path": "/message/readers"}}},
        },
    )
    yield found
    found.deployment.close()


def test_call_back_within_a_day_and_rectify_within_fifteen_calendar_days(town: Town) -> None:
    town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED)
    town.work()
    assert town.seen.due_days() == {"contact": date(2026, 11, 17), "reply": date(2026, 12, 1)}


def test_the_ladder_goes_up_through_the_messenger_and_who_has_read_is_shown(
    urged: Town, messenger: Messenger
) -> None:
    head = urged.account(Role.LEADER, organization_id=UNIT)
    handler = urged.account(Role.HANDLER, organization_id=UNIT)
    urged.address(head, "dingtalk_private", "GE_HEAD")
    supervisor = urged.account()
    urged.rate(urged.serve(RATER), 1, identity=Identity.VERIFIED)
    urged.work(days=17)
    urged.work()
    [sent] = messenger.sent
    assert sent["receiverIds"] == "GE_HEAD"
    assert "已超期" in sent["msg"]
    assert RATER.name not in sent["msg"]
    assert all(messenger.signed)
    page = f"/console/cases/{urged.seen.case().public_id}"
    before = urged.client(supervisor).get(page).text
    assert "浙政钉" in before or "专有钉钉" in before
    assert "未读" in before
    assert "没有登记接收地址" in before  # the handler has no account there
    messenger.readers.append("GE_HEAD")
    urged.work(days=0.02)
    urged.work()
    after = urged.client(supervisor).get(page).text
    assert "已读" in after
    assert "未读" not in after
    assert "已读" not in urged.client(handler).get(page).text


def test_late_units_stand_on_the_board_with_the_day_of_publication_until_they_answer(
    town: Town,
) -> None:
    town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED)
    reader = town.client()
    assert "还没有公布过" in reader.get("/x/zhejiang/overdue").text
    town.work(days=17)  # a Thursday: the case is late, the board comes out on Mondays
    town.work()
    assert "还没有公布过" in reader.get("/x/zhejiang/overdue").text
    town.work(days=4)
    town.work()
    [line] = town.board.lines
    assert (line.unit.zh, line.cases, line.longest_days) == ("区人力社保局", 1, 6)
    assert (line.first_day, line.times) == (date(2026, 12, 7), 1)
    page = reader.get("/x/zhejiang/overdue").text
    assert "公布日期：2026年12月7日" in page
    assert "区人力社保局" in page
    town.work(days=7)
    [line] = town.board.lines
    assert (line.longest_days, line.first_day, line.times) == (13, date(2026, 12, 7), 2)
    town.handling.answer(text="已整改并向办事人说明，感谢您的意见。")
    town.work()
    town.work(days=7)
    assert (town.board.lines, [one.zh for one in town.board.cleared]) == ((), ["区人力社保局"])
    old = reader.get("/x/zhejiang/overdue?on=2026-12-07").text
    assert "公布日期：2026年12月7日" in old
    assert town.plugin_called("zhejiang").shaming.publish() is False


def test_a_case_that_turns_out_void_is_corrected_beside_what_was_published(town: Town) -> None:
    town.rate(town.serve(RATER), 1, identity=Identity.VERIFIED)
    town.work(days=17)
    town.work()
    town.work(days=4)
    assert town.board.lines[0].corrected is None
    town.handling.end("void")
    town.work()
    [line] = town.board.lines
    assert (line.cases, line.corrected) == (1, 0)
    assert "更正为 0 件" in town.client().get("/x/zhejiang/overdue").text


def test_items_have_their_own_board_of_score_and_bad_rate(town: Town) -> None:
    specs = town.deployment.disclosing.boards.specs
    assert (specs["item_scores"].measure, specs["item_scores"].columns) == (
        "bad_rate",
        ("mean_score",),
    )
