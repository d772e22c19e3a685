"""The small town of the evaluation tests, with a rater who left a telephone number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.evaluation.conftest import (
    REGION,
    Notebook,
    Town,
    desk,
    gatekeeper,
    intake,
    notebook,
    rows,
    rules,
    town,
)

from haochaping.access.persons import Person, mobile_index
from haochaping.access.vault import Vault
from haochaping.catalog import tables as catalog
from haochaping.channels import answering, asking, steps
from haochaping.channels.answering import Answers, Outcome
from haochaping.channels.sms_desk import SmsDesk
from haochaping.channels.tables import sms_ask
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.delivery.tables import message
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.invitations import Inviter
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import OccurrenceKey
from haochaping.jobs import Runner
from haochaping.profile.rules import SmsRules
from haochaping.store import Store

__all__ = ["REGION", "Notebook", "Town", "desk", "gatekeeper", "intake", "notebook", "rows"]
__all__ += ["rules", "town"]

MOBILE = "13800001234"
SMS_RULES = SmsRules(
    after=("hall", "hotline"),
    delay_minutes=10,
    hours=(time(9), time(20)),
    answer_within_days=3,
    reason_within_hours=24,
    per_day=3,
    signature="西湖好差评",
    link=False,
)


@dataclass
class Phone:
    """A rater's telephone: what it gets and what it sends."""

    desk: SmsDesk
    clock: FakeClock
    store: Store
    person_id: int
    sent: int = 0

    @property
    def mac(self) -> str:
        found = mobile_index(self.desk.vault.keyring, MOBILE)
        assert found is not None
        return found

    def asked(self, key: OccurrenceKey) -> None:
        """Plan the question about a service and let ten minutes pass."""
        with self.store.write() as conn:
            asking.plan_for(conn, self.desk.rules, key, self.clock.now())
        self.later(minutes=10)

    def later(self, **span: float) -> None:
        """Let time pass and the jobs run."""
        self.clock.advance(timedelta(**span))
        Runner(self.store, self.clock, steps.handlers(self.desk), lambda *_, **__: None).run_due()

    def replies(self, text: str, name: str = "", sender: str = MOBILE) -> Outcome:
        """Send a reply."""
        self.sent += 1
        given = IncomingText(name or f"m-{self.sent}", sender, text)
        return Answers(self.desk).take("standard", given, self.clock.now())

    def texts(self) -> list[str]:
        """The texts queued for this telephone, oldest first."""
        with self.store.read() as conn:
            found = conn.execute(select(message).order_by(message.c.id)).all()
        assert {row.receiver for row in found} <= {f"person:{self.person_id}"}
        return [row.body_zh for row in found]

    def asks(self) -> list[Any]:
        with self.store.read() as conn:
            return list(conn.execute(select(sms_ask).order_by(sms_ask.c.asked_at)))


@pytest.fixture
def sms_desk(desk: Desk, intake: Intake, keyring: Keyring, notebook: Notebook) -> SmsDesk:
    return SmsDesk(
        store=desk.store,
        intake=intake,
        inviter=Inviter(desk.signer, desk.rules),
        vault=Vault(keyring),
        rules=SMS_RULES,
        emit=notebook.emit,
        site="https://hcp.example",
    )


@pytest.fixture
def phone(sms_desk: SmsDesk, town: Town, clock: FakeClock, store: Store) -> Phone:
    with store.write() as conn:
        person = Person(name="张三", certificate_no="990000198506151232", mobile=MOBILE)
        person_id = sms_desk.vault.remember(conn, person, REGION, clock.now())
        conn.execute(update(catalog.service_case).values(person_id=person_id))
    return Phone(sms_desk, clock, store, person_id)


def ruled(phone: Phone, **changes: Any) -> Phone:
    """The same telephone under other rules."""
    phone.desk = replace(phone.desk, rules=replace(phone.desk.rules, **changes))
    return phone


WHY = answering.REASON_JOB
