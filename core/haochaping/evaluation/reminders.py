"""Asking those once more who have not rated: after the profile's delay, within its hours, once.

Everybody gets one text, however many services wait: with one, its link; with several, the
page that finds them. The note that a service was reminded and the text are queued in one
transaction, so that no service is reminded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, and_, exists, func, select

from haochaping.access.tables import vault_person
from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.delivery.tables import sms_stop
from haochaping.evaluation import sending
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.rules import ROUND
from haochaping.evaluation.sending import Posting
from haochaping.evaluation.tables import evaluation, invitation, reminder
from haochaping.hooks.values import OccurrenceKey, Unit, Words
from haochaping.jobs import JobContext
from haochaping.profile.rules import ReinviteRules
from haochaping.store.upsert import insert_or_ignore

REMIND: Final = "evaluation.remind"
"""The kind of the job, which runs every twenty minutes."""
CRON: Final = "*/20 * * * *"
BATCH: Final = 500
BACK: Final = timedelta(days=3)
"""How long after its moment a reminder is still sent, for hours in which nothing may go out."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """What the job works with; without rules or a gateway for texts nothing is sent."""

    desk: Desk
    inviter: Inviter
    rules: ReinviteRules | None
    site: str
    can_text: bool

    def __call__(self, context: JobContext) -> None:
        """Run the job: remind everybody whose moment has come."""
        at = context.clock.now()
        with context.transaction() as conn:
            if self.rules is not None and self.can_text and self._may_send(at):
                self.remind(conn, self.rules, at)

    def remind(self, conn: Connection, rules: ReinviteRules, at: datetime) -> int:
        """Remind those whose invitations are old enough; return how many services."""
        waiting = _waiting(conn, self._issued_before(rules, at), at)
        fresh = [row for row in waiting if _noted(conn, row, at)]
        fresh.sort(key=lambda row: row.person)
        for person, rows in groupby(fresh, key=lambda row: int(row.person)):
            sending.post(conn, self._posting(conn, person, list(rows), at), at)
        return len(fresh)

    def _may_send(self, at: datetime) -> bool:
        if self.rules is None:
            return False
        first, last = self.rules.hours
        return first <= at.astimezone(self.desk.rules.zone).time() < last

    def _issued_before(self, rules: ReinviteRules, at: datetime) -> datetime:
        """Return the latest moment of an invitation whose delay has passed."""
        due = self.desk.due
        if rules.after.unit is not Unit.WORKDAY or due is None:
            return at - timedelta(days=rules.after.count)
        day = at - timedelta(days=rules.after.count)
        while due(day, rules.after) > at:
            day -= timedelta(days=1)
        return day

    def _posting(self, conn: Connection, person: int, rows: Sequence[Any], at: datetime) -> Posting:
        key = _key(rows[0])
        name = f"remind:{person}:{key.region}:{key.served_month}:{key.id}"
        if len(rows) > 1:
            address = f"{self.site.rstrip('/')}/find"
            return Posting(name, person, _many(len(rows), address))
        code = self.inviter.issue(conn, key, at).code
        return Posting(name, person, _one(f"{self.site.rstrip('/')}/r/{code}?from=sms"))


def _one(address: str) -> Words:
    return Words(
        f"您近日办理的政务服务还没有评价，请点开评价（自愿、免费）：{address} 回T退订",
        f"Please rate the government service you received (voluntary, free): {address}"
        " Reply T to stop",
    )


def _many(count: int, address: str) -> Words:
    return Words(
        f"您近日办理的 {count} 件政务服务还没有评价，请用本机号码查找并评价（自愿、免费）："
        f"{address} 回T退订",
        f"{count} government services are not rated yet. Find them by this number and rate"
        f" (voluntary, free): {address} Reply T to stop",
    )


def _noted(conn: Connection, row: Any, at: datetime) -> bool:
    """Note that a service is reminded now; False when it was before."""
    noted = {
        "region": row.region,
        "served_month": row.served_month,
        "occurrence_id": row.occurrence_id,
        "at": at,
        "via": sending.GATEWAY,
    }
    return insert_or_ignore(conn, reminder, [noted]) == 1


def _waiting(conn: Connection, issued_before: datetime, at: datetime) -> Sequence[Any]:
    """Return unrated, unreminded services whose rater left a number and wants texts."""
    asked, person = (
        invitation.c,
        func.coalesce(service_case.c.agent_person_id, service_case.c.person_id),
    )
    statement = (
        select(
            asked.region, asked.served_month, asked.occurrence_id, vault_person.c.id.label("person")
        )
        .join(
            occurrence,
            and_(
                occurrence.c.region == asked.region,
                occurrence.c.served_month == asked.served_month,
                occurrence.c.id == asked.occurrence_id,
            ),
        )
        .join(service_case, SAME_CASE)
        .join(vault_person, vault_person.c.id == person)
        .where(
            asked.issued_at <= issued_before,
            asked.issued_at > issued_before - BACK,
            asked.expires_at > at,
            occurrence.c.served_at.is_not(None),
            vault_person.c.mobile_mac.is_not(None),
            ~exists().where(sms_stop.c.mobile_mac == vault_person.c.mobile_mac),
            ~exists().where(_same(reminder)),
            ~exists().where(_same(evaluation), evaluation.c.round == ROUND),
        )
        .order_by(asked.issued_at)
        .limit(BATCH)
    )
    return conn.execute(statement).all()


def _same(table: Any) -> Any:
    return and_(
        table.c.region == invitation.c.region,
        table.c.served_month == invitation.c.served_month,
        table.c.occurrence_id == invitation.c.occurrence_id,
    )


def _key(row: Any) -> OccurrenceKey:
    return OccurrenceKey(row.region, row.served_month, row.occurrence_id)
