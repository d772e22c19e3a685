"""Running several processes as one: started together, restarted when one dies, stopped together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.logs import log

_TOO_SOON_SECONDS: Final = 3.0
_MAX_QUICK_DEATHS: Final = 5
_STOP_SECONDS: Final = 10.0


@dataclass(slots=True)
class _Child:
    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes]
    started: float
    quick_deaths: int = 0


class Supervisor:
    """Keeps child processes alive until told to stop.

    A child that dies within seconds of its start several times in a row is given up,
    and with it everything: an error that repeats needs a person.
    """

    def __init__(
        self, commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]
    ) -> None:
        self._environment = dict(environment)
        self._stopping = threading.Event()
        self._children = [self._start(name, arguments) for name, arguments in commands.items()]

    def run(self) -> int:
        """Watch the children until SIGINT or SIGTERM; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)
        code = 0
        while not self._stopping.wait(0.3):
            if not all(self._alive(child) for child in self._children):
                code = 1
                break
        self._stop()
        return code

    def _start(self, name: str, arguments: Sequence[str]) -> _Child:
        command = [sys.executable, "-m", "haochaping.cli", *arguments]
        # a session of its own: Ctrl-C reaches only the supervisor, which stops them in order
        process = subprocess.Popen(command, env=self._environment, start_new_session=True)
        log("process.started", child=name, pid=process.pid)
        return _Child(name, arguments, process, stopwatch())

    def _alive(self, child: _Child) -> bool:
        if child.process.poll() is None:
            return True
        lived = stopwatch() - child.started
        child.quick_deaths = child.quick_deaths + 1 if lived < _TOO_SOON_SECONDS else 0
        if child.quick_deaths >= _MAX_QUICK_DEATHS:
            log("process.given_up", child=child.name, error="it keeps dying")
            return False
        code = child.process.returncode
        log("process.ended", child=child.name, error=f"exit code {code}; starting it again")
        again = self._start(child.name, child.arguments)
        child.process, child.started = again.process, again.started
        return True

    def _told_to_stop(self, number: int, frame: Any) -> None:
        self._stopping.set()

    def _stop(self) -> None:
        for child in self._children:
            if child.process.poll() is None:
                child.process.terminate()
        for child in self._children:
            try:
                child.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
