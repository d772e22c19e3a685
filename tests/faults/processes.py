"""Processes that a test kills: `python -m tests.faults.processes worker|rater HOME`.

The rater prints a line for every receipt it was given; what it printed was acknowledged.
The worker runs with a plugin that writes down what it is told.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from haochaping import Plugin, hookimpl
from haochaping.clock import SystemClock
from haochaping.deployment import Deployment, assemble
from haochaping.evaluation.submission import Draft
from haochaping.hooks.evaluation import EvaluationEvent
from haochaping.hooks.rectification import CaseEvent
from haochaping.plugins import PluginManager
from haochaping.profile import Known, load
from haochaping.pushing import take_in
from haochaping.settings import read_secrets, read_settings
from haochaping.worker import Worker
from tests.catalogues import body

REASONS = {1: ["108"], 2: ["209"]}
TOLD_VARIABLE = "RECORDER_FILE"


class Recorder(Plugin):
    """Writes the idempotency key of everything it hears of into a file."""

    name = "recorder"

    @hookimpl
    def evaluation_recorded(self, event: EvaluationEvent) -> None:
        """Note a rating."""
        self._note(event.idempotency_key)

    @hookimpl
    def case_opened(self, event: CaseEvent) -> None:
        """Note a case."""
        self._note(event.idempotency_key)

    def _note(self, key: str) -> None:
        with Path(os.environ[TOLD_VARIABLE]).open("a") as file:
            file.write(key + "\n")


def opened(home: Path, clock=None) -> Deployment:
    """Open the deployment in `home` with the recording plugin."""
    manager = PluginManager([Recorder])
    profile = load("killed", deployment_dir=home, known=Known(plugins=manager.schemas()))
    parts = read_settings(home), read_secrets(home), clock or SystemClock()
    return assemble(*parts, profile=profile, manager=manager)


def rate_for_ever(home: Path) -> None:
    """Push services and rate them one after another, every third badly."""
    deployment = opened(home)
    for step in itertools.count(1):
        number = os.getpid() * 10_000 + step
        invitation = take_in(deployment, body(deployment, number))[0].invitation
        assert invitation is not None
        grade = (5, 4, 2)[step % 3]
        receipt = deployment.intake.submit(
            Draft(
                occurrence=invitation.code,
                grade=grade,
                options=REASONS.get(grade, []),
                channel="qr",
                identity="presumed",
                idempotency_key=str(number),
                client="citizen",
            )
        )
        print(receipt.code, flush=True)


def main() -> None:
    """Run what the command line asks for."""
    what, home = sys.argv[1], Path(sys.argv[2])
    if what == "rater":
        rate_for_ever(home)
    Worker(opened(home)).run()


if __name__ == "__main__":
    main()
