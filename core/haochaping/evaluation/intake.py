"""Intake: the one door through which every rating comes in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from haochaping.evaluation import recording, reprints, stored, targets
from haochaping.evaluation.admission import ask
from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.forms import Form, form_for, question_codes, version_for
from haochaping.evaluation.group import CommitGroup, Outcome
from haochaping.evaluation.known_units import KnownUnits
from haochaping.evaluation.problems import (
    AlreadyRated,
    IdempotencyMismatch,
    LinkExpired,
    TakenUpstream,
    UnknownOccurrence,
)
from haochaping.evaluation.receipts import Receipt, receipt_of
from haochaping.evaluation.receiving import Arrival, about, body_digest, first_row, scoped_key
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import CaseRef, Draft, check
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Channel, EvaluationStatus, OccurrenceKey
from haochaping.logs import note
from haochaping.store.engine import is_duplicate
from haochaping.turns import Turns

SOURCE_CLIENT: Final = "source:"
"""How the client of a draft begins that came from the next platform or the hotline."""

Permitted = Callable[[Target], bool]
"""Says whether who hands a rating in may do so for this service."""

Find = Callable[[Connection, OccurrenceKey | CaseRef], Target | None]


Acknowledged = Callable[[str, OccurrenceKey, int, datetime], None]
"""Is told the receipt's code, the key of the rating, the service and when."""


def unnoted(code: str, key: OccurrenceKey, occurrence: int, at: datetime) -> None:
    """Keep nothing of what was acknowledged."""


def anybody(target: Target) -> bool:
    """Permit every service: who holds its link has the right to rate it."""
    return True


