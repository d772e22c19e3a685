"""A process tells the others that it lives, by which rules it works, and what failed in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from haochaping import __version__
from haochaping.containment import contained
from haochaping.logs import log
from haochaping.operating import beats, own_key

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


def tell(deployment: Deployment, kind: str) -> int:
    """Write that this process lives; return 0, for it is no work that others wait for.

    Raises SettingsRefused when the master key is not that of the database.
    """
    at = deployment.clock.now()
    told = beats.Process(
        name=beats.own_name(),
        kind=kind,
        basis=_basis(deployment),
        started_at=at,
        seen_at=at,
        failures=failures(deployment),
        paused=paused(deployment),
    )
    with deployment.store.write() as conn:
        own_key.note(conn, deployment.keyring, at)
        beats.beat(conn, told)
    return 0


def tell_on(current: Callable[[], Deployment], kind: str) -> threading.Event:
    """Go on telling in a thread of its own until the event that is returned is set.

    `current` gives the deployment by the rules of that moment.
    """
    over = threading.Event()

    def go_on() -> None:
        while True:
            result = contained("beat", lambda: tell(current(), kind))
            if not result.ok:
                log("process.beat_failed", error=result.message)
            if over.wait(beats.EVERY_SECONDS):
                return

    threading.Thread(target=go_on, name="beats", daemon=True).start()
    return over


def failures(deployment: Deployment) -> dict[str, int]:
    """Return how many calls of each plugin failed in this process, those without failures out."""
    found: dict[str, int] = {}
    for each in deployment.hooks.health():
        if each.failures:
            found[each.plugin] = found.get(each.plugin, 0) + each.failures
    return found


def paused(deployment: Deployment) -> dict[str, list[str]]:
    """Return the hooks of each plugin that this process leaves out for a while."""
    found: dict[str, list[str]] = {}
    for each in deployment.hooks.health():
        if each.paused:
            found.setdefault(each.plugin, []).append(each.hook)
    return found


def _basis(deployment: Deployment) -> beats.Basis:
    return _basis_at_start(os.getpid(), deployment.profile.digest, str(deployment.home))


@cache
def _basis_at_start(pid: int, profile: str, home: str) -> beats.Basis:
    """Return what this process was started with: settings are read once."""
    return beats.Basis(__version__, profile, beats.settings_digest(Path(home)))
