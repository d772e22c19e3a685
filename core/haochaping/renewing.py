"""Running processes follow the changes of their profile: each begins once, at its moment.

What stands is a function of the stored changes and the clock, so every process comes to the
same rules by itself. A change that cannot be taken never replaces rules that work.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from haochaping.amending import changes, recording
from haochaping.amending.changes import Change, State
from haochaping.containment import Result, contained
from haochaping.hooks.values import Words
from haochaping.logs import log
from haochaping.operating.meters import Meters
from haochaping.operating.receipts import ReceiptJournal
from haochaping.problems import Problem
from haochaping.profile import Fault, Known, Profile, ProfileError
from haochaping.profile.amending import amend
from haochaping.profile.production import unconfirmed
from haochaping.settings import Settings
from haochaping.store import Store

if TYPE_CHECKING:
    from haochaping.deployment import Deployment

LOOK_EVERY: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Ground:
    """What stays when the rules change: connections and files that are held open."""

    store: Store
    replica: Store | None
    receipts: ReceiptJournal
    meters: Meters

    @classmethod
    def of(cls, settings: Settings) -> Ground:
        """Open what the settings name."""
        limits, replica = settings.limits, settings.replica
        return cls(
            store=Store.open(settings.database, limits),
            replica=Store.open(replica, limits) if replica else None,
            receipts=ReceiptJournal(settings.receipt_journal),
            meters=Meters(settings.home / "metrics"),
        )


class Following:
    """The deployment as its rules are now; shared by the threads of a process."""

    def __init__(self, deployment: Deployment) -> None:
        self.current = deployment
        self._looked: datetime | None = None
        self._turn: datetime | None = None
        self._refused: tuple[int, ...] | None = None
        self._before: Deployment | None = None
        self._lock = threading.Lock()

    def look(self) -> Deployment:
        """Return the deployment by the rules that stand now.

        Asks the database every LOOK_EVERY and at the very moment at which an approved change
        begins. While one thread takes over new rules, the others go on by the old ones; so
        they do when the database is away or the new rules cannot be taken.
        """
        now = self.current.clock.now()
        if self._rests(now) or not self._lock.acquire(blocking=False):
            return self.current
        try:
            self._looked = now
            result = contained("profile changes", partial(self._renew, now))
            if not result.ok:
                log("profile.not_renewed", error=result.message)
        finally:
            self._lock.release()
        return self.current

    def _rests(self, now: datetime) -> bool:
        if self._turn is not None and now >= self._turn:
            return False
        return self._looked is not None and abs(now - self._looked) < LOOK_EVERY

    def _renew(self, now: datetime) -> None:
        with self.current.store.read() as conn:
            known = recording.approved(conn)
        self._turn = next(iter(changes.turns(known, now)), None)
        wanted = changes.standing(known, now)
        numbers = tuple(one.id for one in wanted)
        if numbers in (self.current.changes, self._refused):
            return
        self._refused = numbers  # until it is found to work
        renewed = by_changes(self.current, wanted)
        ended, self._before, self.current = self._before, self.current, renewed
        self._refused = None
        if ended is not None:
            ended.hooks.close()  # plugins' own processes: whoever asked them has long been answered
        log("profile.renewed", profile=self.current.profile.digest)


def up_to_date(deployment: Deployment) -> Deployment:
    """Return a deployment just opened by the changes that stand. Raises ProfileError."""
    with deployment.store.read() as conn:
        wanted = changes.standing(recording.approved(conn), deployment.clock.now())
    return by_changes(deployment, wanted) if wanted else deployment


def by_changes(deployment: Deployment, wanted: Sequence[Change]) -> Deployment:
    """Return the deployment by its files and these changes. Raises what refuses them."""
    profile = profile_with(deployment, wanted)
    return deployment.by_profile(profile, tuple(one.id for one in wanted))


def profile_with(deployment: Deployment, wanted: Iterable[Change]) -> Profile:
    """Return the profile of the files with changes laid over it. Raises ProfileError."""
    layers = [one.amendment for one in wanted]
    if not layers:
        return deployment.written
    known = Known(plugins=deployment.manager.schemas())
    profile = amend(deployment.written, layers, known)
    open_questions = unconfirmed(profile) if deployment.settings.production else ()
    if open_questions:
        raise ProfileError(list(open_questions))
    return profile


def profile_at(deployment: Deployment, known: Iterable[Change], at: datetime) -> Profile:
    """Return the profile that would stand at a moment. Raises ProfileError."""
    return profile_with(deployment, changes.standing(known, at))


def refusals(deployment: Deployment, known: Sequence[Change], since: datetime) -> tuple[Words, ...]:
    """Return why processes could not take these changes, each at its moment, in words.

    Judges the profile at `since` and at every later turn, and assembles each as a process
    would.
    """
    for at in (since, *changes.turns(known, since)):
        result: Result[object] = contained(
            "a changed profile", partial(_tried, deployment, changes.standing(known, at))
        )
        if isinstance(result.error, ProfileError):
            return tuple(_said(one) for one in result.error.faults)
        if isinstance(result.error, Problem):
            return (result.error.detail,)
        if not result.ok:
            return (Words(result.message),)
    return ()


def _said(one: Fault) -> Words:
    """Return a fault for who writes a change: the line of the value, not of a file."""
    tried = one.file == changes.TRIED
    said = replace(one, file="" if tried else one.file, line=0 if tried else one.line)
    line = max(one.line, 1)
    return Words(
        f"第 {line} 行，{said.text('zh')}" if tried else said.text("zh"),
        f"line {line}, {said.text('en')}" if tried else said.text("en"),
    )


def approved_with(known: Iterable[Change], one: Change) -> tuple[Change, ...]:
    """Return changes as they would be with one more of them approved."""
    others = [each for each in known if each.id != one.id]
    return (*others, replace(one, state=State.APPROVED))


def note_applied(deployment: Deployment) -> int:
    """Journal the changes that this process works by and none has noted; return how many."""
    now = deployment.clock.now()
    with deployment.store.read() as conn:
        known = recording.approved(conn)
    begun = [one for one in known if one.applied_at is None and one.draft.effective_at <= now]
    standing = tuple(one.id for one in changes.standing(known, now))
    if not begun or standing != deployment.changes:
        return 0
    digest, emit = deployment.profile.digest, deployment.journal.emit
    with deployment.store.write() as conn:
        return recording.mark_applied(conn, emit, now, digest)


def _tried(deployment: Deployment, wanted: Sequence[Change]) -> object:
    tried = by_changes(deployment, wanted)
    tried.hooks.close()
    return tried
