"""Watching a call for what a pure function never does: clock, chance, network, files, processes."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from types import FrameType
from typing import Any, Final

_FUNCTIONS: Final = {
    ("time", "time"): "clock",
    ("time", "time_ns"): "clock",
    ("time", "monotonic"): "clock",
    ("time", "perf_counter"): "clock",
    ("time", "localtime"): "clock",
    ("time", "gmtime"): "clock",
    ("time", "sleep"): "clock",
    ("posix", "urandom"): "chance",
    ("posix", "fork"): "processes",
}
_CLASS_METHODS: Final = frozenset({"now", "utcnow", "today"})
_AUDITED: Final = {
    "socket.connect": "network",
    "socket.bind": "network",
    "socket.getaddrinfo": "network",
    "sqlite3.connect": "database",
    "subprocess.Popen": "processes",
    "os.system": "processes",
    "os.fork": "processes",
    "os.putenv": "environment",
}

_watching = threading.local()


@contextmanager
def watched(touched: set[str]) -> Iterator[None]:
    """Add to `touched` what the block touches: `clock`, `chance`, `network`, `files` and so on.

    Only this thread is watched, and only while the block runs.
    """
    _listen()
    _watching.touched = touched
    before = sys.getprofile()
    sys.setprofile(_profiler(touched))
    try:
        yield
    finally:
        sys.setprofile(before)
        _watching.touched = None


def _profiler(touched: set[str]) -> Callable[[FrameType, str, Any], None]:
    def see(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            kind = _kind(called)
            if kind:
                touched.add(kind)

    return see


def _kind(called: Any) -> str:
    owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    if isinstance(owner, type) and issubclass(owner, date | datetime):
        return "clock" if name in _CLASS_METHODS else ""
    if owner is _SHARED_DICE:
        return "chance"
    return _FUNCTIONS.get((getattr(called, "__module__", None) or "", name), "")


_SHARED_DICE: Final = random.random.__self__  # type: ignore[attr-defined]
"""The generator behind `random.random()`: one of the plugin's own may have a fixed seed."""


@cache
def _listen() -> None:
    """Listen to the interpreter's audit events; they cannot be unsubscribed, only ignored."""
    sys.addaudithook(_audited)


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    touched: set[str] | None = getattr(_watching, "touched", None)
    if touched is None:
        return
    if event in _AUDITED:
        touched.add(_AUDITED[event])
    elif event == "open" and _writes(arguments[1]):
        touched.add("files")


def _writes(mode: Any) -> bool:
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")
