"""The background process: reads the journal, runs jobs, seals, publishes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from haochaping.background import Duty
from haochaping.containment import contained
from haochaping.deployment import Deployment
from haochaping.jobs.slots import enqueue_slots
from haochaping.logs import log
from haochaping.renewing import Following

IDLE_SECONDS: Final = 0.25
"""How long the worker rests when nothing was waiting; figures are at most this stale."""
_FAULT_SECONDS: Final = 5.0
_SLOT_EVERY: Final = timedelta(seconds=20)


class Worker:
    """Does its duties in turn; a duty that fails rests for a while, the others go on."""

    def __init__(self, deployment: Deployment, duties: Sequence[Duty] | None = None) -> None:
        self._deployment = deployment
        self._rules = Following(deployment) if duties is None else None
        self._clock = deployment.clock
        self._duties = tuple(duties if duties is not None else deployment.duties())
        self._resting: dict[str, datetime] = {}
        self._slots_at: datetime | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until `stopping` is set."""
        log("worker.started")
        while not self.stopping.is_set():
            if not self.turn():
                self.stopping.wait(IDLE_SECONDS)
        log("worker.stopped")

    def turn(self) -> int:
        """Do every duty once; return how much was done."""
        self._renew()
        self._slots()
        return sum(self._do(duty) for duty in self._duties if not self.stopping.is_set())

    def drain(self, turns: int = 1000) -> None:
        """Work until nothing is waiting; for tests and commands."""
        for _ in range(turns):
            if not self.turn():
                return

    def _renew(self) -> None:
        """Go on by the rules that stand now, between two turns."""
        found = self._rules.look() if self._rules is not None else self._deployment
        if found is not self._deployment:
            self._deployment, self._duties = found, found.duties()

    def _do(self, duty: Duty) -> int:
        now = self._clock.now()
        if self._resting.get(duty.name, now) > now:
            return 0
        result = contained(duty.name, duty.call)
        self._count(duty, result.seconds, ok=result.ok)
        if result.ok:
            self._resting[duty.name] = now + timedelta(seconds=duty.every)
            return result.value or 0
        self._resting[duty.name] = now + timedelta(seconds=_FAULT_SECONDS)
        log("worker.duty_failed", duty=duty.name, error=result.message, trace=result.trace)
        return 0

    def _count(self, duty: Duty, seconds: float, *, ok: bool) -> None:
        meters, label = self._deployment.meters, f'{{duty="{duty.name}"}}'
        meters.add(f"duty_seconds_total{label}", seconds)
        if not ok:
            meters.add(f"duty_failures_total{label}")

    def _slots(self) -> None:
        now = self._clock.now()
        if self._slots_at is not None and abs(now - self._slots_at) < _SLOT_EVERY:
            return
        self._slots_at = now
        deployment = self._deployment
        result = contained(
            "slots",
            lambda: enqueue_slots(deployment.store, deployment.periodic, now, deployment.zone),
        )
        if not result.ok:
            log("worker.slots_failed", error=result.message, trace=result.trace)
