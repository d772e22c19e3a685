"""Every due moment and every rung fires exactly once: two workers, kills, a clock that jumps."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping.hooks.services import OutgoingMessage
from haochaping.jobs import Runner
from haochaping.jobs.runner import LEASE
from haochaping.rectification import steps
from haochaping.rectification.tables import case_deadline, case_event

from .conftest import World, raise_on_log


class Killed(BaseException):
    """A worker ends in the middle of a transaction; nothing catches it but its starter."""


class Killer:
    """Kills whoever sends a message, every few messages, a number of times."""

    def __init__(self, kills: int, every: int) -> None:
        self.left = kills
        self.every = every
        self.count = itertools.count(1)
        self.lock = threading.Lock()

    def notify(self, conn: Any, message: OutgoingMessage, at: Any) -> None:
        with self.lock:
            if self.left and next(self.count) % self.every == 0:
                self.left -= 1
                raise Killed


def drain(world: World) -> None:
    """Let two workers run until nothing is due; the killed are started again."""
    threads = [threading.Thread(target=_worker, args=(world,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _worker(world: World) -> None:
    while True:
        runner = Runner(world.store, world.clock, steps.handlers(world.context), raise_on_log)
        try:
            while runner.run_due(20):
                pass
        except Killed:
            continue
        return


@pytest.mark.parametrize(
    ("cases", "kills"), [(8, 6), pytest.param(400, 30, marks=pytest.mark.long)]
)
def test_every_rung_fires_exactly_once(world: World, cases: int, kills: int) -> None:
    for _ in range(cases):
        world.open()
    world.work()
    killer = Killer(kills, every=3)
    world.context = replace(world.context, notify=killer.notify)
    for jump in (timedelta(days=3), timedelta(days=40), timedelta(days=-2), timedelta(days=3)):
        world.clock.advance(jump)
        drain(world)
    for _ in range(3):
        world.clock.advance(2 * LEASE)
        drain(world)
    with world.store.read() as conn:
        rungs = conn.execute(select(func.count()).select_from(case_deadline)).scalar_one()
        states = set(conn.execute(select(case_deadline.c.state)).scalars())
        fired = conn.execute(
            select(case_event.c.case_id, case_event.c.details).where(
                case_event.c.kind == "deadline"
            )
        ).all()
    counted = Counter((row.case_id, row.details["deadline"], row.details["level"]) for row in fired)
    assert states == {"reached"}
    assert rungs == len(fired) == len(counted) == 5 * cases
    assert killer.left == 0
