"""An end of the pipe: frames go out at once and are waited for, shortly by watching, then asleep.

Being woken costs a process longer than most answers take. Where the last wait was a short one the
pipe is therefore watched for `WATCH` before sleeping, giving the processor away at each look; a
side that is kept waiting longer does not watch again until a wait was short once more. So nothing
is watched between two ratings, and a slow plugin costs no processor time here.
"""

from __future__ import annotations

import os
import select
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.isolation.wire import HEAD, length, packed, unpacked

WATCH: Final = 0.0001
"""Seconds for which a pipe is watched before its reader sleeps."""
_SHORT: Final = 0.0003
"""Seconds of a wait, being woken included, after which the next one is watched."""
_CHUNK: Final = 65536


class Exceeded(Exception):
    """The time is over."""


class Gone(Exception):
    """The other process has ended, or closed its end of the pipe."""


class Line:
    """The two ends of the pipes that are here: one is read, one is written."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        os.set_blocking(writes, False)
        self._held = bytearray()
        self._heard = select.poll()
        self._heard.register(reads, select.POLLIN)
        self._watches = False
        self._alone = len(os.sched_getaffinity(0)) == 1

    @property
    def spoken(self) -> bool:
        """True when something came that was not read yet."""
        return bool(self._heard.poll(0))

    def give(self, message: Any, until: float | None = None) -> None:
        """Send a message. Raises Malformed, Exceeded when it is not taken until then, or Gone."""
        left = memoryview(packed(message))
        while left:
            try:
                left = left[os.write(self._writes, left) :]
            except BlockingIOError:
                _wait(_writable(self._writes), until)
            except OSError as error:
                raise Gone from error

    def take(self, until: float | None = None) -> list[Any]:
        """Return the next message. Raises Malformed, Gone, or Exceeded when none came in time."""
        held = self._held
        wanted = HEAD
        while len(held) < wanted or len(held) < (wanted := HEAD + length(held)):
            self._await(until)
            chunk = os.read(self._reads, _CHUNK)
            if not chunk:
                raise Gone
            held += chunk
        body = held[HEAD:wanted]
        del held[:wanted]
        return unpacked(body)

    def _await(self, until: float | None) -> None:
        """Wait until there is something to read. Raises Exceeded."""
        began = stopwatch()
        if not (self._watches and self._seen(began + WATCH)):
            _wait(self._heard, until)
        self._watches = stopwatch() - began < _SHORT and not self._alone

    def _seen(self, end: float) -> bool:
        """Say whether something came while the pipe was watched."""
        while not self._heard.poll(0):
            if stopwatch() > end:
                return False
            os.sched_yield()
        return True


def _writable(file: int) -> select.poll:
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    return poll


def _wait(poll: select.poll, until: float | None) -> None:
    left = None if until is None else until - stopwatch()
    if left is not None and left <= 0:
        raise Exceeded
    if not poll.poll(None if left is None else left * 1000 + 1):
        raise Exceeded
