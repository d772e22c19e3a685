"""The device line: a small ASGI application that holds the connections of windows.

Window screens listen by server-sent events, older devices by WebSocket; both prove
themselves with the device's key, and are cut off when it ends. The line forwards signals
read from the journal and holds no rules. Business systems listen for the one word "done".

| address | for |
|---|---|
| `GET /device/<id>/events` | the window screen: event `wake` |
| `WS /device/<id>/socket` | devices that speak `{code, state, msg, data}`: see `web.sockets` |
| `GET /windows/<hall>/<window>/done` | the staff side, with an API key: event `done` |
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from haochaping.access import api_keys, devices
from haochaping.access.devices import Device
from haochaping.catalog import windows
from haochaping.problems import Problem
from haochaping.renewing import Following
from haochaping.store import StoreUnavailable
from haochaping.web.limits import Limiter
from haochaping.web.sockets import Conversation
from haochaping.web.wakes import DONE, GONE, WAKE, JournalSignals, Signal, SignalSource

if TYPE_CHECKING:
    from haochaping.deployment import Deployment

LOOK_SECONDS: Final = 0.25
"""How often the journal is looked at: a window wakes well within a second."""
KEEP_ALIVE_SECONDS: Final = 20.0
DEVICE_COOKIE: Final = "device_key"
STAFF_SCOPE: Final = "cases.push"
_BEARER: Final = "Bearer "
_NEVER_STORE: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Result = TypeVar("Result")
Listener = asyncio.Queue[None]


class Hub:
    """Listeners by kind of signal and window."""

    def __init__(self, source: SignalSource) -> None:
        self._source = source
        self._listeners: dict[tuple[str, int], set[Listener]] = defaultdict(set)
        self._later: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Forward signals until cancelled; a store that is away is asked again."""
        while True:
            try:
                signals = await run_in_threadpool(self._source.take)
            except StoreUnavailable:
                signals = []
            for signal in signals:
                self.tell(signal)
            await asyncio.sleep(LOOK_SECONDS)

    def tell(self, signal: Signal) -> None:
        """Tell a window's listeners, now or after the signal's delay."""
        if not signal.after:
            self._ring(signal)
            return
        task = asyncio.create_task(self._ring_later(signal))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    @asynccontextmanager
    async def listening(self, kind: str, window_id: int) -> AsyncIterator[Listener]:
        """Be a listener for as long as the block runs."""
        listener: Listener = asyncio.Queue(maxsize=1)
        self._listeners[kind, window_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[kind, window_id].discard(listener)

    def _ring(self, signal: Signal) -> None:
        for listener in self._listeners.get((signal.kind, signal.window_id), ()):
            if not listener.full():
                listener.put_nowait(None)

    async def _ring_later(self, signal: Signal) -> None:
        await asyncio.sleep(signal.after)
        self._ring(signal)


class Line:
    """The end points of one deployment's line."""

    def __init__(self, rules: Following, hub: Hub) -> None:
        deployment = rules.current
        self._deployment = deployment  # for keys, store and clock, which no rule changes
        self._rules = rules
        self._hub = hub
        self._limiter = Limiter(deployment.clock.now)
        self._origin = deployment.settings.base_url.rstrip("/")

    def routes(self) -> list[Route | WebSocketRoute]:
        """Return the addresses of the line."""
        return [
            Route("/healthz", self.alive),
            Route("/device/{device}/events", self.events),
            WebSocketRoute("/device/{device}/socket", self.socket),
            Route("/windows/{hall}/{window}/done", self.done),
        ]

    async def alive(self, request: Request) -> Response:
        """Say that the line is there."""
        return JSONResponse({"status": "ok"}, headers=_NEVER_STORE)

    async def events(self, request: Request) -> Response:
        """Hold a window screen's connection and wake it."""
        if request.headers.get("Origin", self._origin) != self._origin:
            return Response(status_code=403)
        found = await self._device(request, _key_of(request))
        if found is None:
            return self._refused()
        return self._stream(WAKE, found.window_id, found.id)

    async def done(self, request: Request) -> Response:
        """Tell the staff side of a window "done", later and without anything else."""
        window_id = await run_in_threadpool(self._window_of_key, request)
        return self._refused() if window_id is None else self._stream(DONE, window_id)

    async def socket(self, socket: WebSocket) -> None:
        """Speak with a device that logs in by itself."""
        await socket.accept()
        talk = Conversation(self._rules, self._limiter, socket, _key_of(socket))
        found = await talk.log_in(str(socket.path_params["device"]))
        if found is None:
            return
        async with (
            self._hub.listening(WAKE, found.window_id) as wakes,
            self._hub.listening(GONE, found.id) as ends,
        ):
            await talk.serve(wakes, ends)

    async def _device(self, connection: HTTPConnection, key: str) -> Device | None:
        found = await run_in_threadpool(self._authenticate, key)
        fits = found is not None and connection.path_params["device"] == str(found.id)
        return found if fits else None

    def _authenticate(self, key: str) -> Device | None:
        return self._asked(
            lambda conn: devices.authenticate_device(conn, self._deployment.keyring, key)
        )

    def _window_of_key(self, request: Request) -> int | None:
        """Return the window if the request's API key has the scope and reaches its place."""
        now, key = self._deployment.clock.now(), _key_of(request)
        hall, code = request.path_params["hall"], request.path_params["window"]

        def look(conn: Any) -> int | None:
            known = api_keys.authenticate_api_key(
                conn, self._deployment.keyring, key, STAFF_SCOPE, now
            )
            found = windows.find(conn, hall, code)
            here = found is not None and known.reaches(*windows.place(conn, found))
            return found.id if found is not None and here else None

        return self._asked(look)

    def _asked(self, look: Callable[[Any], Result]) -> Result | None:
        try:
            with self._deployment.store.read() as conn:
                return look(conn)
        except Problem:
            return None

    def _stream(self, kind: str, window_id: int, device_id: int = 0) -> Response:
        return StreamingResponse(
            _signals(self._hub, kind, window_id, device_id),
            media_type="text/event-stream",
            headers={**_NEVER_STORE, **self._cross_origin()},
        )

    def _refused(self) -> Response:
        return Response(status_code=401, headers={**_NEVER_STORE, **self._cross_origin()})

    def _cross_origin(self) -> dict[str, str]:
        """Let the screen listen, which comes from another port, with its cookie."""
        return {
            "Access-Control-Allow-Origin": self._origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }


def create_line(deployment: Deployment, source: SignalSource | None = None) -> Starlette:
    """Return the line of a deployment; `source` replaces the journal in tests."""
    rules = Following(deployment)

    def within() -> int:
        return rules.look().profile.rules.channels.device.wake_within_minutes

    hub = Hub(source or JournalSignals(deployment.store, deployment.clock, within))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(hub.run())
        yield
        running.cancel()

    return Starlette(routes=Line(rules, hub).routes(), lifespan=lifespan)


async def _signals(hub: Hub, kind: str, window_id: int, device_id: int) -> AsyncIterator[str]:
    """Yield the events of one listener until its device's key ends."""
    async with (
        hub.listening(kind, window_id) as listener,
        hub.listening(GONE, device_id) as ends,
    ):
        yield "retry: 2000\n\n"
        while ends.empty():
            yield await _next_event(listener, ends, kind)


async def _next_event(listener: Listener, ends: Listener, kind: str) -> str:
    waits = [asyncio.create_task(one.get()) for one in (listener, ends)]
    done, waiting = await asyncio.wait(
        waits, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    for task in waiting:
        task.cancel()
    if waits[1] in done:
        ends.put_nowait(None)  # seen again by the loop, which ends
        return f"event: {GONE}\ndata: {{}}\n\n"
    return f"event: {kind}\ndata: {{}}\n\n" if done else ": \n\n"


def _key_of(connection: HTTPConnection) -> str:
    given = connection.headers.get("Authorization", "")
    if given.startswith(_BEARER):
        return given.removeprefix(_BEARER).strip()
    return connection.cookies.get(DEVICE_COOKIE, "")


@lru_cache(maxsize=1)
def _from_home() -> Starlette:
    from haochaping import logs
    from haochaping.deployment import Deployment

    logs.configure_process("line")
    return create_line(Deployment.open())


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve an ASGI connection with the deployment at `HAOCHAPING_HOME`."""
    await _from_home()(scope, receive, send)
