"""What is kept about one person: given to them, destroyed at their wish, and by age.

Erasing destroys the person's data key: name, numbers and all words sealed under it can never
be read again. The rows stay, so figures, conservation and the sealed journal stay right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, or_, select, update

from haochaping.access import data_keys
from haochaping.access.reveals import Look
from haochaping.access.tables import reveal, vault_person
from haochaping.access.vault import Vault
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.delivery import bindings
from haochaping.delivery.raters import PERSON
from haochaping.delivery.tables import inbox, message, message_attempt
from haochaping.evaluation import wording
from haochaping.evaluation.tables import evaluation, opinion
from haochaping.journal import Emit, Event
from haochaping.profile.rules import PrivacyRules

EXPORTED: Final = "person.exported"
BATCH: Final = 500
_ENDED: Final = ("sent", "parked", "dropped")


@dataclass(frozen=True, slots=True)
class Expired:
    """How much was destroyed by age."""

    persons: int = 0
    words: int = 0
    messages: int = 0


def find(conn: Connection, vault: Vault, number: str) -> tuple[int, ...]:
    """Return the persons with an identity or telephone number, one a region."""
    found = {*vault.by_certificate(conn, number), *vault.by_mobile(conn, number)}
    return tuple(sorted(found))


def export(conn: Connection, vault: Vault, emit: Emit, look: Look, at: datetime) -> dict[str, Any]:
    """Return everything kept about a person, in plain values; writes the audit row first.

    Raises PurposeMissing, PersonErased.
    """
    person = vault.reveal(conn, look, at)
    told = {"account_id": look.account_id}
    emit(conn, Event(EXPORTED, f"person:{look.person_id}", told, ""), at)
    return {
        "exported_at": at.isoformat(),
        "person": person.record(),
        "services": _services(conn, look.person_id),
        "ratings": _ratings(conn, vault, look.person_id),
        "messages": _messages(conn, look.person_id),
        "wechat": [one.at.isoformat() for one in bindings.of_person(conn, look.person_id)],
        "looks": _looks(conn, look.person_id),
    }


def erase(conn: Connection, vault: Vault, person_id: int, at: datetime) -> bool:
    """Destroy what is kept about a person; return False when that was done before.

    Numbers behind messages to the person are never stored; the messages go.
    """
    receivers = [one.receiver for one in bindings.of_person(conn, person_id)]
    bindings.erase(conn, vault, person_id)
    gone = vault.erase(conn, person_id, at)
    _delete_messages(conn, message.c.receiver.in_(receivers))
    _delete_messages(conn, message.c.receiver == f"{PERSON}{person_id}")
    return gone


def expire(conn: Connection, vault: Vault, rules: PrivacyRules, at: datetime) -> Expired:
    """Destroy what is older than the profile keeps it, a batch at a time."""
    keep = rules.keep_days
    bindings.expire(conn, vault, at - timedelta(days=keep["message"]))
    return Expired(
        _old_persons(conn, vault, at - timedelta(days=keep["person"]), at),
        _old_words(conn, vault, at - timedelta(days=keep["words"])),
        _old_messages(conn, at - timedelta(days=keep["message"])),
    )


def _old_persons(conn: Connection, vault: Vault, before: datetime, at: datetime) -> int:
    """Erase persons of whom nothing was heard since `before`."""
    cases, said = service_case.c, evaluation.c
    person = vault_person.c
    recent_case = exists().where(
        or_(cases.person_id == person.id, cases.agent_person_id == person.id),
        cases.updated_at >= before,
    )
    recent_rating = exists().where(said.person_id == person.id, said.received_at >= before)
    old = (
        select(person.id)
        .where(person.erased_at.is_(None), person.updated_at < before)
        .where(~recent_case, ~recent_rating)
        .limit(BATCH)
    )
    found = list(conn.execute(old).scalars())
    return sum(erase(conn, vault, person_id, at) for person_id in found)


def _old_words(conn: Connection, vault: Vault, before: datetime) -> int:
    """Destroy words that were received before `before`; grade and reasons stay."""
    return _forget(conn, evaluation, evaluation.c.received_at < before) + _forget(
        conn, opinion, opinion.c.at < before
    )


def _forget(conn: Connection, table: Any, old: Any) -> int:
    where = (old, table.c.text_sealed.is_not(None))
    keys = set(conn.execute(select(table.c.text_key_id).where(*where).limit(BATCH)).scalars())
    if not keys:
        return 0
    owned = set(
        conn.execute(select(vault_person.c.key_id).where(vault_person.c.key_id.in_(keys))).scalars()
    )
    emptied = (
        update(table)
        .where(*where, table.c.text_key_id.in_(keys))
        .values(text_sealed=None, text_key_id=None)
    )
    count = conn.execute(emptied).rowcount
    for key_id in keys - owned:
        data_keys.destroy(conn, key_id)
    return count


def _old_messages(conn: Connection, before: datetime) -> int:
    return _delete_messages(conn, (message.c.queued_at < before) & message.c.state.in_(_ENDED))


def _delete_messages(conn: Connection, condition: Any) -> int:
    ids = list(conn.execute(select(message.c.id).where(condition).limit(BATCH)).scalars())
    for table in (message_attempt, inbox):
        conn.execute(delete(table).where(table.c.message_id.in_(ids)))
    return conn.execute(delete(message).where(message.c.id.in_(ids))).rowcount


def _services(conn: Connection, person_id: int) -> list[dict[str, Any]]:
    cases = service_case.c
    statement = (
        select(cases.case_no, occurrence.c.no, occurrence.c.stage, occurrence.c.served_at)
        .join(occurrence, SAME_CASE)
        .where(or_(cases.person_id == person_id, cases.agent_person_id == person_id))
        .order_by(occurrence.c.served_at)
    )
    return [_plain(row) for row in conn.execute(statement)]


def _ratings(conn: Connection, vault: Vault, person_id: int) -> list[dict[str, Any]]:
    rows = evaluation.c
    statement = select(evaluation).where(rows.person_id == person_id).order_by(rows.id)
    return [
        {
            "receipt": row.receipt,
            "round": row.round,
            "grade": row.grade,
            "options": list(row.options),
            "text": wording.open_words(
                conn,
                vault.keyring,
                row.text_sealed,
                row.text_key_id,
                f"evaluation:{row.region}:{row.served_month}:{row.id}",
            ),
            "channel": row.channel,
            "status": row.status,
            "received_at": row.received_at.isoformat(),
            "privacy_notice": row.notice,
        }
        for row in conn.execute(statement)
    ]


def _messages(conn: Connection, person_id: int) -> list[dict[str, Any]]:
    statement = (
        select(message.c.queued_at, message.c.gateway, message.c.state, message.c.body_zh)
        .where(message.c.receiver == f"{PERSON}{person_id}")
        .order_by(message.c.id)
    )
    return [_plain(row) for row in conn.execute(statement)]


def _looks(conn: Connection, person_id: int) -> list[dict[str, Any]]:
    statement = (
        select(reveal.c.at, reveal.c.purpose)
        .where(reveal.c.person_id == person_id)
        .order_by(reveal.c.id)
    )
    return [_plain(row) for row in conn.execute(statement)]


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }
