"""The device line, spoken to as a server speaks to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert
from starlette.applications import Starlette

from haochaping.access import api_keys, devices
from haochaping.access.api_keys import NewApiKey
from haochaping.catalog import tables as catalog
from haochaping.web.line import create_line
from haochaping.web.wakes import DONE, GONE, WAKE, Signal
from tests.web.conftest import REGION, WINDOW, Site

PATIENCE = 5.0


class Source:
    """Signals that a test puts in."""

    def __init__(self) -> None:
        self.waiting: list[Signal] = []

    def take(self) -> list[Signal]:
        found, self.waiting = self.waiting, []
        return found


class Connection:
    """One ASGI connection: what is sent to the application and what it sends."""

    def __init__(self, app: Starlette, scope: dict[str, Any]) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.create_task(app(scope, self.inbox.get, self.outbox.put))

    async def heard(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.outbox.get(), PATIENCE)

    async def body(self) -> str:
        return (await self.heard()).get("body", b"").decode()

    async def tell(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        await self.inbox.put({"type": "websocket.receive", "text": text})

    async def said(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((await self.heard())["text"])
        return answer

    def close(self) -> None:
        self.task.cancel()


class Lines:
    """A running line and connections to it."""

    def __init__(self, app: Starlette, source: Source) -> None:
        self.app = app
        self.source = source
        self.open: list[Connection] = []

    def get(self, path: str, **headers: str) -> Connection:
        return self._connect({"type": "http", "method": "GET", "path": path}, headers)

    def socket(self, path: str, **headers: str) -> Connection:
        connection = self._connect({"type": "websocket", "path": path, "subprotocols": []}, headers)
        connection.inbox.put_nowait({"type": "websocket.connect"})
        return connection

    def _connect(self, scope: dict[str, Any], headers: dict[str, str]) -> Connection:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        plain = {"asgi": {"version": "3.0"}, "query_string": b"", "root_path": "", "headers": raw}
        self.open.append(Connection(self.app, {**plain, **scope}))
        return self.open[-1]


Script = Callable[[Lines], Awaitable[None]]


def play(site: Site, script: Script) -> None:
    """Run a script against a line of its own."""

    async def run() -> None:
        source = Source()
        app = create_line(site.deployment, source)
        async with app.router.lifespan_context(app):
            lines = Lines(app, source)
            await script(lines)
            for connection in lines.open:
                connection.close()
            await asyncio.gather(*(one.task for one in lines.open), return_exceptions=True)

    asyncio.run(run())


def events(site: Site) -> str:
    return f"/device/{site.device_id}/events"


def key_of(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.device_key}"}


def test_a_screen_is_woken_through_its_connection(site: Site) -> None:
    async def script(lines: Lines) -> None:
        screen = lines.get(events(site), Cookie=f"device_key={site.device_key}")
        start = await screen.heard()
        headers = dict(start["headers"])
        assert start["status"] == 200
        assert headers[b"content-type"].startswith(b"text/event-stream")
        assert headers[b"access-control-allow-origin"] == b"http://localhost"
        assert await screen.body() == "retry: 2000\n\n"
        lines.source.waiting = [Signal(WAKE, WINDOW)]
        assert await screen.body() == "event: wake\ndata: {}\n\n"

    play(site, script)


def test_another_window_stays_asleep(site: Site) -> None:
    async def script(lines: Lines) -> None:
        screen = lines.get(events(site), **key_of(site))
        await screen.heard()
        await screen.body()
        lines.source.waiting = [Signal(WAKE, WINDOW + 1), Signal(DONE, WINDOW)]
        await asyncio.sleep(0)
        lines.source.waiting += [Signal(WAKE, WINDOW)]
        assert await screen.body() == "event: wake\ndata: {}\n\n"
        assert screen.outbox.empty()

    play(site, script)


@pytest.mark.parametrize("key", ["", "Bearer hcpd_wrong"])
def test_a_connection_without_the_devices_key_is_refused(site: Site, key: str) -> None:
    async def script(lines: Lines) -> None:
        assert (await lines.get(events(site), Authorization=key).heard())["status"] == 401

    play(site, script)


def test_the_key_of_one_device_does_not_open_the_line_of_another(site: Site) -> None:
    async def script(lines: Lines) -> None:
        other = lines.get(f"/device/{site.device_id + 1}/events", **key_of(site))
        assert (await other.heard())["status"] == 401

    play(site, script)


def test_a_page_of_another_site_cannot_listen(site: Site) -> None:
    async def script(lines: Lines) -> None:
        foreign = lines.get(events(site), Origin="https://elsewhere.example", **key_of(site))
        assert (await foreign.heard())["status"] == 403

    play(site, script)


def test_the_line_says_that_it_is_alive(site: Site) -> None:
    async def script(lines: Lines) -> None:
        assert (await lines.get("/healthz").heard())["status"] == 200

    play(site, script)


def test_the_staff_side_is_told_done_and_nothing_else(site: Site) -> None:
    key = _api_key(site, frozenset({"cases.push"}))

    async def script(lines: Lines) -> None:
        staff = lines.get("/windows/H1/08/done", Authorization=f"Bearer {key}")
        assert (await staff.heard())["status"] == 200
        await staff.body()
        lines.source.waiting = [Signal(DONE, WINDOW, after=0.01)]
        assert await staff.body() == "event: done\ndata: {}\n\n"

    play(site, script)


@pytest.mark.parametrize("path", ["/windows/H1/99/done", "/windows/H1/08/done"])
def test_the_staff_side_needs_a_key_and_a_window_that_exists(site: Site, path: str) -> None:
    wrong_scope = _api_key(site, frozenset({"figures.read"}))

    async def script(lines: Lines) -> None:
        staff = lines.get(path, Authorization=f"Bearer {wrong_scope}")
        assert (await staff.heard())["status"] == 401

    play(site, script)


def test_the_staff_side_hears_of_windows_within_its_keys_county_only(site: Site) -> None:
    with site.deployment.store.write() as conn:
        county = {"code": "330108", "name": "滨江区", "level": "county", "path": "/330108/"}
        conn.execute(insert(catalog.region).values(**county, county="330108"))
    foreign = _api_key(site, frozenset({"cases.push"}), "330108")

    async def script(lines: Lines) -> None:
        staff = lines.get("/windows/H1/08/done", Authorization=f"Bearer {foreign}")
        assert (await staff.heard())["status"] == 401

    play(site, script)


def test_an_older_device_logs_in_beats_and_opens_the_page(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = lines.socket(f"/device/{site.device_id}/socket")
        assert (await device.heard())["type"] == "websocket.accept"
        await device.tell({"code": 40001, "state": 1, "msg": "", "data": {"key": site.device_key}})
        beats = {"heartbeat_seconds": 60}
        assert await device.said() == {"code": 40001, "state": 1, "msg": "ok", "data": beats}
        await device.tell({"code": 40000})
        assert (await device.said())["code"] == 40000
        lines.source.waiting = [Signal(WAKE, WINDOW)]
        assert await device.said() == {"code": 50100, "state": 1, "msg": "ok", "data": {}}

    play(site, script)


@pytest.mark.parametrize(
    "login",
    [
        {"code": 40001, "data": {"key": "hcpd_wrong"}},
        {"code": 40000, "data": {}},
        {"code": 40001, "data": []},
        {"code": True, "data": {}},
    ],
)
def test_a_device_that_does_not_log_in_is_hung_up_on(site: Site, login: dict[str, Any]) -> None:
    async def script(lines: Lines) -> None:
        device = lines.socket(f"/device/{site.device_id}/socket")
        await device.heard()
        await device.tell(login)
        assert (await device.said())["state"] == 0
        closed = await device.heard()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4401)

    play(site, script)


def test_noise_on_the_socket_does_no_harm(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = lines.socket(f"/device/{site.device_id}/socket", **key_of(site))
        await device.heard()
        await device.tell({"code": 40001})
        await device.said()
        for noise in ("{not json", "[]", "7", '{"code": "x"}', "[" * 5000):
            await device.inbox.put({"type": "websocket.receive", "text": noise})
            refused = {"code": 0, "state": 0, "msg": "HCP-BAD-REQUEST", "data": {}}
            assert await device.said() == refused
        await device.tell({"code": 40000})
        assert (await device.said())["code"] == 40000

    play(site, script)


def test_a_device_that_hangs_up_is_forgotten(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = lines.socket(f"/device/{site.device_id}/socket", **key_of(site))
        await device.heard()
        await device.tell({"code": 40001})
        await device.said()
        await device.inbox.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(device.task, PATIENCE)

    play(site, script)


async def logged_in(lines: Lines, site: Site) -> Connection:
    device = lines.socket(f"/device/{site.device_id}/socket")
    await device.heard()
    await device.tell({"code": 40001, "data": {"key": site.device_key}})
    assert (await device.said())["state"] == 1
    return device


def _revoke(site: Site) -> None:
    with site.deployment.store.write() as conn:
        emit = site.deployment.journal.emit
        assert devices.revoke(conn, emit, site.device_id, site.clock.now())


def test_an_older_device_is_shown_the_service_and_rates_it(site: Site) -> None:
    site.serve()

    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        lines.source.waiting = [Signal(WAKE, WINDOW)]
        service = (await device.said())["data"]
        assert service["fields"][0]["value"] == "社保登记"
        said = {"code": service["code"], "key": service["key"], "grade": 2, "options": ["207"]}
        for _ in range(2):
            await device.tell({"code": 50101, "data": said})
            answer = await device.said()
            assert (answer["state"], len(answer["data"]["receipt"]) > 9) == (1, True)
        await device.tell({"code": 50100})
        assert (await device.said())["data"] == {}

    play(site, script)
    assert [(one.grade, one.channel) for one in site.ratings()] == [(2, "window_device")]


@pytest.mark.parametrize(
    ("code", "data", "problem"),
    [
        (50101, {}, "HCP-BAD-REQUEST"),
        (50101, {"code": "x" * 40, "key": "k", "grade": 5}, "HCP-BAD-LINK"),
        (50102, {}, "HCP-BAD-BATCH"),
        (49999, {}, "HCP-BAD-REQUEST"),
    ],
)
def test_what_an_older_device_gets_wrong_is_answered_under_its_own_code(
    site: Site, code: int, data: dict[str, Any], problem: str
) -> None:
    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        await device.tell({"code": code, "data": data})
        assert await device.said() == {"code": code, "state": 0, "msg": problem, "data": {}}

    play(site, script)


def test_a_fault_in_a_rating_is_named(site: Site) -> None:
    site.serve()

    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        await device.tell({"code": 50100})
        service = (await device.said())["data"]
        wrong = {"code": service["code"], "key": service["key"], "grade": 9}
        await device.tell({"code": 50101, "data": wrong})
        assert (await device.said())["msg"] == "HCP-GRADE-INVALID"

    play(site, script)


def test_kept_ratings_come_over_the_socket_too(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        items = [{"id": "a", "kid": "1", "box": "AAAA"}]
        await device.tell({"code": 50102, "data": {"items": items}})
        gone = {"id": "a", "status": "refused", "reason": "HCP-QUEUE-KEY-GONE"}
        assert (await device.said())["data"] == {"results": [gone]}

    play(site, script)


def test_a_heartbeat_tells_the_devices_health_and_the_servers_time(site: Site) -> None:
    now = round(site.clock.now().timestamp() * 1000)

    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        health = {"waiting": 3, "refused": {"HCP-BAD-LINK": 1}, "clock": now - 9000}
        await device.tell({"code": 40000, "data": {**health, "software": "vendor 7"}})
        data = (await device.said())["data"]
        assert (data["clock"], set(data["queue_key"])) == (now, {"id", "public"})

    play(site, script)
    with site.deployment.store.read() as conn:
        found = devices.load(conn, site.device_id)
    assert found is not None
    assert (found.waiting, found.refused, found.clock_offset_ms) == (3, 1, -9000)


def test_a_key_that_is_revoked_ends_socket_and_stream_at_once(site: Site) -> None:
    async def script(lines: Lines) -> None:
        screen = lines.get(events(site), **key_of(site))
        await screen.heard()
        await screen.body()
        device = await logged_in(lines, site)
        lines.source.waiting = [Signal(GONE, site.device_id)]
        ended = {"code": 40002, "state": 0, "msg": "HCP-KEY-REFUSED", "data": {}}
        assert await device.said() == ended
        assert (await device.heard())["code"] == 4403
        assert await screen.body() == "event: gone\ndata: {}\n\n"
        assert (await screen.heard())["more_body"] is False

    play(site, script)


def test_a_revoked_device_is_cut_off_at_its_next_word_even_if_the_line_missed_it(
    site: Site,
) -> None:
    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        await asyncio.to_thread(_revoke, site)
        await device.tell({"code": 40000})
        assert (await device.said())["code"] == 40002
        assert (await device.heard())["code"] == 4403

    play(site, script)


def test_a_message_that_is_too_long_is_hung_up_on(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        await device.inbox.put({"type": "websocket.receive", "text": " " * 70_000})
        assert (await device.heard())["code"] == 1009

    play(site, script)


def test_a_device_that_rates_without_end_is_slowed_down(site: Site) -> None:
    async def script(lines: Lines) -> None:
        device = await logged_in(lines, site)
        said = {"code": "x" * 40, "key": "k", "grade": 5}
        problems = set()
        for _ in range(302):
            await device.tell({"code": 50101, "data": said})
            problems.add((await device.said())["msg"])
        assert problems == {"HCP-BAD-LINK", "HCP-TOO-MANY"}

    play(site, script)


def _api_key(site: Site, scopes: frozenset[str], region: str = REGION) -> str:
    deployment = site.deployment
    with deployment.store.write() as conn:
        new = NewApiKey("业务系统", scopes, region)
        _, key = api_keys.add(
            conn, deployment.keyring, deployment.journal.emit, new, site.clock.now()
        )
    return key
