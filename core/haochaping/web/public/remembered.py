"""Public pages that many ask for at once: rendered once a moment, the same bytes for all.

A home takes some fifty statements. Whoever asks within `FRESH_SECONDS` of the last rendering
gets its bytes; while somebody renders it anew, the others get them once more. A page is
the same for everybody with the same address, language and display: who asks for anything
else, or is given a cookie, gets a page of their own.

Only web processes remember (`create_app(…, remember=True)`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, current_app, g, request

from haochaping.clock import stopwatch
from haochaping.web import frame, i18n

FRESH_SECONDS: Final = 1.0
"""How long a rendering is served; with the caches' second a rating shows within two."""
STALE_SECONDS: Final = 2.0
"""How long at most, while somebody renders the page anew."""
MOST: Final = 256
"""Pages remembered at once, the last asked for."""
_LONGEST_KEY: Final = 200
_LOCKS: Final = 16
_NAME: Final = "haochaping.remembered"


@dataclass(frozen=True, slots=True)
class _Rendering:
    body: bytes
    headers: tuple[tuple[str, str], ...]
    since: float
    """The stopwatch when it was begun: its figures are no older."""

    def response(self) -> Response:
        return Response(self.body, headers=list(self.headers))


class Remembered:
    """The pages that this process rendered within the last moments."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, _Rendering] = OrderedDict()
        self._changing = threading.Lock()
        self._rendering = tuple(threading.Lock() for _ in range(_LOCKS))

    def page(self, key: Hashable, render: Callable[[], Response]) -> Response:
        """Return the page of a key, as it was rendered a moment ago or is now."""
        asked = stopwatch()
        found = self._pages.get(key)
        if found is not None and asked - found.since < FRESH_SECONDS:
            return found.response()
        lock = self._rendering[hash(key) % _LOCKS]
        usable = found is not None and asked - found.since < STALE_SECONDS
        if not lock.acquire(blocking=not usable):
            assert found is not None
            return found.response()
        try:
            found = self._pages.get(key)  # whoever had the lock may have rendered just this
            if found is not None and stopwatch() - found.since < FRESH_SECONDS:
                return found.response()
            return self._render(key, render)
        finally:
            lock.release()

    def _render(self, key: Hashable, render: Callable[[], Response]) -> Response:
        since, response = stopwatch(), render()
        if response.status_code != 200 or "Set-Cookie" in response.headers or g.get("connect"):
            return response
        rendering = _Rendering(response.get_data(), tuple(response.headers), since)
        with self._changing:
            self._pages[key] = rendering
            self._pages.move_to_end(key)
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)
        return response


def install(app: Flask) -> None:
    """Let an application remember."""
    app.extensions[_NAME] = Remembered()


def remembered(render: Callable[[], Response]) -> Response:
    """Return the page that was asked for, rendered now unless the process remembers it."""
    known: Remembered | None = current_app.extensions.get(_NAME)
    key = request.full_path
    if known is None or request.method != "GET" or len(key) > _LONGEST_KEY:
        return render()
    return known.page((key, i18n.language(), frame.mode()), render)
