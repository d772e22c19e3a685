"""What becomes of a reply by SMS: a rating, a reason, a change, an opt-out, one helpful answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from sqlalchemy import Connection, select, update

from haochaping.access.persons import mobile_index
from haochaping.channels import asks, replies, sms_rating, sms_words
from haochaping.channels.asks import ANSWERED, CLOSED, REASON, Ask
from haochaping.channels.replies import Kind, Reply
from haochaping.channels.sms_desk import SmsDesk
from haochaping.channels.sms_rating import UNSAID, Said
from haochaping.channels.tables import sms_inbound
from haochaping.delivery import stops
from haochaping.evaluation import targets
from haochaping.evaluation.problems import InvalidEvaluation
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import Grade, Occurrence, Words
from haochaping.indicators.options import Option
from haochaping.jobs import Handler, Job, JobContext, enqueue
from haochaping.journal import Event
from haochaping.store.upsert import insert_or_ignore

REASON_JOB: Final = "sms.reason"


class Outcome(StrEnum):
    """What became of a reply, as the SMS platform is told and as it is stored."""

    RATED = "rated"
    CHANGED = "changed"
    REASON_ASKED = "reason_asked"
    RATED_BEFORE = "rated_before"
    HELPED = "helped"
    IGNORED = "ignored"
    """Not understood, and help had been given before."""
    NO_QUESTION = "no_question"
    """Nothing was asked of this number, or too long ago: it gets no answer."""
    STOPPED = "stopped"
    RESUMED = "resumed"
    CLOSED = "closed"
    """The jurisdiction takes no ratings by SMS."""


_UNDER_WAY: Final = ""


@dataclass(frozen=True, slots=True)
class _Matched:
    """The question that a reply answers, the reply's name, and when it came."""

    ask: Ask
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """Takes replies in; the same one again is answered as before and does nothing."""

    desk: SmsDesk

    def take(self, gateway: str, given: IncomingText, at: datetime) -> Outcome:
        """Return what became of a reply."""
        with self.desk.store.write() as conn:
            known = _known(conn, gateway, given.id, at)
        if known:
            return Outcome(known)
        outcome, ask_id = self._answered(given, f"{gateway}:{given.id}", at)
        with self.desk.store.write() as conn:
            _note(conn, gateway, given.id, outcome, ask_id)
        return outcome

    def _answered(self, given: IncomingText, name: str, at: datetime) -> tuple[Outcome, int | None]:
        mac = mobile_index(self.desk.vault.keyring, given.sender) or ""
        reply = replies.read(given.text)
        if reply.kind is Kind.STOP:
            return self._stop(mac, name, at), None
        if reply.kind is Kind.RESUME:
            return self._resume(mac, name, at), None
        if not self.desk.open:
            return Outcome.CLOSED, None
        with self.desk.store.read() as conn:
            ask = asks.matching(conn, mac, at)
        if ask is None:
            return Outcome.NO_QUESTION, None
        return self._to(_Matched(ask, name, at), reply, given.text), ask.id

    def _to(self, found: _Matched, reply: Reply, text: str) -> Outcome:
        if found.ask.state == REASON:
            return self._reason(found, text)
        if reply.kind is not Kind.GRADE or reply.grade is None:
            return self._help(found, sms_words.help_with_grade())
        if sms_rating.lacks_reason(self.desk, reply.grade, reply.text):
            return self._ask_why(found, reply.grade)
        return self._rate(found, Said(reply.grade, (), reply.text))

    def _rate(self, found: _Matched, said: Said) -> Outcome:
        ask, at = found.ask, found.at
        try:
            first_id = sms_rating.submit(self.desk, ask, said, found.name)
        except InvalidEvaluation as problem:
            return self._help(found, problem.faults[0].detail)
        with self.desk.store.write() as conn:
            if first_id is None:
                return self._rated_before(conn, ask, at)
            asks.move(conn, ask, ANSWERED, grade=None, first_id=first_id)
            text = sms_words.thanks(_service(conn, ask), self.desk.rules.answer_within_days)
            self.desk.send(conn, ask.person_id, f"sms-thanks:{found.name}", text, at)
        return Outcome.RATED if ask.first_id is None else Outcome.CHANGED

    def _rated_before(self, conn: Connection, ask: Ask, at: datetime) -> Outcome:
        if asks.move(conn, ask, CLOSED, grade=None):
            text = sms_words.rated_before()
            self.desk.send(conn, ask.person_id, f"sms-before:{ask.id}", text, at)
        return Outcome.RATED_BEFORE

    def _ask_why(self, found: _Matched, grade: Grade) -> Outcome:
        ask, at, offered = found.ask, found.at, self._offered(grade)
        codes = [one.code for one in offered]
        until = at + timedelta(hours=self.desk.rules.reason_within_hours)
        with self.desk.store.write() as conn:
            service = _service(conn, ask)
            if asks.move(conn, ask, REASON, grade=int(grade), options=codes, helped=False):
                text = sms_words.why(service, offered)
                self.desk.send(conn, ask.person_id, f"sms-why:{found.name}", text, at)
                dedup = f"{REASON_JOB}:{found.name}"
                enqueue(conn, Job(REASON_JOB, until, {"ask": ask.id}, dedup, ask.key.region), at)
        return Outcome.REASON_ASKED

    def _offered(self, grade: Grade) -> tuple[Option, ...]:
        of_grade = self.desk.intake_rules.options.of_grade(grade)
        return of_grade[: sms_words.REASONS]

    def _reason(self, found: _Matched, text: str) -> Outcome:
        offered = found.ask.options
        numbers, words = replies.chosen(text, len(offered) + 1)
        if not numbers and (not words or words.isdigit()):
            return self._help(found, sms_words.help_with_reason(len(offered) + 1))
        codes = tuple(offered[n - 1] for n in numbers if n <= len(offered))
        said = Said(Grade(found.ask.grade or 1), codes, words or ("" if codes else UNSAID))
        return self._rate(found, said)

    def _help(self, found: _Matched, text: Words) -> Outcome:
        ask = found.ask
        with self.desk.store.write() as conn:
            if not asks.note_help(conn, ask):
                return Outcome.IGNORED
            self.desk.send(conn, ask.person_id, f"sms-help:{found.name}", text, found.at)
        return Outcome.HELPED

    def _stop(self, mac: str, name: str, at: datetime) -> Outcome:
        with self.desk.store.write() as conn:
            if mac and stops.stop(conn, mac, at):
                asks.close_all(conn, mac)
                self._confirm(conn, mac, name, sms_words.stopped(), at)
                self.desk.emit(conn, Event("sms.stopped", "sms", {}), at)
        return Outcome.STOPPED

    def _resume(self, mac: str, name: str, at: datetime) -> Outcome:
        with self.desk.store.write() as conn:
            if stops.resume(conn, mac):
                self._confirm(conn, mac, name, sms_words.resumed(), at)
                self.desk.emit(conn, Event("sms.resumed", "sms", {}), at)
        return Outcome.RESUMED

    def _confirm(self, conn: Connection, mac: str, name: str, text: Words, at: datetime) -> None:
        """Confirm to a number that we have written to; a stranger's gets no answer."""
        person_id = asks.person_of(conn, mac)
        if person_id is not None:
            self.desk.send(conn, person_id, f"{stops.CONFIRMS}{name}", text, at)