class Intake:
    """The door: resolve, check, ask the plugins, store in one transaction, give a receipt."""

    def __init__(
        self, desk: Desk, *, grouped: bool = True, acknowledged: Acknowledged = unnoted
    ) -> None:
        """Open the door; `grouped` lets good ratings that wait together share a commit.

        `acknowledged` is told of every new rating once it is stored.
        """
        self.desk = desk
        self._units = KnownUnits()
        self._acknowledged = acknowledged
        self._group = CommitGroup(self._flush) if grouped else None
        self.turns = Turns()
        """Who takes ratings in by the dozen does so in turns; storing steps aside."""

    def submit(self, draft: Draft, permitted: Permitted = anybody) -> Receipt:
        """Take a rating in; the same key and body get the same receipt, however often.

        A service that is not `permitted` is as unknown as one that does not exist.

        Raises TakenUpstream, InvalidEvaluation, BadLink, LinkExpired, UnknownOccurrence,
        AlreadyRated, IdempotencyKeyMissing, IdempotencyMismatch, StoreUnavailable (nothing was
        stored).
        """
        if not draft.client.startswith(SOURCE_CLIENT):
            self.require_open()
        at = self.desk.clock.now()
        key = scoped_key(draft)
        at_window = draft.channel == Channel.WINDOW_DEVICE
        wanted = self._wanted(draft.occurrence, at, key, spends=not at_window)
        target = self._find(wanted, self._units.find)
        if not permitted(target):
            raise UnknownOccurrence
        arrival = self._arrival(draft, target, key, at)
        if target.rated_id is not None:
            return self._again(arrival)
        ruling = ask(self.desk.hooks, arrival.submission())
        new = first_row(arrival, ruling, self.desk.rules)
        with self.turns.aside():
            is_new = self._stored(new, arrival.checked.text)
        if not is_new:
            return self._again(arrival)
        receipt = receipt_of(self.desk, new, ruling.notice)
        stored = receipt.evaluation
        self._acknowledged(receipt.code, stored, new.occurrence_id, at)
        note(evaluation=f"{stored.region}-{stored.served_month}-{stored.id}")
        return receipt

    def require_open(self) -> None:
        """Raise TakenUpstream where ratings are given on the next platform only."""
        if self.desk.rules.upstream_only:
            raise TakenUpstream

    def form(self, occurrence: OccurrenceKey | CaseRef | str, channel: Channel) -> Form:
        """Return the form of an occurrence. Raises BadLink, LinkExpired, UnknownOccurrence."""
        desk = self.desk
        spends = channel is not Channel.WINDOW_DEVICE
        wanted = self._wanted(occurrence, desk.clock.now(), "", spends=spends)
        target = self._find(wanted, targets.find)
        form = form_for(desk.hooks, desk.rules, target.occurrence, channel)
        return replace(form, rated=target.rated_id is not None)

    def _wanted(
        self, occurrence: OccurrenceKey | CaseRef | str, at: datetime, key: str, *, spends: bool
    ) -> OccurrenceKey | CaseRef:
        """Return what a rating is about; on paper, a code that was reprinted is over."""
        if not isinstance(occurrence, str):
            return occurrence
        try:
            today = self.desk.rules.local_day(at)
            found = self.desk.signer.verify(Purpose.RATE, occurrence, today)
            if spends:
                self._refuse_spent(found, occurrence)
            return found
        except LinkExpired:
            return self._rated_before(key)

    def _refuse_spent(self, found: OccurrenceKey, code: str) -> None:
        with self.desk.store.look() as conn:
            if reprints.is_spent(conn, found, code):
                raise LinkExpired

    def _rated_before(self, key: str) -> OccurrenceKey:
        """Return what a key was used for: a replay is answered after its link has expired."""
        with self.desk.store.look() as conn:
            before = stored.by_idempotency_key(conn, key)
        if before is None:
            raise LinkExpired
        return before.occurrence_key

    def _find(self, wanted: OccurrenceKey | CaseRef, find: Find) -> Target:
        with self.turns.aside(), self.desk.store.look() as conn:
            found = find(conn, wanted)
        if found is None:
            raise UnknownOccurrence
        return found

    def _arrival(self, draft: Draft, target: Target, key: str, at: datetime) -> Arrival:
        desk, occurrence = self.desk, target.occurrence

        def further() -> Collection[str] | None:
            channel = desk.rules.channels.get(draft.channel, Channel.WEB)
            return question_codes(desk.hooks, desk.rules, occurrence, channel)

        checked = check(draft, desk.rules, further)
        digest = body_digest(desk.keyring, about(occurrence.key), checked)
        rater = target.rater(checked.identity, checked.rater_role)
        if draft.person_id is not None:
            rater = self._signed_in(draft.person_id)
        return Arrival(
            occurrence,
            checked,
            rater,
            draft.submitted_at,
            at,
            key,
            digest,
            trace=draft.trace,
            form_version=version_for(desk.rules, occurrence, desk.hooks, checked.channel),
        )

    def _signed_in(self, person_id: int) -> targets.Rater:
        with self.desk.store.look() as conn:
            return targets.rater(conn, person_id)

    def _stored(self, new: Evaluation, text: str) -> bool:
        """Store the row; False when its occurrence or its key has been used meanwhile."""
        if self._group is not None and self._may_share(new, text):
            outcome = self._group.put(new)
            if outcome is not Outcome.ALONE:
                return outcome is Outcome.STORED
        return self._alone(new, text)

    def _may_share(self, new: Evaluation, text: str) -> bool:
        effective = new.status == EvaluationStatus.EFFECTIVE
        return effective and not text and new.grade not in self.desk.rules.bad_grades

    def _flush(self, rows: Sequence[Evaluation]) -> Sequence[bool]:
        return recording.record_group(self.desk, rows)

    def _alone(self, new: Evaluation, text: str) -> bool:
        try:
            with self.desk.store.write() as conn:
                recording.record(conn, self.desk, new, text)
        except IntegrityError as error:
            if is_duplicate(error):
                return False
            raise
        return True

    def _again(self, arrival: Arrival) -> Receipt:
        with self.desk.store.look() as conn:
            before = stored.by_idempotency_key(conn, arrival.idempotency_key)
        if before is None:
            raise AlreadyRated
        if before.body_digest != arrival.body_digest:
            raise IdempotencyMismatch
        return replace(receipt_of(self.desk, before), repeated=True)
