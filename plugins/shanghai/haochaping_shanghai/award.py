"""The yearly award for improvement cases: nominated, admitted by another person, voted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import RowMapping, insert, select, update

from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_shanghai.problems import Incomplete, NoSuchReview, NotNow
from haochaping_shanghai.tables import nomination

NOMINATED, OPEN, CLOSED, REFUSED = "nominated", "open", "closed", "refused"
STATES: Final = {
    NOMINATED: Words("待入围", "Nominated"),
    OPEN: Words("投票中", "Open for votes"),
    CLOSED: Words("投票结束", "Voting is over"),
    REFUSED: Words("未入围", "Not admitted"),
}
NOMINATE, DECIDE = "case.handle", "review.publish"


@dataclass(frozen=True, slots=True)
class Nomination:
    """An improvement case nominated for a year's award."""

    id: int
    year: int
    title: str
    text: str
    organization_id: int
    state: str
    votes: int


class Award:
    """The award of one deployment."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def nominate(self, title: str, text: str, organization_id: int, account_id: int) -> int:
        """Nominate a case of one's unit for this year. Raises Incomplete, NoSuchReview."""
        self._require(account_id, NOMINATE, organization_id)
        if not title.strip() or not text.strip() or len(title) > 80 or len(text) > 2000:
            raise Incomplete(
                Words("请写标题（80 字内）和事迹（2000 字内）", "Give a title and what was done")
            )
        now = self._services.now()
        own = self._services.new_id()
        row = {
            "id": own,
            "year": now.astimezone(self._services.worktime.zone).year,
            "title": title.strip(),
            "text": text.strip(),
            "organization_id": organization_id,
            "state": NOMINATED,
            "votes": 0,
            "nominated_by": account_id,
            "at": micros(now),
        }
        with self._services.records.transaction() as conn:
            conn.execute(insert(nomination).values(row))
        return own

    def decide(self, number: int, account_id: int, state: str) -> None:
        """Admit, refuse or close a nomination; not one's own. Raises NotNow, NoSuchReview."""
        before = {OPEN: NOMINATED, REFUSED: NOMINATED, CLOSED: OPEN}.get(state)
        found = self._services.lookup.one("shanghai_nomination", id=number)
        if found is None:
            raise NoSuchReview
        self._require(account_id, DECIDE, found["organization_id"])
        if before is None or found["nominated_by"] == account_id:
            raise NotNow(
                Words("须由提名人以外的人审核", "Somebody other than the nominator decides")
            )
        step = update(nomination).where(nomination.c.id == number, nomination.c.state == before)
        with self._services.records.transaction() as conn:
            if conn.execute(step.values(state=state, decided_by=account_id)).rowcount != 1:
                raise NotNow
        self._services.audit("award", f"nomination:{number}", {"to": state, "by": account_id})

    def of_year(self, year: int, *, public: bool) -> tuple[Nomination, ...]:
        """Return the nominations of a year, the most voted first; the public sees admitted ones."""
        query = select(nomination).where(nomination.c.year == year)
        if public:
            query = query.where(nomination.c.state.in_((OPEN, CLOSED)))
        ordered = query.order_by(nomination.c.votes.desc(), nomination.c.id).limit(200)
        with self._services.records.transaction() as conn:
            return tuple(_nomination(row) for row in conn.execute(ordered).mappings())

    def _require(self, account_id: int, permission: str, organization_id: int) -> None:
        if not self._services.accounts.may(account_id, permission, organization_id):
            raise NoSuchReview


def _nomination(row: RowMapping) -> Nomination:
    return Nomination(
        row["id"],
        row["year"],
        row["title"],
        row["text"],
        row["organization_id"],
        row["state"],
        row["votes"],
    )
