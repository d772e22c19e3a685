"""One process of a host as the core sees it: started, spoken to within a time, ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.isolation.source import Source
from haochaping.isolation.wire import HEAD, length, packed, unpacked

_CHUNK: Final = 65536
_PROGRAM: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    " from haochaping.isolation.inside import main; main(*map(int, sys.argv[2:]))"
)


class Exceeded(Exception):
    """The time is over."""


class Gone(Exception):
    """The process has ended, or closed its end of the pipe."""


class Process:
    """A fresh interpreter with two pipes; a third one, never written, tells it when we end."""

    def __init__(self, source: Source, megabytes: int, hidden: Sequence[Path]) -> None:
        reads, self._writes = os.pipe()
        self._reads, writes = os.pipe()
        life, self._life = os.pipe()
        os.set_blocking(self._writes, False)
        theirs = (reads, writes, life)
        path = json.dumps([one for one in sys.path if one])
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _PROGRAM, path, *map(str, theirs)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            pass_fds=theirs,
        )
        for one in theirs:
            os.close(one)
        self._held = bytearray()
        self._heard = select.poll()
        self._heard.register(self._reads, select.POLLIN)
        self.welcome = False
        """Whether it has said what it is."""
        ours = (self._writes, self._reads, self._life)
        self._end = weakref.finalize(self, _end, self._popen, ours, os.getpid())
        hello = {"source": source.told(), "megabytes": megabytes, "hidden": list(map(str, hidden))}
        self.give([hello], stopwatch() + 10)

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._popen.pid

    @property
    def spoke(self) -> bool:
        """True when it has said something that was not read yet."""
        return bool(self._heard.poll(0))

    @property
    def ended(self) -> bool:
        """True when it has ended by itself."""
        return self._popen.poll() is not None

    def give(self, message: Any, until: float) -> None:
        """Send a message. Raises Malformed, Exceeded or Gone."""
        left = memoryview(packed(message))
        while left:
            try:
                left = left[os.write(self._writes, left) :]
            except BlockingIOError:
                self._wait_to_write(until)
            except OSError as error:
                raise Gone from error

    def take(self, until: float) -> list[Any]:
        """Return the next message. Raises Malformed, Exceeded or Gone."""
        wanted = HEAD
        while True:
            if len(self._held) >= HEAD:
                wanted = HEAD + length(self._held)
                if len(self._held) >= wanted:
                    break
            self._more(until)
        body = bytes(self._held[HEAD:wanted])
        del self._held[:wanted]
        return unpacked(body)

    def end(self) -> None:
        """End the process now; once is enough."""
        self._end()

    def _more(self, until: float) -> None:
        left = until - stopwatch()
        if left <= 0 or not self._heard.poll(left * 1000 + 1):
            raise Exceeded
        chunk = os.read(self._reads, _CHUNK)
        if not chunk:
            raise Gone
        self._held += chunk

    def _wait_to_write(self, until: float) -> None:
        poll = select.poll()
        poll.register(self._writes, select.POLLOUT)
        left = until - stopwatch()
        if left <= 0 or not poll.poll(left * 1000 + 1):
            raise Exceeded


def _end(popen: subprocess.Popen[bytes], ends: Sequence[int], owner: int) -> None:
    for one in ends:
        with contextlib.suppress(OSError):
            os.close(one)
    if os.getpid() == owner:
        popen.kill()
        popen.wait()
    else:
        popen.returncode = 0  # a fork of the core: the process is not its child
