"""Intake: the one door through which every rating comes in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from haochaping.containment import contained
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
from haochaping.hooks.values import Channel, EvaluationStatus, OccurrenceKey, Words
from haochaping.logs import note
from haochaping.store.engine import is_duplicate

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


@dataclass(frozen=True, slots=True)
class Admitted:
    """A rating that was checked and admitted and is not stored yet."""

    arrival: Arrival
    new: Evaluation
    notice: Words | None
    """What the rater is told besides, by the plugins' ruling."""


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

    def submit(self, draft: Draft, permitted: Permitted = anybody) -> Receipt:
        """Take a rating in; the same key and body get the same receipt, however often.

        A service that is not `permitted` is as unknown as one that does not exist.

        Raises TakenUpstream, InvalidEvaluation, BadLink, LinkExpired, UnknownOccurrence,
        AlreadyRated, IdempotencyKeyMissing, IdempotencyMismatch, StoreUnavailable (nothing was
        stored).
        """
        found = self.admit(draft, permitted)
        return found if isinstance(found, Receipt) else self.keep(found)

    def admit(self, draft: Draft, permitted: Permitted = anybody) -> Admitted | Receipt:
        """Check a rating and ask the plugins; a replay gets its receipt. Raises as `submit`."""
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
        return Admitted(arrival, first_row(arrival, ruling, self.desk.rules), ruling.notice)

    def keep(self, admitted: Admitted) -> Receipt:
        """Store what was admitted and give its receipt. Raises as `submit`."""
        return self.confirm(admitted, self._stored(admitted.new, admitted.arrival.checked.text))

    def keep_together(self, several: Sequence[Admitted]) -> Sequence[bool | None]:
        """Store in one transaction what may share one; tell for each whether it was new.

        None says that nothing was stored of this one: `keep` takes it by itself.
        """
        sharing = [one for one in several if self._may_share(one.new, one.arrival.checked.text)]
        rows = [one.new for one in sharing]
        flush = contained("ratings together", lambda: self._flush(rows) if rows else ())
        if flush.value is None:
            return [None] * len(several)
        new = {row.id: is_new for row, is_new in zip(rows, flush.value, strict=True)}
        return [new.get(one.new.id) for one in several]

    def confirm(self, admitted: Admitted, is_new: bool) -> Receipt:
        """Return the receipt of a rating that was stored, now or before. Raises as `submit`."""
        new = admitted.new
        if not is_new:
            return self._again(admitted.arrival)
        receipt = receipt_of(self.desk, new, admitted.notice)
        stored = receipt.evaluation
        self._acknowledged(receipt.code, stored, new.occurrence_id, new.received_at)
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
        with self.desk.store.look() as conn:
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