def handlers(desk: SmsDesk) -> Mapping[str, Handler]:
    """Return the handler of the job that waits no longer for a reason."""
    return {REASON_JOB: partial(without_reason, desk)}


def without_reason(desk: SmsDesk, context: JobContext) -> None:
    """Take a bad grade in whose reason did not come: it must not be lost."""
    with context.store.read() as conn:
        ask = asks.by_id(conn, int(context.payload["ask"]))
    if ask is None or ask.state != REASON or ask.grade is None:
        return
    said = Said(Grade(ask.grade), (), UNSAID)
    first_id = sms_rating.submit(desk, ask, said, f"{REASON_JOB}:{context.claim.id}")
    with context.transaction() as conn:
        state = CLOSED if first_id is None else ANSWERED
        asks.move(conn, ask, state, grade=None, first_id=first_id)


def _known(conn: Connection, gateway: str, message_id: str, at: datetime) -> str:
    """Return what became of a reply before; empty when it is new or was not finished."""
    row = {"gateway": gateway, "message_id": message_id, "at": at, "outcome": _UNDER_WAY}
    if insert_or_ignore(conn, sms_inbound, [row]):
        return _UNDER_WAY
    statement = select(sms_inbound.c.outcome).where(
        sms_inbound.c.gateway == gateway, sms_inbound.c.message_id == message_id
    )
    return str(conn.execute(statement).scalar_one())


def _note(
    conn: Connection, gateway: str, message_id: str, outcome: Outcome, ask_id: int | None
) -> None:
    mine = (sms_inbound.c.gateway == gateway, sms_inbound.c.message_id == message_id)
    conn.execute(update(sms_inbound).where(*mine).values(outcome=outcome.value, ask_id=ask_id))


def _service(conn: Connection, ask: Ask) -> Occurrence:
    found = targets.find(conn, ask.key)
    if found is None:
        raise LookupError(f"no service {ask.key.id}")
    return found.occurrence
