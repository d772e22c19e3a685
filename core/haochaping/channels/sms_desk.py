"""What asking and answering by SMS work with, put together once by the deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.delivery import messages
from haochaping.delivery.gateways import SMS
from haochaping.delivery.raters import PERSON
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Channel, Identity, RaterRole, Words
from haochaping.journal import Emit
from haochaping.profile.rules import SmsRules
from haochaping.store import Store

_SUBJECT: Final = Words("短信评价", "Rating by SMS")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDesk:
    """The door of ratings, the vault, the rules and the outbox; `site` is the pages' address."""

    store: Store
    intake: Intake
    inviter: Inviter
    vault: Vault
    rules: SmsRules
    emit: Emit
    site: str = ""

    @property
    def intake_rules(self) -> IntakeRules:
        """What the jurisdiction accepts."""
        return self.intake.desk.rules

    @property
    def open(self) -> bool:
        """True when the jurisdiction takes ratings by SMS."""
        return Channel.SMS in self.intake_rules.channels

    @property
    def identity(self) -> Identity:
        """How sure we are who replies: who holds the number that was left with the case."""
        presumed = Identity.PRESUMED in self.intake_rules.identities
        return Identity.PRESUMED if presumed else Identity.ANONYMOUS

    def may_rate(self, role: RaterRole) -> bool:
        """Say whether ratings in this role are accepted."""
        return role in self.intake_rules.roles

    def opens(self, now: datetime) -> datetime:
        """Return the next moment at which an SMS may be sent: `now` within the hours."""
        first, last = self.rules.hours
        local = now.astimezone(self.intake_rules.zone)
        if first <= local.time() < last:
            return now
        day = local.date() if local.time() < first else local.date() + timedelta(days=1)
        return datetime.combine(day, first, tzinfo=self.intake_rules.zone).astimezone(now.tzinfo)

    def day_began(self, now: datetime) -> datetime:
        """Return the beginning of the local day."""
        day = self.intake_rules.local_day(now)
        midnight = datetime.combine(day, time(), tzinfo=self.intake_rules.zone)
        return midnight.astimezone(now.tzinfo)

    def send(
        self, conn: Connection, person_id: int, business_id: str, text: Words, at: datetime
    ) -> None:
        """Queue an SMS to a rater; a business id goes once."""
        to = f"{PERSON}{person_id}"
        messages.queue(conn, OutgoingMessage(business_id, to, None, SMS, _SUBJECT, text), at)
