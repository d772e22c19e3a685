"""From a checked draft to the row that is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from haochaping.crypto import Keyring
from haochaping.evaluation.admission import Ruling
from haochaping.evaluation.problems import IdempotencyKeyMissing
from haochaping.evaluation.receipt_codes import new_receipt
from haochaping.evaluation.rules import ROUND, IntakeRules
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import Checked, Draft
from haochaping.evaluation.targets import Rater
from haochaping.evaluation.traces import Trace
from haochaping.hooks.evaluation import Submission
from haochaping.hooks.values import Grade, Occurrence, OccurrenceKey, UnitRef
from haochaping.ids import new_id
from haochaping.store.types import canonical_json

LONGEST_KEY: Final = 200
_DIGEST_SIGNS: Final = 32


@dataclass(frozen=True, slots=True)
class Arrival:
    """A checked rating of a known service: what was said, by whom, when it arrived."""

    occurrence: Occurrence
    checked: Checked
    rater: Rater
    submitted_at: datetime | None
    at: datetime
    idempotency_key: str
    """Scoped to the client."""
    body_digest: str
    round: int = ROUND
    trace: Trace | None = None
    form_version: str = ""
    """Of the form as this occurrence had it; empty: the one that all have in common."""

    @property
    def early(self) -> bool:
        """True when the rating says it was given before its service; both times are kept."""
        served_at = self.occurrence.served_at
        return served_at is not None and (self.submitted_at or self.at) < served_at

    def submission(self) -> Submission:
        """Return the value that plugins are asked about."""
        return Submission(
            occurrence=self.occurrence,
            round=self.round,
            grade=self.checked.grade,
            options=self.checked.options,
            text=self.checked.text,
            channel=self.checked.channel,
            provenance=self.checked.provenance,
            identity=self.checked.identity,
            rater_role=self.checked.rater_role,
            person_index=self.rater.index,
            at=self.at,
        )


def scoped_key(draft: Draft) -> str:
    """Return the idempotency key as stored, one name space a client.

    Raises IdempotencyKeyMissing when there is none or it is no visible text.
    """
    key = draft.idempotency_key
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise IdempotencyKeyMissing
    return hashlib.sha256(f"{draft.client}\n{key}".encode()).hexdigest()[:_DIGEST_SIGNS]


def body_digest(keyring: Keyring, about: str, checked: Checked) -> str:
    """Return a keyed digest of what was said about what; it tells a replay from another body."""
    said = [about, checked.grade, checked.options, checked.text, checked.channel]
    said += [checked.identity, checked.rater_role]
    return keyring.mac("evaluation-body", canonical_json(said).encode()).hex()[:_DIGEST_SIGNS]


def about(key: OccurrenceKey) -> str:
    """Return the journal's name of an occurrence."""
    return f"occurrence:{key.region}:{key.served_month}:{key.id}"


def first_row(arrival: Arrival, ruling: Ruling, rules: IntakeRules) -> Evaluation:
    """Return the row that begins a chain."""
    place, checked, evaluation_id = arrival.occurrence, arrival.checked, new_id()
    return Evaluation(
        region=place.key.region,
        served_month=place.key.served_month,
        id=evaluation_id,
        occurrence_id=place.key.id,
        round=arrival.round,
        grade=Grade(checked.grade).value,
        options=checked.options,
        text_sealed=None,
        text_key_id=None,
        channel=checked.channel.value,
        provenance=checked.provenance.value,
        identity=checked.identity.value,
        rater_role=checked.rater_role.value,
        person_id=arrival.rater.person_id,
        status=ruling.status.value,
        reason=ruling.reason,
        early=arrival.early,
        first_id=evaluation_id,
        supersedes_id=0,
        submitted_at=arrival.submitted_at,
        received_at=arrival.at,
        first_received_at=arrival.at,
        counted_on=rules.local_day(arrival.at),
        form_version=arrival.form_version or rules.form_version,
        idempotency_key=arrival.idempotency_key,
        body_digest=arrival.body_digest,
        receipt=new_receipt(place.key.region, place.key.served_month),
        organization_id=place.organization.id,
        hall_id=_id(place.hall),
        window_id=_id(place.window),
        staff_id=_id(place.staff),
        item_id=_id(place.item),
        trace=arrival.trace,
        notice=rules.notice,
    )


def _id(unit: UnitRef | None) -> int | None:
    return None if unit is None else unit.id
