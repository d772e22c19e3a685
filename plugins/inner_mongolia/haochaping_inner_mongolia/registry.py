"""The registry of malicious raters: proposal, two-person decision, term, appeal, end.

Criteria and duration are not published anywhere; the safeguards are this software's own:
only verified raters, evidence, two deciders outside the rated unit, a longest term, an
appeal, and restoration of excluded ratings when an entry is lifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.hooks.services import Services, VerifiedRater
from haochaping.hooks.values import Words
from haochaping.store.types import from_micros, micros
from haochaping_inner_mongolia.problems import (
    Incomplete,
    NoSuchEntry,
    NotInThatState,
    NotListable,
    RegistryOff,
    TwoPersons,
)
from haochaping_inner_mongolia.restoring import Restoring
from haochaping_inner_mongolia.states import (
    APPEALED,
    EXPIRED,
    LIFTED,
    LISTED,
    PROPOSED,
    REJECTED,
    SECONDED,
)
from haochaping_inner_mongolia.tables import entry, listed
from haochaping_inner_mongolia.telling import Notice, Telling

PROPOSE, DECIDE = "registry.propose", "registry.decide"
_LONGEST_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its page shows it; the person is never named."""

    id: int
    state: str
    organization_id: int
    case_no: str
    occurrence_no: int
    evidence: str
    proposed_by: int
    proposed_at: datetime
    first_by: int | None
    second_by: int | None
    decision: str
    term_days: int
    until_at: datetime | None
    appeal: str
    closing: str
    told_by: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a proposer states: the service that was rated, evidence, term in days."""

    case_no: str
    occurrence_no: int
    evidence: str
    term_days: int


class Registry:
    """The registry of one deployment."""

    def __init__(self, settings: Mapping[str, Any], services: Services) -> None:
        self._settings = settings
        self._services = services
        self.telling = Telling(settings, services)
        self.restoring = Restoring(settings, services)

    @property
    def enabled(self) -> bool:
        """True when the profile enables the registry and names its legal basis."""
        return bool(self._settings.get("enabled")) and bool(self._settings.get("legal_basis"))

    @property
    def legal_basis(self) -> str:
        """The document that allows the registry, empty when none is named."""
        return str(self._settings.get("legal_basis", ""))

    @property
    def max_term_days(self) -> int:
        """The longest term of an entry."""
        return int(self._settings.get("max_term_days", 0))

    def propose(self, proposal: Proposal, account_id: int) -> int:
        """Record a proposal and return its number.

        Raises RegistryOff, Incomplete, NotListable (rater not verified, or already there).
        """
        self._require_enabled()
        self._require_complete(proposal)
        rater = self._rater(proposal, account_id)
        number = self._services.new_id()
        with self._services.records.transaction() as conn:
            self._insert(conn, number, proposal, (rater, account_id))
        self._note("proposed", number, account_id)
        return number

    def second(self, number: int, account_id: int, reason: str) -> None:
        """Agree as the first of two. Raises TwoPersons, NotInThatState, Incomplete."""
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._require_decider(found, account_id)
            _move(
                conn,
                found,
                (PROPOSED,),
                state=SECONDED,
                first_by=account_id,
                decision=_text(reason),
            )
        self._note("seconded", number, account_id)

    def confirm(self, number: int, account_id: int, reason: str) -> None:
        """Agree as the second of two: the person is listed for the proposed term."""
        self._require_enabled()
        now = self._services.now()
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._require_decider(found, account_id)
            until = now + timedelta(days=found.term_days)
            _move(
                conn,
                found,
                (SECONDED,),
                state=LISTED,
                second_by=account_id,
                decision=f"{found.decision}\n{_text(reason)}",
                decided_at=micros(now),
                until_at=micros(until),
            )
            _list(conn, number, (now, until))
        self._note("listed", number, account_id)
        self.telling.tell_all()

    def reject(self, number: int, account_id: int, reason: str) -> None:
        """Refuse a proposal; one decider is enough."""
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._require_decider(found, account_id)
            self._close(conn, found, (PROPOSED, SECONDED), (REJECTED, account_id, reason))
        self._note("rejected", number, account_id)

    def appeal(self, number: int, account_id: int, words: str) -> None:
        """Record the listed person's appeal as it reached the office."""
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._appeal(conn, found, words)
        self._note("appealed", number, account_id)

    def appeal_by_rater(self, person_index: str, words: str) -> None:
        """Record the appeal of the listed person, who proved to be it by a receipt.

        Raises NotInThatState when there is no entry to appeal against, Incomplete.
        """
        with self._services.records.transaction() as conn:
            found = self._newest_of(conn, person_index)
            if found is None:
                raise NotInThatState
            self._appeal(conn, found, words)
        self._note("appealed", found.id, None)

    def of_person(self, person_index: str) -> Entry | None:
        """Return the newest entry that ever listed a person, None when there was none."""
        with self._services.records.transaction() as conn:
            return self._newest_of(conn, person_index)

    def uphold(self, number: int, account_id: int, reason: str) -> None:
        """Reject an appeal: the entry stays until its end."""
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._require_reviewer(found, account_id)
            _move(conn, found, (APPEALED,), state=LISTED, closing=_text(reason))
        self._note("appeal_rejected", number, account_id)
        self.telling.tell_all()

    def lift(self, number: int, account_id: int, reason: str) -> int:
        """End an entry as unjustified and have its excluded ratings admitted again.

        Returns how many ratings were handed back to intake.
        """
        with self._services.records.transaction() as conn:
            found = self._find(conn, number, account_id)
            self._require_reviewer(found, account_id)
            self._close(conn, found, (LISTED, APPEALED), (LIFTED, account_id, reason))
            _unlist(conn, number)
        self._note("lifted", number, account_id)
        self.telling.tell_all()
        return self.restoring.run()

    def expire(self) -> int:
        """End the entries whose term is over; return how many. Safe to run twice.

        What they kept out comes back, unless the profile keeps it out for good.
        """
        now = self._services.now()
        with self._services.records.transaction() as conn:
            over = list(
                conn.execute(
                    select(listed.c.entry_id).where(listed.c.until_at <= micros(now))
                ).scalars()
            )
            for number in over:
                found = self._load(conn, number)
                self._close(conn, found, (LISTED, APPEALED), (EXPIRED, None, "期满"))
                _unlist(conn, number)
        for number in over:
            self._note("expired", number, None)
        self.telling.tell_all()
        self.restoring.run()
        return len(over)

    def handed(self, number: int, account_id: int, reason: str) -> None:
        """Note that the letter was handed over: `reason` says how. Raises NotInThatState."""
        with self._services.records.transaction() as conn:
            self._find(conn, number, account_id)
        _text(reason)
        self.telling.handed(number)
        self._note("handed", number, account_id)

    def notice(self, number: int, account_id: int, site: str) -> Notice:
        """Return an entry's notice for printing. Raises NoSuchEntry, also before there is any."""
        with self._services.records.transaction() as conn:
            self._find(conn, number, account_id)
        found = self.telling.notice(number, site)
        if found is None:
            raise NoSuchEntry
        return found

    def entries(self, account_id: int, limit: int = 200) -> tuple[Entry, ...]:
        """Return the newest entries of the units that the account decides for."""
        with self._services.records.transaction() as conn:
            units = conn.execute(select(entry.c.organization_id).distinct()).scalars().all()
            mine = [unit for unit in units if self._may(account_id, DECIDE, unit)]
            newest = select(entry).order_by(entry.c.proposed_at.desc()).limit(limit)
            rows = conn.execute(newest.where(entry.c.organization_id.in_(mine)))
            return tuple(_entry(row) for row in rows.mappings())

    def is_listed(self, person_index: str, at: datetime) -> bool:
        """Say whether a person's ratings are excluded at a moment: one look-up by key."""
        row = self._services.lookup.one("inner_mongolia_listed", person_index=person_index)
        return row is not None and int(row["since_at"]) <= micros(at) < int(row["until_at"])

    def _appeal(self, conn: Connection, found: Entry, words: str) -> None:
        at, said = micros(self._services.now()), _text(words)
        told = {"told_state": APPEALED}
        _move(conn, found, (LISTED,), state=APPEALED, appeal=said, appealed_at=at, **told)

    def _newest_of(self, conn: Connection, person_index: str) -> Entry | None:
        mine = entry.c.person_index == person_index, entry.c.until_at.is_not(None)
        newest = select(entry).where(*mine).order_by(entry.c.decided_at.desc(), entry.c.id.desc())
        row = conn.execute(newest.limit(1)).mappings().first()
        return None if row is None else _entry(row)

    def _rater(self, proposal: Proposal, account_id: int) -> VerifiedRater:
        """Return the rater; whatever stands in the way is answered in the same words."""
        found = self._services.evaluations.verified_rater(proposal.case_no, proposal.occurrence_no)
        if found is None or not self._may(account_id, PROPOSE, found.organization_id):
            raise NotListable(
                Words(
                    "没有找到身份已核验的评价，不能列入；请核对办件编号和第几次服务",
                    "No rating by a verified rater was found; check case number and service number",
                )
            )
        return found

    def _insert(
        self, conn: Connection, number: int, proposal: Proposal, who: tuple[VerifiedRater, int]
    ) -> None:
        rater, account_id = who
        row = {
            "id": number,
            "person_index": rater.person_index,
            "organization_id": rater.organization_id,
            "case_no": proposal.case_no,
            "occurrence_no": proposal.occurrence_no,
            "state": PROPOSED,
            "evidence": _text(proposal.evidence),
            "proposed_by": account_id,
            "proposed_at": micros(self._services.now()),
            "term_days": proposal.term_days,
        }
        try:
            conn.execute(insert(entry).values(row))
        except IntegrityError as error:
            raise NotListable(
                Words("该评价人已有未结束的记录", "There is an open entry for this rater already")
            ) from error

    def _find(self, conn: Connection, number: int, account_id: int) -> Entry:
        """Return an entry that the account may decide on; any other is not there for it."""
        found = self._load(conn, number)
        if not self._may(account_id, DECIDE, found.organization_id):
            raise NoSuchEntry
        return found

    def _may(self, account_id: int, permission: str, organization_id: int) -> bool:
        return self._services.accounts.may(account_id, permission, organization_id)

    def _load(self, conn: Connection, number: int) -> Entry:
        row = conn.execute(select(entry).where(entry.c.id == number)).mappings().first()
        if row is None:
            raise NoSuchEntry
        return _entry(row)

    def _close(
        self,
        conn: Connection,
        found: Entry,
        states: tuple[str, ...],
        end: tuple[str, int | None, str],
    ) -> None:
        state, account_id, reason = end
        at = micros(self._services.now())
        _move(
            conn,
            found,
            states,
            state=state,
            closing=_text(reason),
            closed_by=account_id,
            closed_at=at,
        )

    def _require_enabled(self) -> None:
        if not self.enabled:
            raise RegistryOff

    def _require_complete(self, proposal: Proposal) -> None:
        if not 1 <= proposal.term_days <= self.max_term_days:
            raise Incomplete(
                Words(
                    f"期限应为 1 至 {self.max_term_days} 天",
                    f"The term must be 1 to {self.max_term_days} days",
                )
            )
        if len(proposal.evidence.strip()) < 10:
            raise Incomplete(
                Words("请写明证据，不少于 10 个字", "State the evidence in 10 characters or more")
            )

    def _require_decider(self, found: Entry, account_id: int) -> None:
        if account_id in {found.proposed_by, found.first_by}:
            raise TwoPersons
        self._require_outside(found, account_id)

    def _require_reviewer(self, found: Entry, account_id: int) -> None:
        if account_id in {found.proposed_by, found.first_by, found.second_by}:
            raise TwoPersons(
                Words(
                    "申诉须由没有参与认定的人员复核",
                    "An appeal is reviewed by somebody who took no part in the decision",
                )
            )
        self._require_outside(found, account_id)

    def _require_outside(self, found: Entry, account_id: int) -> None:
        if not self._services.accounts.outside(account_id, found.organization_id):
            raise TwoPersons

    def _note(self, kind: str, number: int, account_id: int | None) -> None:
        self._services.audit(kind, f"registry:{number}", {"account": account_id})


