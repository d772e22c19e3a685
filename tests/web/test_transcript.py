"""The conversation in docs/devices.md, held with a real client and the line as it is served."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from haochaping.access import devices
from tests.web.live import Live, listening

GUIDE = Path(__file__).parents[2] / "docs" / "devices.md"
PATIENCE = 10.0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with listening(tmp_path_factory.mktemp("line") / "home") as found:
        yield found


def transcript() -> list[tuple[str, str]]:
    text = GUIDE.read_text("utf-8").partition("```transcript\n")[2].partition("```")[0]
    return [(line[0], line[2:]) for line in text.splitlines()]


def address(live: Live) -> str:
    line = live.site.deployment.settings.line_url.replace("http", "ws", 1)
    return f"{line}/device/{live.site.device_id}/socket"


class Reader:
    """Holds the device's side and learns what stands behind the dots."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.known = {"…key": live.site.device_key}

    async def play(self, socket: ClientConnection) -> None:
        for who, line in transcript():
            if who == ">":
                await socket.send(json.dumps(self.filled(json.loads(line))))
            elif who == "<":
                said = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
                self.fits(json.loads(line), said)
            else:
                await self.happens(line, socket)

    async def happens(self, what: str, socket: ClientConnection) -> None:
        if "concluded" in what:
            await asyncio.to_thread(self.live.serve)
        elif "revoked" in what:
            await asyncio.to_thread(revoke, self.live)
        else:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == int(re.findall(r"\d+", what)[0])

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        return self.known.get(value, value) if isinstance(value, str) else value

    def fits(self, wanted: Any, said: Any) -> None:
        """Compare with the guide; named dots must mean the same thing each time."""
        if isinstance(wanted, dict):
            assert set(wanted) == set(said)
            for name, one in wanted.items():
                self.fits(one, said[name])
        elif isinstance(wanted, list):
            assert len(wanted) == len(said)
            for one, other in zip(wanted, said, strict=True):
                self.fits(one, other)
        elif isinstance(wanted, str) and wanted.startswith("…"):
            assert said
            if wanted != "…":
                assert self.known.setdefault(wanted, said) == said
        else:
            assert wanted == said


def revoke(live: Live) -> None:
    deployment = live.site.deployment
    with deployment.store.write() as conn:
        assert devices.revoke(
            conn, deployment.journal.emit, live.site.device_id, deployment.clock.now()
        )


def test_a_device_that_does_not_log_in_is_hung_up_on(live: Live) -> None:
    async def knock() -> int:
        async with connect(address(live)) as socket:
            await socket.send('{"code": 40001, "data": {"key": "hcpd_wrong"}}')
            refused = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
            assert (refused["state"], refused["msg"]) == (0, "HCP-KEY-REFUSED")
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd is not None
            return closed.value.rcvd.code

    assert asyncio.run(knock()) == 4401


def test_an_address_that_is_no_device_is_no_socket(live: Live) -> None:
    async def knock() -> None:
        async with connect(address(live).replace("/socket", "/nothing")):
            pass

    with pytest.raises((InvalidStatus, ConnectionClosed)):
        asyncio.run(knock())


def test_the_conversation_of_the_guide_happens_word_for_word(live: Live) -> None:
    async def talk() -> None:
        async with connect(address(live)) as socket:
            await Reader(live).play(socket)

    asyncio.run(talk())
    assert [(one.grade, one.options) for one in live.site.ratings()] == [(2, ["207"])]
