"""The core's side of a host: started when needed, asked within a time, ended and replaced."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from haochaping.clock import stopwatch
from haochaping.hooks.kinds import HookKind
from haochaping.isolation.codec import codec
from haochaping.isolation.configured import thawed
from haochaping.isolation.contract import Shape, shape_of
from haochaping.isolation.doors import MOST_EFFECTS, MOST_QUESTIONS, ZONE, doors, kept
from haochaping.isolation.guards import GUARDS, Guard
from haochaping.isolation.line import Exceeded, Gone
from haochaping.isolation.process import Process
from haochaping.isolation.source import Source
from haochaping.isolation.wire import Malformed

RENEWED_AFTER: Final = 200_000
"""Calls after which a host is replaced, so that none wears out its processor time."""
_PAUSE: Final = 1.0
"""Seconds for which a host that could not be started is not started again."""
_WORDS: Final = 200
_ERROR: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}( at [\w.\-<>]{1,80}:\d{1,7})?")
_JUNK: Final = "unusable answer: "


@dataclass(frozen=True, slots=True)
class Limits:
    """What a host may take: seconds of one call, seconds of its start, megabytes of memory."""

    seconds: float = 1.0
    start_seconds: float = 15.0
    megabytes: int = 512
    reserve: bool = True
    """Whether a second process stands by."""


class HostFailed(Exception):
    """A host did not answer as agreed; the words are ours and hold none of the data passed."""


class Host:
    """One plugin in a process of its own, asked by one thread at a time.

    Once it has answered, a second process stands by with the plugin loaded, so that one that
    hangs or dies is replaced at once, however busy the machine is.
    """

    def __init__(self, source: Source, limits: Limits, hidden: Sequence[Path] = ()) -> None:
        self.limits = limits
        self.guards: tuple[Guard, ...] = ()
        self.replaced = 0
        """How often the process was replaced since the start."""
        self._source, self._hidden = source, tuple(hidden)
        self._config: Mapping[str, Any] | None = None
        self._services: Any = None
        self._process: Process | None = None
        self._about: Mapping[str, Any] | None = None
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._number = 0
        self._failed_at = float("-inf")
        self._first = 0
        self._reserve: Process | None = None

    @property
    def process_id(self) -> int | None:
        """The number of the process at work, None when there is none."""
        return None if self._process is None else self._process.id

    @property
    def in_reserve(self) -> str:
        """How far the process that stands by has come: `none`, `starting` or `ready`."""
        if self._reserve is None:
            return "none"
        return "ready" if self._reserve.spoke else "starting"

    def describe(self) -> Mapping[str, Any]:
        """Return what the plugin says of itself. Raises HostFailed."""
        with self._turn():
            self._ready()
            assert self._about is not None  # it is ready
            return self._about

    def make(self, config: Mapping[str, Any], services: Any) -> None:
        """Let the plugin make its instance. Raises HostFailed."""
        with self._turn():
            if self._config is not None:
                self._end()
                self._config = None
            process = self._ready()
            self._config, self._services = thawed(config), services
            process.give(["make", self._config], stopwatch() + self.limits.start_seconds)
            self._made(process, stopwatch() + self.limits.start_seconds)

    def call(self, hook: str, wanted: Sequence[str], given: Sequence[Any]) -> Any:
        """Ask a hook; return its answer as the declared types, effects carried out.

        Raises HostFailed, or whatever carrying out an effect raises.
        """
        form = shape_of(hook)
        told = [form.types[name].written(one) for name, one in zip(wanted, given, strict=True)]
        with self._turn():
            answer, effects = self._asked(form, told)
        if effects:
            self._carry_out(form, effects)
        return answer

    def close(self) -> None:
        """End the process; the next call starts another one."""
        with self._lock:
            self._end()

    def _turn(self) -> _Turn:
        if self._owner != os.getpid():  # a fork: the process belongs to the one we come from
            self._lock, self._owner = threading.Lock(), os.getpid()
            self._end()
        return _Turn(self._lock, 2 * self.limits.seconds + 1)

    def _asked(self, form: Shape, told: list[Any]) -> tuple[Any, list[Any]]:
        process = self._ready()
        self._number += 1
        until = stopwatch() + self.limits.seconds
        try:
            process.give([self._number, form.spec.name, told], until)
            word, *rest = self._spoken(process, form, until)
            if word == "failed":
                raise HostFailed(_error(rest))
            if word != "done" or len(rest) != 2 or not isinstance(rest[1], list):
                raise Malformed("neither an answer nor a failure")
            answer = form.answer.back(rest[0])
        except Exceeded:
            self._replace()
            raise HostFailed(f"no answer within {self.limits.seconds:g} s; replaced") from None
        except Gone:
            self._replace()
            raise HostFailed("its process has ended; replaced") from None
        except Malformed as error:
            self._replace()
            raise HostFailed(f"{_JUNK}{error}; replaced"[:_WORDS]) from None
        if self._reserve is None and self._wants_reserve(form):
            self._reserve = self._begun()
        return answer, rest[1]

    def _wants_reserve(self, form: Shape) -> bool:
        return self.limits.reserve and form.spec.facts.kind is not HookKind.CONTRIBUTES

    def _spoken(self, process: Process, form: Shape, until: float) -> list[Any]:
        """Answer questions until the call is answered itself; return what is said of it."""
        for _ in range(MOST_QUESTIONS):
            number, *said = process.take(until)
            if number != self._number or not said:
                raise Malformed("an answer to another call")
            if said[0] != "ask":
                return said
            process.give(self._looked_up(form, said), until)
        raise Malformed(f"more than {MOST_QUESTIONS} questions in one call")

    def _looked_up(self, form: Shape, said: list[Any]) -> list[Any]:
        _, name, told = said
        known = doors(form.spec.facts.kind)
        if name == ZONE and "now" in known:
            return ["told", str(self._services.worktime.zone)]
        door = known.get(name) if isinstance(name, str) else None
        if door is None or door.effect:
            raise Malformed("a question that is not open to it")
        named = door.read(told)
        answer = door.of(self._services)(**named)
        return ["told", codec(door.gives).written(answer)]

    def _carry_out(self, form: Shape, effects: Sequence[Any]) -> None:
        """Do what an observer wants done, in its order; a later effect may use an earlier one."""
        known = doors(form.spec.facts.kind)
        promised: list[Any] = []
        for each in effects[:MOST_EFFECTS]:
            try:
                name, told = each
                door = known[name]
                if not door.effect:
                    raise Malformed("no effect")
                named = door.read(kept(told, promised))
            except (ValueError, LookupError, TypeError) as error:
                words = str(error) if isinstance(error, Malformed) else "no effect"
                raise HostFailed(f"unusable effect: {words}"[:_WORDS]) from None
            promised.append(door.of(self._services)(**named))

    def _ready(self) -> Process:
        """Return the process at work: the one there is, the one in reserve, or a new one."""
        if self._process is not None and self._worn(self._process):
            self._process.end()
            self._process = None
        if self._process is None:
            self._process, self._first = self._next(), self._number
        if not self._process.welcome:
            self._welcome(self._process)
        return self._process

    def _worn(self, process: Process) -> bool:
        """Say whether a process has ended between two calls, or done enough of them."""
        return process.ended or self._number - self._first >= RENEWED_AFTER

    def _next(self) -> Process:
        reserve, self._reserve = self._reserve, None
        if reserve is not None and not reserve.ended:
            return reserve
        if stopwatch() - self._failed_at < _PAUSE:
            raise HostFailed("its process could not be started a moment ago")
        return self._begun()

    def _begun(self) -> Process:
        """Start a process; what it says of itself is read when it is needed."""
        process = Process(self._source, self.limits.megabytes, self._hidden)
        if self._config is not None:
            process.give(["make", self._config], stopwatch() + self.limits.seconds)
        return process

    def _welcome(self, process: Process) -> None:
        """Take what a new process says of itself, and of the plugin's instance."""
        until = stopwatch() + self.limits.start_seconds
        try:
            self._introduced(process, until)
            if self._config is not None:
                self._made(process, until)
        except (Exceeded, Gone, Malformed, ValueError, TypeError, HostFailed) as error:
            self._failed_at = stopwatch()
            self._end()
            if isinstance(error, HostFailed):
                raise
            what = type(error).__name__.lower()
            raise HostFailed(f"its process could not be started ({what})") from None
        process.welcome = True

    def _introduced(self, process: Process, until: float) -> None:
        word, about, guards = process.take(until)
        if word != "ready" or not isinstance(about, dict) or "failed" in about:
            said = about.get("failed") if isinstance(about, dict) else None
            raise HostFailed(f"cannot be imported: {_error([said])}")
        self.guards = _guards(guards)
        self._about = about

    def _made(self, process: Process, until: float) -> None:
        word, *said = process.take(until)
        if (word, said) != ("made", ["done"]):
            raise HostFailed(f"making it failed: {_error(said[1:])}")

    def _replace(self) -> None:
        """End the process; the one in reserve takes its place, and another one is begun."""
        self.replaced += 1
        if self._process is not None:
            self._process.end()
        self._process = None
        if self._reserve is None:
            self._reserve = self._begun()

    def _end(self) -> None:
        for one in (self._process, self._reserve):
            if one is not None:
                one.end()
        self._process = self._reserve = None


class _Turn:
    """One's turn at a host: a lock that is not waited for endlessly."""

    def __init__(self, lock: threading.Lock, seconds: float) -> None:
        self._lock, self._seconds = lock, seconds

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._seconds):
            raise HostFailed("is busy with other calls")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _guards(told: Any) -> tuple[Guard, ...]:
    """Return the guards as a host tells of them; one that it leaves out is not in force."""
    found = {str(name): str(missing)[:_WORDS] for name, missing in told}
    return tuple(Guard(name, found.get(name, "not told")) for name in GUARDS)


def _error(said: Sequence[Any]) -> str:
    """Return the words of a failure, if they are no more than what failed and where."""
    text = said[0] if said and isinstance(said[0], str) else ""
    if _ERROR.fullmatch(text):
        return text
    if text.startswith(_JUNK) and text.isprintable():
        return text[:_WORDS]
    return "a failure it does not tell of"
