"""One writer at a time: a mutex between threads, a lock file between processes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from haochaping.clock import pause, stopwatch

_HAS_LOCK_FILES: Final = sys.platform != "win32"
"""On Windows there is no `flock`; SQLite's own busy wait remains."""

if sys.platform != "win32":
    import fcntl

_PAUSE_SECONDS: Final = 0.0004


class GateClosed(TimeoutError):
    """Another writer held the gate for too long."""


class Gate:
    """Lets one thread of one process through.

    SQLite's busy wait backs off up to a tenth of a second and is unfair; waiting here
    costs less than half a millisecond after the other process has left.
    """

    def __init__(self, mutex: threading.Lock, path: Path | None, seconds: float) -> None:
        self._mutex = mutex
        self._path = path if _HAS_LOCK_FILES else None
        self._seconds = seconds
        self._file: int | None = None
        self._owner = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold the gate. Raises GateClosed after the gate's time limit."""
        started = stopwatch()
        if not self._mutex.acquire(timeout=self._seconds):
            raise GateClosed("another thread is writing")
        try:
            self._lock_file(started)
            try:
                yield
            finally:
                self._unlock_file()
        finally:
            self._mutex.release()

    def _lock_file(self, started: float) -> None:
        if self._path is None:
            return
        handle = self._open(self._path)
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if stopwatch() - started > self._seconds:
                    raise GateClosed("another process is writing") from None
                pause(_PAUSE_SECONDS)

    def _unlock_file(self) -> None:
        if self._path is not None and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the lock file back; the next writer opens it again."""
        with self._mutex:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _open(self, path: Path) -> int:
        if self._file is not None and self._owner != os.getpid():  # a fork must lock for itself
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._owner = os.getpid()
        return self._file
