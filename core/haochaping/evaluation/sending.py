"""Text messages to raters: what is queued with an event, told in words when it is due.

The payload of a job holds ids only. The telephone number is looked up by delivery as the
message goes out, and the one-time code is put in there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.delivery import messages, raters
from haochaping.evaluation import follow_ups, stored
from haochaping.evaluation.desk import Desk
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.jobs import Handler, Job, JobContext
from haochaping.jobs.queue import enqueue

FOLLOW_UP: Final = "evaluation.text_follow_up"
"""The kind of the job that invites a rater to rate once more."""
GATEWAY: Final = "sms"
_SUBJECT: Final = Words("好差评", "Service rating")


@dataclass(frozen=True, slots=True)
class Posting:
    """What a text to a person says; `business_id` names it for good."""

    business_id: str
    person_id: int
    text: Words


def follow_up(conn: Connection, key: OccurrenceKey, at: datetime) -> None:
    """Queue the invitation of a chain's rater to rate once more."""
    payload = {"served_month": key.served_month, "first": key.id}
    dedup = f"text:follow-up:{key.region}:{key.served_month}:{key.id}"
    enqueue(conn, Job(FOLLOW_UP, at, payload, dedup, key.region), at)


def follow_up_handler(desk: Desk, site: str) -> Handler:
    """Return the handler of jobs of kind FOLLOW_UP; `site` is the address of the pages."""

    def send(context: JobContext) -> None:
        with context.transaction() as conn:
            posting = _follow_up(conn, desk, site, context)
            if posting is not None:
                post(conn, posting, context.clock.now())

    return send


def post(conn: Connection, posting: Posting, at: datetime) -> None:
    """Queue a text to a person; the same business id goes out once."""
    messages.queue(
        conn,
        OutgoingMessage(
            business_id=posting.business_id,
            to=f"{raters.PERSON}{posting.person_id}",
            organization_id=None,
            gateway=GATEWAY,
            subject=_SUBJECT,
            body=posting.text,
        ),
        at,
    )


def _follow_up(conn: Connection, desk: Desk, site: str, context: JobContext) -> Posting | None:
    told: Any = context.payload
    key = OccurrenceKey(context.claim.region, int(told["served_month"]), int(told["first"]))
    first = stored.by_key(conn, key)
    if first is None or first.person_id is None:
        return None
    found = follow_ups.may_follow(conn, desk, first)
    if found is None:
        return None
    address = f"{site.rstrip('/')}/f/{follow_ups.code(desk, found)}?from=sms"
    last = desk.rules.local_day(found.expires_at - timedelta(microseconds=1))
    text = Words(
        f"您反映的问题，单位已答复。请再评一次：{address} ，{last.isoformat()} 前有效。",
        f"The unit has answered you. Please rate once more until {last.isoformat()}: {address}",
    )
    return Posting(f"follow-up:{key.region}:{key.served_month}:{key.id}", first.person_id, text)