def _move(conn: Connection, found: Entry, states: tuple[str, ...], **values: Any) -> None:
    statement = (
        update(entry).where(entry.c.id == found.id, entry.c.state.in_(states)).values(**values)
    )
    if conn.execute(statement).rowcount != 1:
        raise NotInThatState


def _list(conn: Connection, number: int, term: tuple[datetime, datetime]) -> None:
    since, until = (micros(moment) for moment in term)
    row = {"person_index": _person(conn, number), "entry_id": number}
    conn.execute(insert(listed).values(**row, since_at=since, until_at=until))


def _unlist(conn: Connection, number: int) -> None:
    conn.execute(delete(listed).where(listed.c.entry_id == number))


def _person(conn: Connection, number: int) -> str:
    found: str = conn.execute(select(entry.c.person_index).where(entry.c.id == number)).scalar_one()
    return found


def _text(words: str) -> str:
    cleaned = words.strip()
    if not cleaned or len(cleaned) > _LONGEST_TEXT:
        raise Incomplete(
            Words(
                f"请填写理由，不超过 {_LONGEST_TEXT} 字",
                f"Give a reason of at most {_LONGEST_TEXT} signs",
            )
        )
    return cleaned


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        state=row["state"],
        organization_id=row["organization_id"],
        case_no=row["case_no"],
        occurrence_no=row["occurrence_no"],
        evidence=row["evidence"],
        proposed_by=row["proposed_by"],
        proposed_at=from_micros(row["proposed_at"]),
        first_by=row["first_by"],
        second_by=row["second_by"],
        decision=row["decision"],
        term_days=row["term_days"],
        until_at=None if row["until_at"] is None else from_micros(row["until_at"]),
        appeal=row["appeal"],
        closing=row["closing"],
        told_by=row["told_by"],
    )
