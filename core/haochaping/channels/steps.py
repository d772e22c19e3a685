"""What the room adds to the flow, and the handlers of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from haochaping.channels import answering, asking, paper
from haochaping.channels.sms_desk import SmsDesk
from haochaping.jobs import Handler, JobContext, Periodic
from haochaping.journal import Event
from haochaping.profile.rules import ChannelRules

PAPER_JOB: Final = "paper.tidy"
PAPER_KEPT: Final = timedelta(days=90)
"""How long the sheets and scans of a finished batch can be read, for questions about it."""
PERIODIC: Final = (Periodic(asking.TIDY_JOB, "25 3 * * *"), Periodic(PAPER_JOB, "35 3 * * *"))


def ask_by_sms(rules: ChannelRules, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `occurrence.served`: plan the question by SMS."""
    asking.plan(rules.sms, conn, event, at)


def handlers(desk: SmsDesk) -> Mapping[str, Handler]:
    """Return the handlers of the room's jobs by kind."""
    return {**asking.handlers(desk), **answering.handlers(desk), PAPER_JOB: _tidy_paper}


def _tidy_paper(context: JobContext) -> None:
    with context.transaction() as conn:
        paper.tidy(conn, context.clock.now() - PAPER_KEPT)
