"""Candidates: raters whose bad ratings a person should look at; nobody is listed by a signal.

Found every night from patterns (how many bad ratings, at how many units, how many of them
void as malicious) and from integrity flags about them. What comes of it is a person's
decision: a proposal, which then needs two others, or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from haochaping.doors.rows import insert_or_ignore
from haochaping.hooks.exclusion import RaterPattern
from haochaping.hooks.services import Services
from haochaping.store.types import from_micros, micros
from haochaping_inner_mongolia.problems import NoSuchEntry, NotInThatState
from haochaping_inner_mongolia.tables import candidate, entry

OPEN_ENTRY: Final = ("proposed", "seconded", "listed", "appealed")
WAITS, PROPOSED, DISMISSED = "open", "proposed", "dismissed"
_KEPT: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Rules:
    """When somebody becomes a candidate: over how many days, and from what counts on."""

    within_days: int
    bad: int
    malicious: int
    flagged: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rules:
        """Return the rules of the profile; its defaults where it says nothing."""
        found = settings.get("candidates", {})
        names = (("within_days", 90), ("bad", 5), ("malicious", 2), ("flagged", 3))
        return cls(*(int(found.get(name, usual)) for name, usual in names))

    def fits(self, seen: RaterPattern) -> bool:
        """Say whether a pattern is to be looked at."""
        flagged = sum(seen.flags.values())
        return seen.bad >= self.bad or seen.malicious >= self.malicious or flagged >= self.flagged


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate as the page shows it: counts, never a person."""

    id: int
    organization_id: int
    case_no: str
    occurrence_no: int
    newest_at: datetime
    bad: int
    units: int
    malicious: int
    flags: Mapping[str, int]


class Candidates:
    """The candidates of one deployment."""

    def __init__(self, settings: Mapping[str, Any], services: Services) -> None:
        self._rules = Rules.of(settings)
        self._services = services

    def find(self) -> int:
        """Look for candidates; return how many are new. Safe to run twice.

        Who was dismissed comes back only with a bad rating newer than those looked at.
        """
        now, rules = self._services.now(), self._rules
        since = now - timedelta(days=rules.within_days)
        least = max(1, min(rules.bad, rules.malicious, rules.flagged))
        seen = self._services.exclusion.patterns(since, least)
        with self._services.records.transaction() as conn:
            conn.execute(delete(candidate).where(candidate.c.found_at < micros(now - _KEPT)))
            known = _known(conn)
            new = [
                one
                for one in seen
                if rules.fits(one) and micros(one.newest_at) > known.get(one.person_index, -1)
            ]
            rows = [self._row(one, now) for one in new]
            return insert_or_ignore(conn, candidate, rows) if rows else 0

    def waiting(self, account_id: int, limit: int = 100) -> tuple[Candidate, ...]:
        """Return the candidates of units that the account may propose for, newest first."""
        query = select(candidate).where(candidate.c.state == WAITS)
        with self._services.records.transaction() as conn:
            rows = conn.execute(query.order_by(candidate.c.found_at.desc()).limit(limit)).all()
        return tuple(_candidate(row) for row in rows if self._may(account_id, row))

    def one(self, number: int, account_id: int) -> Candidate:
        """Return a waiting candidate. Raises NoSuchEntry."""
        query = select(candidate).where(candidate.c.id == number, candidate.c.state == WAITS)
        with self._services.records.transaction() as conn:
            row = conn.execute(query).one_or_none()
        if row is None or not self._may(account_id, row):
            raise NoSuchEntry
        return _candidate(row)

    def decide(self, number: int, account_id: int, decision: tuple[str, str]) -> None:
        """Close a candidate as `proposed` or `dismissed`, with a note. Raises NoSuchEntry."""
        self.one(number, account_id)
        state, note = decision
        waits = update(candidate).where(candidate.c.id == number, candidate.c.state == WAITS)
        at = micros(self._services.now())
        values = {"state": state, "note": note[:2000], "decided_by": account_id, "decided_at": at}
        with self._services.records.transaction() as conn:
            if conn.execute(waits.values(values)).rowcount != 1:
                raise NotInThatState
        self._services.audit(f"candidate_{state}", f"candidate:{number}", {"account": account_id})

    def _may(self, account_id: int, row: Any) -> bool:
        accounts = self._services.accounts
        return accounts.may(account_id, "registry.propose", row.organization_id)

    def _row(self, one: RaterPattern, now: datetime) -> dict[str, Any]:
        return {
            "id": self._services.new_id(),
            "person_index": one.person_index,
            "organization_id": one.organization_id,
            "case_no": one.case_no,
            "occurrence_no": one.occurrence_no,
            "newest_at": micros(one.newest_at),
            "bad": one.bad,
            "units": one.units,
            "malicious": one.malicious,
            "flags": json.dumps(dict(one.flags), sort_keys=True),
            "found_at": micros(now),
            "state": WAITS,
        }


def _known(conn: Connection) -> dict[str, int]:
    """Return up to which moment each person was looked at; listed or proposed: for good."""
    known: dict[str, int] = {}
    for index, newest in conn.execute(select(candidate.c.person_index, candidate.c.newest_at)):
        known[index] = max(known.get(index, -1), newest)
    open_ones = select(entry.c.person_index).where(entry.c.state.in_(OPEN_ENTRY))
    return known | dict.fromkeys(conn.execute(open_ones).scalars(), 2**63)


def _candidate(row: Any) -> Candidate:
    return Candidate(
        id=row.id,
        organization_id=row.organization_id,
        case_no=row.case_no,
        occurrence_no=row.occurrence_no,
        newest_at=from_micros(row.newest_at),
        bad=row.bad,
        units=row.units,
        malicious=row.malicious,
        flags=json.loads(row.flags),
    )
