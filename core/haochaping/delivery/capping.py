"""How many messages one person gets a day outside the console; what is over waits for tomorrow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from sqlalchemy import Connection, func, select

from haochaping.delivery import stops
from haochaping.delivery.raters import PROOF
from haochaping.delivery.tables import message
from haochaping.hooks.services import OutgoingMessage

MORNING: Final = time(8)
PATIENCE: Final = timedelta(days=3)
"""A message that would wait longer than this is not sent any more."""
_ASKED_FOR: Final = (PROOF, stops.CONFIRMS)


@dataclass(frozen=True, slots=True)
class Cap:
    """The most messages a person gets on one local day; 0: no limit.

    Two workers at the same moment may exceed it by one. One-time codes and confirmations,
    which people ask for, go out at once.
    """

    per_day: int = 0
    zone: tzinfo = UTC

    def waits_until(
        self, conn: Connection, meant: OutgoingMessage, at: datetime
    ) -> datetime | None:
        """Return the morning until which a message waits, None when it may go out now."""
        one_person = meant.to.startswith(("account:", "person:", "bound:"))
        if not self.per_day or not one_person or meant.business_id.startswith(_ASKED_FOR):
            return None
        midnight = datetime.combine(at.astimezone(self.zone).date(), time(), self.zone)
        if self._sent(conn, meant.to, midnight.astimezone(UTC)) < self.per_day:
            return None
        tomorrow = datetime.combine(midnight.date() + timedelta(days=1), MORNING, self.zone)
        return tomorrow.astimezone(UTC)

    def _sent(self, conn: Connection, receiver: str, since: datetime) -> int:
        statement = (
            select(func.count())
            .select_from(message)
            .where(
                message.c.receiver == receiver,
                message.c.sent_at >= since,
                message.c.gateway != "inbox",
            )
        )
        return int(conn.execute(statement).scalar_one())
