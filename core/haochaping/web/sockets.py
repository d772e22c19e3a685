"""The conversation with a vendor's window device over WebSocket: `{code, state, msg, data}`.

| code | who speaks | meaning |
|---|---|---|
| 40001 | device | log in: `data.key` |
| 40000 | device | heartbeat, every 60 s; `data` is its health |
| 50100 | line, or a device that asks | open the evaluation page: `data` is the service |
| 50101 | device | a rating; the answer holds its receipt |
| 50102 | device | ratings kept while the line was down, each answered by itself |
| 40002 | line | the key has ended; the line hangs up |

Every message of a device gets one answer under its own code: `state` 1 and `msg` `ok`, or
`state` 0 and `msg` the code of the problem. Ratings go through the same door as all others.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from haochaping.access import devices
from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import Device
from haochaping.evaluation import kept
from haochaping.problems import Problem
from haochaping.web import limits
from haochaping.web.codes import grouped
from haochaping.web.device import door
from haochaping.web.errors import BadRequest
from haochaping.web.limits import Limit, Limiter, TooMany

if TYPE_CHECKING:
    from haochaping.deployment import Deployment
    from haochaping.renewing import Following

HEARTBEAT_SECONDS: Final = 60
LOGIN_SECONDS: Final = 15.0
LOG_IN, HEARTBEAT, KEY_ENDED = 40001, 40000, 40002
OPEN_PAGE, RATE, KEPT = 50100, 50101, 50102
REFUSED_CLOSE, ENDED_CLOSE, TOO_LONG_CLOSE = 4401, 4403, 1009
LONGEST: Final = 64 * 1024
Said = dict[str, Any]
Listener = asyncio.Queue[None]
_GONE: Final = (WebSocketDisconnect, TimeoutError)


class Conversation:
    """One device on one connection, from log-in until one side hangs up."""

    def __init__(self, rules: Following, limiter: Limiter, socket: WebSocket, key: str) -> None:
        """Take the connection; `key` is what its headers carried, if anything."""
        self._rules = rules
        self._limiter = limiter
        self._socket = socket
        self._key = key
        self._device: Device | None = None

    @property
    def _deployment(self) -> Deployment:
        """The deployment by the rules that stand now; asked in threads only."""
        return self._rules.look()

    async def log_in(self, device_id: str) -> Device | None:
        """Wait for 40001 and return the device of its key, None when it was hung up on."""
        try:
            said = await asyncio.wait_for(self._hear(), LOGIN_SECONDS)
        except (WebSocketDisconnect, TimeoutError):
            return None
        self._key = str(said["data"].get("key") or "") or self._key
        found = await run_in_threadpool(self._known) if said["code"] == LOG_IN else None
        if found is None or str(found.id) != device_id:
            await self._say(LOG_IN, KeyRefused.code, ok=False)
            await self._socket.close(code=REFUSED_CLOSE)
            return None
        self._device = found
        await self._say(LOG_IN, data={"heartbeat_seconds": HEARTBEAT_SECONDS})
        return found

    async def serve(self, wakes: Listener, ends: Listener) -> None:
        """Answer and wake the device until it hangs up, falls silent or its key ends."""
        tasks = [
            asyncio.create_task(one)
            for one in (self._answers(), self._wakes(wakes), self._end(ends))
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        if True in found:
            await self._hang_up()  # only now: a server may not close while it is listening
        for fault in found:
            if isinstance(fault, Exception) and not isinstance(fault, _GONE):
                raise fault

    async def _answers(self) -> bool:
        """Answer each message until the key has ended, then return True.

        A device that is silent for two beats and more is gone.
        """
        while True:
            said = await asyncio.wait_for(self._hear(), HEARTBEAT_SECONDS * 2.5)
            if not await self._answer(said["code"], said["data"]):
                return True

    async def _answer(self, code: Any, data: Said) -> bool:
        act = self._acts().get(code)
        try:
            if act is None:
                raise BadRequest()
            await self._say(code, data=await run_in_threadpool(act, data))
        except KeyRefused:
            return False
        except Problem as problem:
            await self._say(code, kept.reason_of(problem), ok=False)
        return True

    async def _wakes(self, wakes: Listener) -> None:
        while True:
            await wakes.get()
            await self._say(OPEN_PAGE, data=await run_in_threadpool(self._offered, {}))

    async def _end(self, ends: Listener) -> bool:
        await ends.get()
        return True

    async def _hang_up(self) -> None:
        await self._say(KEY_ENDED, KeyRefused.code, ok=False)
        await self._socket.close(code=ENDED_CLOSE)

    def _acts(self) -> dict[Any, Callable[[Said], Said]]:
        return {
            HEARTBEAT: self._beat,
            OPEN_PAGE: self._offered,
            RATE: self._rate,
            KEPT: self._take_kept,
        }

    def _beat(self, data: Said) -> Said:
        door.heard_of(self._deployment, self._own(), door.report_of(data))
        now = self._deployment.clock.now()
        key = door.queue_key(self._deployment)
        return {"clock": round(now.timestamp() * 1000), "queue_key": key}

    def _offered(self, data: Said) -> Said:
        return door.offered(self._deployment, self._own()) or {}

    def _rate(self, data: Said) -> Said:
        found = self._own()
        self._spend(limits.RATE, found)
        return {"receipt": grouped(door.rate(self._deployment, found, data).code)}

    def _take_kept(self, data: Said) -> Said:
        found = self._own()
        batch = kept.batch_of(found.id, data)
        self._spend(limits.KEPT, found, len(batch.items))
        fared = kept.take(self._deployment.intake, batch)
        return {"results": [{"id": o.id, "status": o.fate, "reason": o.reason} for o in fared]}

    def _spend(self, limit: Limit, found: Device, count: int = 1) -> None:
        if self._limiter.take(limit, f"device:{found.id}", count):
            raise TooMany()

    def _own(self) -> Device:
        """Return the device as it stands now. Raises KeyRefused when its key has ended."""
        found = self._known()
        if found is None or self._device is None or found.id != self._device.id:
            raise KeyRefused()
        return found

    def _known(self) -> Device | None:
        try:
            with self._deployment.store.look() as conn:
                return devices.authenticate_device(conn, self._deployment.keyring, self._key)
        except KeyRefused:
            return None

    async def _hear(self) -> Said:
        """Return the next message; what cannot be read is a message without a code."""
        text = await self._socket.receive_text()
        if len(text) > LONGEST:
            await self._socket.close(code=TOO_LONG_CLOSE)
            raise WebSocketDisconnect(TOO_LONG_CLOSE)
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        said = said if isinstance(said, dict) else {}
        code, data = said.get("code"), said.get("data")
        whole = isinstance(code, int) and not isinstance(code, bool)
        return {"code": code if whole else 0, "data": data if isinstance(data, dict) else {}}

    async def _say(self, code: int, msg: str = "ok", *, ok: bool = True, data: Any = None) -> None:
        said = {"code": code, "state": 1 if ok else 0, "msg": msg, "data": data or {}}
        await self._socket.send_json(said)
