"""Asking by SMS after a service: planned in its transaction, sent by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from haochaping.channels import asks, sms_words
from haochaping.channels.asks import NewAsk
from haochaping.channels.sms_desk import SmsDesk
from haochaping.delivery import stops
from haochaping.evaluation import targets
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import OccurrenceKey, RaterRole
from haochaping.jobs import Handler, Job, JobContext, enqueue
from haochaping.jobs.runner import NotYet
from haochaping.journal import Event
from haochaping.profile.rules import SmsRules
from haochaping.store.types import micros

ASK_JOB: Final = "sms.ask"
TIDY_JOB: Final = "sms.tidy"
FRESH: Final = timedelta(days=2)
"""Services reported later than this are not asked about: the visit is forgotten."""
KEPT: Final = timedelta(days=30)
"""How long questions and replies are kept after they expired."""


def plan(rules: SmsRules, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `occurrence.served`: plan the question where the jurisdiction asks by SMS."""
    told = event.payload
    served_at = told.get("served_at")
    if not rules.after or served_at is None or served_at < micros(at - FRESH):
        return
    key = OccurrenceKey(told["region"], told["served_month"], told["id"])
    plan_for(conn, rules, key, at)


def plan_for(conn: Connection, rules: SmsRules, key: OccurrenceKey, at: datetime) -> None:
    """Plan the question about a service, once."""
    due_at = at + timedelta(minutes=rules.delay_minutes)
    payload = {"region": key.region, "month": key.served_month, "id": key.id}
    dedup = f"{ASK_JOB}:{key.region}:{key.served_month}:{key.id}"
    enqueue(conn, Job(ASK_JOB, due_at, payload, dedup, key.region), at)


def handlers(desk: SmsDesk) -> Mapping[str, Handler]:
    """Return the handlers of the jobs that ask and tidy."""
    return {ASK_JOB: partial(run, desk), TIDY_JOB: partial(tidy, desk)}


def run(desk: SmsDesk, context: JobContext) -> None:
    """Send the question unless it is pointless or unwanted. Raises NotYet outside the hours."""
    told, now = context.payload, context.clock.now()
    opens = desk.opens(now)
    if opens > now:
        raise NotYet(opens, "outside the hours for messages")
    key = OccurrenceKey(str(told["region"]), int(told["month"]), int(told["id"]))
    with context.transaction() as conn:
        target = targets.find(conn, key)
        if target is not None and _wanted(desk, target):
            ask(conn, desk, target, now)


def ask(conn: Connection, desk: SmsDesk, target: Target, now: datetime) -> int | None:
    """Send the question about a service; return its id, None when nobody can be asked."""
    new = _new(conn, desk, target, now)
    if new is None or stops.stopped(conn, new.mobile_mac):
        return None
    if asks.count_since(conn, new.mobile_mac, desk.day_began(now)) >= desk.rules.per_day:
        return None
    ask_id = asks.add(conn, new, now)
    if ask_id is not None:
        invitation = desk.inviter.issue(conn, target.occurrence.key, now, "sms")
        link = f"{desk.site}/r/{invitation.code}" if desk.rules.link else ""
        text = sms_words.question(desk.intake_rules, target.occurrence, link)
        desk.send(conn, new.person_id, f"sms-ask:{ask_id}", text, now)
    return ask_id


def tidy(desk: SmsDesk, context: JobContext) -> None:
    """Delete what is no longer needed."""
    with context.transaction() as conn:
        asks.tidy(conn, context.clock.now() - KEPT)


def _wanted(desk: SmsDesk, target: Target) -> bool:
    asked_after = target.occurrence.service_channel in desk.rules.after
    return desk.open and asked_after and target.rated_id is None


def _new(conn: Connection, desk: SmsDesk, target: Target, now: datetime) -> NewAsk | None:
    """Return the question to the agent, who was there, else to the applicant."""
    expires_at = now + timedelta(days=desk.rules.answer_within_days)
    both = ((target.agent, RaterRole.AGENT), (target.applicant, RaterRole.APPLICANT))
    for person, role in both:
        if person.person_id is None or not desk.may_rate(role):
            continue
        mac = desk.vault.mobile_mac(conn, person.person_id)
        if mac is not None:
            return NewAsk(target.occurrence.key, mac, person.person_id, role, expires_at)
    return None
