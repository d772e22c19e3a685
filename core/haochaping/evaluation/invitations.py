"""Invitations to rate: one an occurrence, as a link, a QR code and twelve digits.

The last of the digits is a check digit (ISO 7064, MOD 11,10): every single slip and nearly
every swap in a code read over the phone is noticed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from haochaping.evaluation import offers
from haochaping.evaluation.codes import Purpose, Signer
from haochaping.evaluation.problems import BadLink, LinkExpired
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.tables import invitation
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import random_digits
from haochaping.store.among import among
from haochaping.store.upsert import insert_or_ignore

SHORT_DIGITS: Final = 12
BATCH: Final = 500
_ATTEMPTS: Final = 8
_QR_MASK: Final = 4
"""A fixed mask: choosing the best of eight costs four times as much and reads no better."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation: the signed code of the link, and the short code to be read aloud.

    It is good up to and including `last_day` (local).
    """

    key: OccurrenceKey
    code: str
    short_code: str
    last_day: date


@dataclass(frozen=True, slots=True)
class Inviter:
    """Issues and resolves invitations under one jurisdiction's rules and keys."""

    signer: Signer
    rules: IntakeRules

    def issue(
        self, conn: Connection, key: OccurrenceKey, at: datetime, via: str = ""
    ) -> Invitation:
        """Return the invitation of an occurrence, made now or earlier; `via` names its way."""
        return self.issue_many(conn, [key], at, via)[key]

    def issue_many(
        self, conn: Connection, keys: Iterable[OccurrenceKey], at: datetime, via: str = ""
    ) -> dict[OccurrenceKey, Invitation]:
        """Return the invitations of many occurrences by key, made now or earlier."""
        wanted = list(dict.fromkeys(keys))
        found: dict[OccurrenceKey, Invitation] = {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            found.update(self._issue(conn, batch, at, via))
            offers.note(conn, batch, at, via)
        return found

    def resolve(self, code: str, at: datetime) -> OccurrenceKey:
        """Return the occurrence of a signed code. Raises BadLink, LinkExpired."""
        return self.signer.verify(Purpose.RATE, code, self.rules.local_day(at))

    def resolve_short(self, conn: Connection, digits: str, at: datetime) -> OccurrenceKey:
        """Return the occurrence of a short code read aloud. Raises BadLink, LinkExpired.

        Digits can be tried out: whoever calls this limits the rate.
        """
        plain = digits.replace(" ", "").replace("-", "")
        if not is_short_code(plain):
            raise BadLink
        row = conn.execute(_BY_SHORT_CODE, {"short": plain}).one_or_none()
        if row is None:
            raise BadLink
        if row.expires_at <= at:
            raise LinkExpired
        return _key(row)

    def _issue(
        self, conn: Connection, keys: Sequence[OccurrenceKey], at: datetime, via: str
    ) -> dict[OccurrenceKey, Invitation]:
        last_day = self.rules.local_day(at) + timedelta(days=self.rules.link_valid_days)
        expires_at = self.rules.day_ends(last_day)
        missing = set(keys)
        for _ in range(_ATTEMPTS):  # a short code drawn twice is drawn anew
            rows = [_row(key, at, expires_at, via) for key in keys if key in missing]
            insert_or_ignore(conn, invitation, rows)
            found = {_key(row): self._read(row) for row in conn.execute(_of(keys))}
            missing -= found.keys()
            if not missing:
                return found
        raise RuntimeError("no free short codes: expired invitations must be removed")

    def _read(self, row: Row[Any]) -> Invitation:
        last_day = self.rules.local_day(row.expires_at - timedelta(microseconds=1))
        code = self.signer.sign(Purpose.RATE, _key(row), last_day)
        return Invitation(_key(row), code, row.short_code, last_day)


def is_short_code(plain: str) -> bool:
    """Say whether digits have the length and the check digit of a short code."""
    fits = len(plain) == SHORT_DIGITS and plain.isascii() and plain.isdigit()
    return fits and check_digit(plain[:-1]) == plain[-1]


def check_digit(digits: str) -> str:
    """Return the check digit of ISO 7064 MOD 11,10 for some digits."""
    rest = 10
    for digit in digits:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def new_short_code() -> str:
    """Return random digits with their check digit behind."""
    digits = random_digits(SHORT_DIGITS - 1)
    return digits + check_digit(digits)


def qr_svg(address: str) -> str:
    """Return the QR code of an address as a plain SVG element without styles or scripts."""
    import segno  # lazily: only pages with a QR code need it

    code = segno.make(address, error="m", mask=_QR_MASK, boost_error=False, micro=False)
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=4, omitsize=True
    )
    return out.getvalue().decode()


_BY_SHORT_CODE: Final = select(invitation).where(invitation.c.short_code == bindparam("short"))


def _of(keys: Sequence[OccurrenceKey]) -> Any:
    place = (invitation.c.region, invitation.c.served_month, invitation.c.occurrence_id)
    wanted = [(key.region, key.served_month, key.id) for key in keys]
    return select(invitation).where(among(place, wanted))


def _key(row: Row[Any]) -> OccurrenceKey:
    return OccurrenceKey(row.region, row.served_month, row.occurrence_id)


def _row(key: OccurrenceKey, at: datetime, expires_at: datetime, via: str) -> dict[str, Any]:
    return {
        "region": key.region,
        "served_month": key.served_month,
        "occurrence_id": key.id,
        "short_code": new_short_code(),
        "issued_at": at,
        "expires_at": expires_at,
        "via": via,
    }
