"""Finding one's own services by the telephone number left with the case.

A number is proved by a code sent to it. Whether anything is known under the number is never
told before that: the answers are alike. A number gets a few codes an hour and a day, a code
a few attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select, update

from haochaping.access import one_time
from haochaping.access.persons import mobile_index
from haochaping.access.tables import vault_person
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.crypto import Keyring
from haochaping.delivery import messages, raters
from haochaping.evaluation.rules import ROUND
from haochaping.evaluation.tables import evaluation, phone_proof
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.ids import new_id
from haochaping.problems import Problem

VALID: Final = timedelta(minutes=10)
"""How long a code is good."""
SITTING: Final = timedelta(minutes=30)
"""How long what was found may be used after the number was proved."""
ATTEMPTS: Final = 5
PER_HOUR: Final = 3
PER_DAY: Final = 8
MOST: Final = 50
"""How many services are listed."""


class TooManyCodes(Problem):
    """A number was sent enough codes for now."""

    code = "HCP-TOO-MANY-CODES"
    status = 429
    title = Words(
        "这个号码获取验证码过于频繁，请过一小时再试",
        "This number was sent too many codes: try again in an hour",
    )


class NotProved(Problem):
    """The code does not fit, is too old, or was tried too often; which is not told."""

    code = "HCP-NOT-PROVED"
    status = 422
    title = Words("验证码不对或已失效，请重新获取", "The code is wrong or too old: ask for another")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked for: all of a person's services, those of one case, or at one window."""

    case_no: str = ""
    window_id: int | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """The scope as it is stored."""
        if self.window_id is not None:
            return f"window:{self.window_id}"
        return f"case:{self.case_no}" if self.case_no else "all"


@dataclass(frozen=True, slots=True)
class Found:
    """A service of the person: its first rating's receipt, if it is theirs; empty otherwise.

    `agent` is true where the person acted for somebody else.
    """

    key: OccurrenceKey
    rated: bool
    receipt: str
    agent: bool = False


def scope_of(name: str, since: datetime) -> Scope:
    """Return the scope that is stored under a name."""
    kind, _, value = name.partition(":")
    if kind == "window":
        return Scope(window_id=int(value), since=since)
    return Scope(case_no=value if kind == "case" else "", since=since)


def ask(conn: Connection, keyring: Keyring, scope: Scope, mobile: str, at: datetime) -> int:
    """Send a code to a number under which something is known; return the attempt's id.

    Raises TooManyCodes.
    """
    mac = mobile_index(keyring, mobile) or ""
    _within_limits(conn, mac, at)
    persons = _persons(conn, mac)
    found = _services(conn, persons, scope) if persons else ()
    proof_id = new_id()
    row = {
        "id": proof_id,
        "scope": scope.name,
        "mobile_mac": mac,
        "known": bool(found),
        "issued_at": at,
        "expires_at": at + VALID,
        "attempts": 0,
    }
    conn.execute(phone_proof.insert().values(row))
    if found:
        messages.queue(conn, _message(proof_id, persons[0]), at)
    return proof_id


def prove(conn: Connection, keyring: Keyring, proof_id: int, said: str, at: datetime) -> bool:
    """Try a code; return whether it fits. Every try counts, also one that cannot fit.

    Commit also when it does not fit, or the try is not counted.
    """
    rows = phone_proof.c
    tried = (
        update(phone_proof)
        .where(
            rows.id == proof_id,
            rows.attempts < ATTEMPTS,
            rows.expires_at > at,
            rows.proved_at.is_(None),
        )
        .values(attempts=rows.attempts + 1)
        .returning(rows.known)
    )
    row = conn.execute(tried).one_or_none()
    fits = one_time.matches(keyring, proof_id, said)
    if row is None or not row.known or not fits:
        return False
    proved = update(phone_proof).where(rows.id == proof_id).values(proved_at=at)
    return conn.execute(proved).rowcount == 1


