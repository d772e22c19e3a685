"""What the door of evaluations works with, put together once by the deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from haochaping.clock import Clock
from haochaping.containment import contained
from haochaping.crypto import Keyring
from haochaping.evaluation.codes import Signer
from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.values import Duration, Unit
from haochaping.journal import Emit, EmitMany
from haochaping.plugins.calls import Hooks
from haochaping.store import Store

Due = Callable[[datetime, Duration], datetime]
"""The due moment (UTC, exclusive) of a duration that starts at a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Store, clock, keys, hooks, rules and the journal, as intake and revisions need them.

    `due` counts working days; without it, or when it fails, calendar days are counted, so
    that a broken calendar never closes the door.
    """

    store: Store
    clock: Clock
    keyring: Keyring
    hooks: Hooks
    rules: IntakeRules
    signer: Signer
    emit: Emit
    emit_many: EmitMany
    due: Due | None = None

    def changeable_until(self, first_received_at: datetime) -> datetime:
        """Return until when (UTC, exclusive) a rating may be changed or withdrawn."""
        within = self.rules.change_within
        due = self.due
        if within.unit is Unit.WORKDAY and due is not None:
            counted = contained("change window", lambda: due(first_received_at, within))
            if counted.value is not None:
                return counted.value
        first_day = self.rules.local_day(first_received_at)
        return self.rules.day_ends(first_day + timedelta(days=within.count))
