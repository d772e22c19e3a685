"""Rating once more after the unit has answered (追评): a round of its own beside the first.

The invitation is made when the case is answered or closed. Its code is good for the chain of
the first rating, so only who gave that one can use it: by the receipt, or by a text message
to the telephone number left with the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from haochaping.evaluation import recording, stored, targets
from haochaping.evaluation.admission import ask
from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.forms import Form, form_for, question_codes, version_for
from haochaping.evaluation.problems import (
    AlreadyRated,
    BadLink,
    IdempotencyMismatch,
    LinkExpired,
    NoFollowUp,
    UnknownOccurrence,
)
from haochaping.evaluation.receipts import Receipt, receipt_of
from haochaping.evaluation.receiving import Arrival, body_digest, first_row, scoped_key
from haochaping.evaluation.rules import FOLLOW_UP, ROUND
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import Draft, check
from haochaping.evaluation.tables import follow_up
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Channel, EvaluationStatus, OccurrenceKey
from haochaping.store.engine import is_duplicate
from haochaping.store.upsert import insert_or_ignore

_GONE: Final = frozenset({EvaluationStatus.VOID, EvaluationStatus.EXCLUDED})


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation to rate once more; `key` is that of the first chain's first row."""

    key: OccurrenceKey
    occurrence: OccurrenceKey
    expires_at: datetime
    via: str


@dataclass(frozen=True, slots=True)
class Open:
    """What a code leads to: the first rating as it is now, and the service."""

    first: Evaluation
    target: Target


def offer(conn: Connection, desk: Desk, key: OccurrenceKey, at: datetime) -> bool:
    """Invite the rater of the chain that began with `key`; return False when it was done before.

    Nobody is invited whose rating is void, excluded or withdrawn.
    """
    first = stored.by_key(conn, key)
    if first is None or _now(conn, first).status != EvaluationStatus.EFFECTIVE:
        return False
    last_day = desk.rules.local_day(at) + timedelta(days=desk.rules.follow_up_days)
    row = {
        "region": key.region,
        "served_month": key.served_month,
        "first_id": key.id,
        "occurrence_id": first.occurrence_id,
        "issued_at": at,
        "expires_at": desk.rules.day_ends(last_day),
        "via": first.channel,
    }
    return insert_or_ignore(conn, follow_up, [row]) == 1


def offered(conn: Connection, key: OccurrenceKey) -> Offer | None:
    """Return the invitation of a chain by its first row, None when there is none."""
    rows = follow_up.c
    row = conn.execute(
        select(follow_up).where(
            rows.region == key.region,
            rows.served_month == key.served_month,
            rows.first_id == key.id,
        )
    ).one_or_none()
    return None if row is None else _offer(row)


def code(desk: Desk, found: Offer) -> str:
    """Return the signed code of an invitation's link."""
    last = desk.rules.local_day(found.expires_at - timedelta(microseconds=1))
    return desk.signer.sign(Purpose.FOLLOW, found.key, last)


def given(conn: Connection, first: Evaluation) -> Evaluation | None:
    """Return the second rating as it is now, None before it was given."""
    rows = [row for row in stored.of_occurrence(conn, first.occurrence_key) if row.round == 2]
    return rows[-1] if rows else None


def may_follow(conn: Connection, desk: Desk, first: Evaluation) -> Offer | None:
    """Return the invitation while it can be used, None otherwise."""
    found = offered(conn, OccurrenceKey(first.region, first.served_month, first.first_id))
    if found is None or desk.clock.now() >= found.expires_at or given(conn, first) is not None:
        return None
    return None if _now(conn, first).status in _GONE else found


def form(desk: Desk, link: str, channel: Channel) -> Form:
    """Return the form of a follow-up code. Raises BadLink, LinkExpired, AlreadyRated."""
    with desk.store.look() as conn:
        opened = _opened(conn, desk, link)
        if given(conn, opened.first) is not None:
            raise AlreadyRated
    return form_for(desk.hooks, desk.rules, opened.target.occurrence, channel)


