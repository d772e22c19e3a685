"""Changing one's mind: raters amend or withdraw what they said, history is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from haochaping.evaluation import changes, receipts, stored, targets
from haochaping.evaluation.admission import Ruling, ask
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.forms import question_codes, version_for
from haochaping.evaluation.problems import (
    ChangeClosed,
    IdempotencyMismatch,
    NotChangeable,
    UnknownOccurrence,
)
from haochaping.evaluation.receipt_codes import new_receipt
from haochaping.evaluation.receipts import Chain, Receipt, receipt_of
from haochaping.evaluation.receiving import Arrival, body_digest, scoped_key
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import Draft, check
from haochaping.evaluation.targets import Rater
from haochaping.hooks.values import Channel, EvaluationStatus, Occurrence
from haochaping.ids import new_id
from haochaping.store.engine import is_duplicate


def amend(desk: Desk, receipt: str, draft: Draft) -> Receipt:
    """Change a rating; opens its own transactions, since plugins are asked in between.

    The draft's `occurrence` is not looked at: the receipt says what is changed. The new row
    keeps the chain's first id, first receipt moment and the day it counts on. Raises
    UnknownReceipt, ChangeClosed, NotChangeable, InvalidEvaluation, IdempotencyMismatch.
    """
    key = scoped_key(draft)
    with desk.store.read() as conn:
        chain = receipts.find(conn, desk, receipt)
        before = stored.by_idempotency_key(conn, key)
        place = _place(targets.find(conn, chain.current.occurrence_key))
        rater = _rater(conn, chain.current, draft)
    arrival = _arrival(desk, draft, place, rater, key)
    if before is not None:
        return _again(desk, before, arrival)
    _must_be_open(chain)
    ruling = ask(desk.hooks, arrival.submission())
    new = next_row(chain.current, arrival, ruling, desk.rules)
    return _stored(desk, chain.current, new, arrival, ruling)


def withdraw(desk: Desk, receipt: str) -> Receipt:
    """Withdraw a rating; a second time changes nothing.

    Raises UnknownReceipt, ChangeClosed, NotChangeable.
    """
    at = desk.clock.now()
    with desk.store.write() as conn:
        chain = receipts.find(conn, desk, receipt)
        if chain.current.status == EvaluationStatus.WITHDRAWN:
            return receipt_of(desk, chain.current)
        _must_be_open(chain)
        return receipt_of(desk, changes.withdraw(conn, desk, chain.current, at))


def next_row(old: Evaluation, arrival: Arrival, ruling: Ruling, rules: IntakeRules) -> Evaluation:
    """Return the row that takes the place of `old`."""
    checked = arrival.checked
    return replace(
        old,
        id=new_id(),
        grade=checked.grade.value,
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
        supersedes_id=old.id,
        submitted_at=arrival.submitted_at,
        received_at=arrival.at,
        form_version=arrival.form_version or rules.form_version,
        idempotency_key=arrival.idempotency_key,
        body_digest=arrival.body_digest,
        receipt=new_receipt(old.region, old.served_month),
        notice=rules.notice,
    )


def _must_be_open(chain: Chain) -> None:
    if chain.current.status in {EvaluationStatus.VOID, EvaluationStatus.EXCLUDED}:
        raise NotChangeable
    if not chain.open:
        raise ChangeClosed(changeable_until=chain.changeable_until.isoformat())


def _place(found: targets.Target | None) -> Occurrence:
    if found is None:
        raise UnknownOccurrence
    return found.occurrence


def _rater(conn: Connection, old: Evaluation, draft: Draft) -> Rater:
    person_id = draft.person_id or old.person_id
    return targets.NOBODY if person_id is None else targets.rater(conn, person_id)


def _arrival(desk: Desk, draft: Draft, place: Occurrence, rater: Rater, key: str) -> Arrival:
    channel = desk.rules.channels.get(draft.channel, Channel.WEB)
    checked = check(
        draft, desk.rules, lambda: question_codes(desk.hooks, desk.rules, place, channel)
    )
    about = f"amend:{place.key.region}:{place.key.served_month}:{place.key.id}"
    digest = body_digest(desk.keyring, about, checked)
    at: datetime = desk.clock.now()
    asked = version_for(desk.rules, place, desk.hooks, checked.channel)
    return Arrival(place, checked, rater, draft.submitted_at, at, key, digest, form_version=asked)


def _stored(
    desk: Desk, old: Evaluation, new: Evaluation, arrival: Arrival, ruling: Ruling
) -> Receipt:
    try:
        with desk.store.write() as conn:
            changes.supersede(conn, desk, old, new, arrival.checked.text)
    except NotChangeable:
        return _after_losing(desk, arrival)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return _after_losing(desk, arrival)
    return receipt_of(desk, new, ruling.notice)


def _after_losing(desk: Desk, arrival: Arrival) -> Receipt:
    """Answer somebody who lost a race: against themselves it is a replay."""
    with desk.store.read() as conn:
        before = stored.by_idempotency_key(conn, arrival.idempotency_key)
    if before is None:
        raise NotChangeable
    return _again(desk, before, arrival)


def _again(desk: Desk, before: Evaluation, arrival: Arrival) -> Receipt:
    if before.body_digest != arrival.body_digest:
        raise IdempotencyMismatch
    return receipt_of(desk, before)
