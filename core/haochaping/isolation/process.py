"""One process of a host as the core sees it: started, spoken to within a time, ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.isolation.line import Line
from haochaping.isolation.source import Source

_PROGRAM: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    " from haochaping.isolation.inside import main; main(*map(int, sys.argv[2:]))"
)


class Process:
    """A fresh interpreter with two pipes; a third one, never written, tells it when we end."""

    def __init__(self, source: Source, megabytes: int, hidden: Sequence[Path]) -> None:
        reads, our_writes = os.pipe()
        our_reads, writes = os.pipe()
        life, our_life = os.pipe()
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
        self._line = Line(our_reads, our_writes)
        self.welcome = False
        """Whether it has said what it is."""
        ours = (our_writes, our_reads, our_life)
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
        return self._line.spoken

    @property
    def ended(self) -> bool:
        """True when it has ended by itself."""
        return self._popen.poll() is not None

    def give(self, message: Any, until: float) -> None:
        """Send a message. Raises Malformed, Exceeded or Gone."""
        self._line.give(message, until)

    def take(self, until: float) -> list[Any]:
        """Return the next message. Raises Malformed, Exceeded or Gone."""
        return self._line.take(until)

    def end(self) -> None:
        """End the process now; once is enough."""
        self._end()


def _end(popen: subprocess.Popen[bytes], ends: Sequence[int], owner: int) -> None:
    for one in ends:
        with contextlib.suppress(OSError):
            os.close(one)
    if os.getpid() == owner:
        popen.kill()
        popen.wait()
    else:
        popen.returncode = 0  # a fork of the core: the process is not its child