def submit(desk: Desk, link: str, draft: Draft) -> Receipt:
    """Take the second rating in; the same key and body get the same receipt.

    `draft.occurrence` is not looked at: the code says what is rated. Identity, role and
    person are those of the first rating. Raises BadLink, LinkExpired, AlreadyRated,
    InvalidEvaluation, IdempotencyMismatch.
    """
    key = scoped_key(draft)
    with desk.store.look() as conn:
        opened = _opened(conn, desk, link)
        second = given(conn, opened.first)
        rater = _rater(conn, opened.first)
    arrival = _arrival(desk, opened, draft, rater, key)
    if second is not None:
        return _again(desk, arrival)
    ruling = ask(desk.hooks, arrival.submission())
    new = first_row(arrival, ruling, desk.rules)
    try:
        with desk.store.write() as conn:
            recording.record(conn, desk, new, arrival.checked.text)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return _again(desk, arrival)
    return receipt_of(desk, new, ruling.notice)


def submit_for(desk: Desk, draft: Draft, permitted: Callable[[Target], bool]) -> Receipt:
    """Take the second rating in from a system that names the service, not the code.

    Raises UnknownOccurrence also for a service that is not `permitted`, NoFollowUp, and what
    `submit` raises.
    """
    wanted = draft.occurrence
    if isinstance(wanted, str):
        raise UnknownOccurrence
    with desk.store.look() as conn:
        target = targets.find(conn, wanted)
        if target is None or not permitted(target):
            raise UnknownOccurrence
        rows = stored.of_occurrence(conn, target.occurrence.key)
        first = next((row for row in rows if row.round == ROUND), None)
        found = None if first is None else offered(conn, first.key)
    if found is None or desk.clock.now() >= found.expires_at:
        raise NoFollowUp
    try:
        return submit(desk, code(desk, found), draft)
    except BadLink as error:
        raise NoFollowUp from error


def _opened(conn: Connection, desk: Desk, link: str) -> Open:
    today: date = desk.rules.local_day(desk.clock.now())
    key = desk.signer.verify(Purpose.FOLLOW, link, today)
    found = offered(conn, key)
    first = None if found is None else stored.by_key(conn, key)
    target = None if first is None else targets.find(conn, first.occurrence_key)
    if found is None or first is None or target is None:
        raise BadLink
    if desk.clock.now() >= found.expires_at:
        raise LinkExpired
    current = _now(conn, first)
    if current.status in _GONE:
        raise BadLink
    return Open(current, target)


def _now(conn: Connection, first: Evaluation) -> Evaluation:
    """Return the newest row of the chain."""
    rows = stored.of_occurrence(conn, first.occurrence_key)
    return [row for row in rows if row.first_id == first.first_id][-1]


def _rater(conn: Connection, first: Evaluation) -> targets.Rater:
    return targets.NOBODY if first.person_id is None else targets.rater(conn, first.person_id)


def _arrival(
    desk: Desk, opened: Open, draft: Draft, rater: targets.Rater, idempotency_key: str
) -> Arrival:
    first, place = opened.first, opened.target.occurrence
    if place.key != first.occurrence_key:
        raise UnknownOccurrence
    channel = desk.rules.channels.get(draft.channel, Channel.WEB)
    said = replace(draft, identity=first.identity, rater_role=first.rater_role)
    checked = check(
        said, desk.rules, lambda: question_codes(desk.hooks, desk.rules, place, channel)
    )
    about = f"follow:{first.region}:{first.served_month}:{first.first_id}"
    digest = body_digest(desk.keyring, about, checked)
    at = desk.clock.now()
    return Arrival(
        place,
        checked,
        rater,
        draft.submitted_at,
        at,
        idempotency_key,
        digest,
        FOLLOW_UP,
        form_version=version_for(desk.rules, place, desk.hooks, checked.channel),
    )


def _again(desk: Desk, arrival: Arrival) -> Receipt:
    with desk.store.look() as conn:
        before = stored.by_idempotency_key(conn, arrival.idempotency_key)
    if before is None:
        raise AlreadyRated
    if before.body_digest != arrival.body_digest:
        raise IdempotencyMismatch
    return receipt_of(desk, before)


def _offer(row: Any) -> Offer:
    return Offer(
        OccurrenceKey(row.region, row.served_month, row.first_id),
        OccurrenceKey(row.region, row.served_month, row.occurrence_id),
        row.expires_at,
        row.via,
    )