def services(conn: Connection, proof_id: int, at: datetime, since: datetime) -> tuple[Found, ...]:
    """Return what a proved attempt found, the latest first. Raises NotProved."""
    rows = phone_proof.c
    row = conn.execute(select(phone_proof).where(rows.id == proof_id)).one_or_none()
    if row is None or row.proved_at is None or at >= row.proved_at + SITTING:
        raise NotProved
    persons = _persons(conn, row.mobile_mac)
    return _services(conn, persons, scope_of(row.scope, since)) if persons else ()


def tidy(conn: Connection, at: datetime) -> int:
    """Delete attempts of more than a day ago; return how many."""
    old = phone_proof.delete().where(phone_proof.c.issued_at < at - timedelta(days=1))
    return conn.execute(old).rowcount


def _within_limits(conn: Connection, mac: str, at: datetime) -> None:
    rows = phone_proof.c
    today = select(rows.issued_at).where(
        rows.mobile_mac == mac, rows.issued_at > at - timedelta(days=1)
    )
    sent = list(conn.execute(today).scalars())
    lately = [moment for moment in sent if moment > at - timedelta(hours=1)]
    if len(sent) >= PER_DAY or len(lately) >= PER_HOUR:
        raise TooManyCodes


def _persons(conn: Connection, mac: str) -> tuple[int, ...]:
    rows = vault_person.c
    statement = select(rows.id).where(rows.mobile_mac == mac, rows.erased_at.is_(None))
    return tuple(conn.execute(statement.order_by(rows.id)).scalars()) if mac else ()


def _services(conn: Connection, persons: tuple[int, ...], scope: Scope) -> tuple[Found, ...]:
    first = and_(
        evaluation.c.region == occurrence.c.region,
        evaluation.c.served_month == occurrence.c.served_month,
        evaluation.c.occurrence_id == occurrence.c.id,
        evaluation.c.round == ROUND,
        evaluation.c.supersedes_id == 0,
    )
    cases = service_case.c
    statement = (
        select(
            occurrence.c.region,
            occurrence.c.served_month,
            occurrence.c.id,
            evaluation.c.id.label("rated_id"),
            evaluation.c.person_id,
            evaluation.c.receipt,
            cases.person_id.label("applicant_id"),
        )
        .join(service_case, SAME_CASE)
        .outerjoin(evaluation, first)
        .where(or_(cases.person_id.in_(persons), cases.agent_person_id.in_(persons)))
        .order_by(occurrence.c.served_at.desc(), occurrence.c.id.desc())
        .limit(MOST)
    )
    if scope.case_no:
        statement = statement.where(cases.case_no == scope.case_no)
    elif scope.since is not None:
        statement = statement.where(occurrence.c.served_at >= scope.since)
    if scope.window_id is not None:
        statement = statement.where(occurrence.c.window_id == scope.window_id)
    return tuple(_found(row, persons) for row in conn.execute(statement))


def _found(row: Any, persons: tuple[int, ...]) -> Found:
    key = OccurrenceKey(row.region, row.served_month, row.id)
    theirs = row.rated_id is not None and row.person_id in persons
    agent = row.applicant_id not in persons
    return Found(key, row.rated_id is not None, row.receipt if theirs else "", agent)


def _message(proof_id: int, person_id: int) -> OutgoingMessage:
    minutes = int(VALID.total_seconds() // 60)
    return OutgoingMessage(
        business_id=f"{raters.PROOF}{proof_id}",
        to=f"{raters.PERSON}{person_id}",
        organization_id=None,
        gateway="sms",
        subject=Words("验证码", "Code"),
        body=Words(
            f"验证码 {raters.CODE}，{minutes} 分钟内有效，用于查找您的政务服务，请勿告诉他人。",
            f"Code {raters.CODE}, valid for {minutes} minutes, to find and rate your services.",
        ),
    )
