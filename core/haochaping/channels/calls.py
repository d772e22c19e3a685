"""Calls rated by keys (IVR): the call platform sends what was pressed, we say what to play.

A call goes from the grade to, for a bad one, its reason, and ends. `turn` numbers the
requests of a call: the same turn again is answered again and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from haochaping.channels import call_words
from haochaping.channels.call_words import Prompt
from haochaping.channels.tables import ivr_call
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import AlreadyRated, IdempotencyMismatch
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Channel, Grade, Identity, OccurrenceKey, Words
from haochaping.indicators.options import Option
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

GRADE, REASON, WORDS, DONE = "grade", "reason", "words", "done"
RATED_BEFORE, OPERATOR, ENDED = "rated_before", "operator", "ended"
UNDER_WAY: Final = (GRADE, REASON, WORDS)
MISSES: Final = 3
"""After so many keys that were not asked for the call goes to an operator."""
REASONS: Final = 3
HANG_UP: Final = "hangup"


class WrongTurn(Problem):
    """The platform is ahead of or behind the call as it is known here."""

    code = "HCP-IVR-TURN"
    status = 409
    title = Words(
        "turn 与通话进度不符：重发上一次请求用原来的 turn，下一次请求用应答里的 turn",
        "turn does not fit the call: repeat the last turn, or send the one of the last answer",
    )


class OtherService(Problem):
    """A call id was used before for another service."""

    code = "HCP-IVR-OTHER-SERVICE"
    status = 409
    title = Words(
        "这个通话编号已用于另一次服务，请为每次通话使用新的编号",
        "This call id was used for another service; use a new id for each call",
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """One request of the call platform about a call."""

    client: str
    call_id: str
    turn: int
    keys: str = ""
    event: str = ""
    recording: str = ""
    anonymous: bool = False

    @property
    def pressed(self) -> str:
        """The keys without the hash that ends them; some platforms send it along."""
        return self.keys.removesuffix("#")


@dataclass(frozen=True, slots=True)
class Call:
    """A call as far as it has come."""

    client: str
    call_id: str
    key: OccurrenceKey
    state: str
    turn: int
    misses: int
    grade: int | None
    recording: str
    receipt: str
    started_at: datetime

    @property
    def over(self) -> bool:
        """True when no more keys are asked for."""
        return self.state not in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform is told: the state, what to play, the next turn, the receipt."""

    call: Call
    prompt: Prompt = field(repr=False)


@dataclass(frozen=True, slots=True)
class Calls:
    """Takes the requests of call platforms."""

    intake: Intake

    def hear(self, heard: Heard, target: Target, at: datetime) -> Answer:
        """Return what to play next. Raises WrongTurn, OtherService."""
        call = self._call(heard, target, at)
        if call.key != target.occurrence.key:
            raise OtherService
        if heard.event == HANG_UP:
            return self._answer(self._hung_up(call, heard, at), target)
        if heard.turn == call.turn - 1 or (call.over and heard.turn <= call.turn):
            return self._answer(call, target)
        if heard.turn != call.turn:
            raise WrongTurn(turn=call.turn)
        return self._answer(self._next(call, heard, at), target)

    def _call(self, heard: Heard, target: Target, at: datetime) -> Call:
        with self.intake.desk.store.write() as conn:
            insert_or_ignore(conn, ivr_call, [_row(heard, target, at)])
            known = find(conn, heard.client, heard.call_id)
        if known is None:
            raise WrongTurn(turn=0)
        return known

    def _next(self, call: Call, heard: Heard, at: datetime) -> Call:
        if call.over or (call.turn == 0 and not heard.keys):
            return self._move(call, heard, turn=call.turn + 1)
        if call.state == GRADE:
            return self._graded(call, heard, at)
        if call.state == REASON:
            return self._reasoned(call, heard, at)
        return self._rate(call, heard, (), at)

    def _graded(self, call: Call, heard: Heard, at: datetime) -> Call:
        if heard.pressed not in {"1", "2", "3", "4", "5"}:
            return self._missed(call, heard, at)
        grade = Grade(int(heard.pressed))
        rules = self.intake.desk.rules
        if grade in rules.bad_grades and rules.require_reason_for_bad:
            return self._move(
                call, heard, turn=call.turn + 1, state=REASON, grade=int(grade), misses=0
            )
        graded = self._move(call, heard, turn=call.turn, grade=int(grade))
        return self._rate(graded, heard, (), at)

    def _reasoned(self, call: Call, heard: Heard, at: datetime) -> Call:
        offered = self.reasons(call)
        if heard.pressed == "0":
            return self._move(call, heard, turn=call.turn + 1, state=WORDS, misses=0)
        numbers = {str(n): one.code for n, one in enumerate(offered, 1)}
        if not heard.pressed or any(key not in numbers for key in heard.pressed):
            return self._missed(call, heard, at)
        codes = tuple(dict.fromkeys(numbers[key] for key in heard.pressed))
        return self._rate(call, heard, codes, at)

    def _missed(self, call: Call, heard: Heard, at: datetime) -> Call:
        """Ask again; in the end an operator takes over, or a bad grade counts as it stands."""
        misses = call.misses + 1
        if misses < MISSES:
            return self._move(call, heard, turn=call.turn + 1, misses=misses)
        if call.state == REASON:
            return self._rate(call, heard, (), at)
        return self._move(call, heard, turn=call.turn + 1, misses=misses, state=OPERATOR)

    def _hung_up(self, call: Call, heard: Heard, at: datetime) -> Call:
        """End the call; a bad grade that waits for its reason counts without one."""
        if call.state in (REASON, WORDS):
            return self._rate(call, heard, (), at)
        if call.over:
            return self._move(call, heard, turn=call.turn)
        return self._move(call, heard, turn=call.turn + 1, state=ENDED, ended_at=at)

    def _rate(self, call: Call, heard: Heard, options: tuple[str, ...], at: datetime) -> Call:
        recording = heard.recording or call.recording
        try:
            receipt = self.intake.submit(self._draft(call, heard, options, recording)).code
        except (AlreadyRated, IdempotencyMismatch):
            return self._move(call, heard, turn=call.turn + 1, state=RATED_BEFORE, ended_at=at)
        return self._move(
            call, heard, turn=call.turn + 1, state=DONE, receipt=receipt, grade=None, ended_at=at
        )

    def _draft(self, call: Call, heard: Heard, options: tuple[str, ...], recording: str) -> Draft:
        rules = self.intake.desk.rules
        presumed = Identity.PRESUMED in rules.identities and not heard.anonymous
        needs = call.grade in rules.bad_grades and not options
        return Draft(
            occurrence=call.key,
            grade=call.grade,
            options=options,
            text=call_words.unsaid(recording) if needs else "",
            idempotency_key=call.call_id,
            client=f"ivr:{call.client}",
            channel=Channel.HOTLINE,
            identity=Identity.PRESUMED if presumed else Identity.ANONYMOUS,
        )

    def reasons(self, call: Call) -> Sequence[Option]:
        """Return the reasons offered for the grade of a call."""
        if call.grade is None:
            return ()
        return self.intake.desk.rules.options.of_grade(Grade(call.grade))[:REASONS]

    def _answer(self, call: Call, target: Target) -> Answer:
        prompt = call_words.prompt(call.state, target.occurrence, self.reasons(call), call.misses)
        return Answer(call, prompt)

    def _move(self, call: Call, heard: Heard, **changes: Any) -> Call:
        """Move a call on from the turn it was read at. Raises WrongTurn when it has moved."""
        if heard.recording:
            changes["recording"] = heard.recording
        mine = (ivr_call.c.client == call.client, ivr_call.c.call_id == call.call_id)
        with self.intake.desk.store.write() as conn:
            statement = update(ivr_call).where(*mine, ivr_call.c.turn == call.turn)
            moved = conn.execute(statement.values(changes)).rowcount
            now = find(conn, call.client, call.call_id)
        if not moved or now is None:
            raise WrongTurn(turn=call.turn)
        return now


def find(conn: Connection, client: str, call_id: str) -> Call | None:
    """Return a call of a platform."""
    mine = (ivr_call.c.client == client, ivr_call.c.call_id == call_id)
    row = conn.execute(select(ivr_call).where(*mine)).one_or_none()
    return None if row is None else _read(row)


def latest(conn: Connection, call_id: str) -> Call | None:
    """Return the newest call of an id, of whatever platform: for operators' screens."""
    statement = (
        select(ivr_call)
        .where(ivr_call.c.call_id == call_id)
        .order_by(ivr_call.c.started_at.desc())
        .limit(1)
    )
    row = conn.execute(statement).one_or_none()
    return None if row is None else _read(row)


def _row(heard: Heard, target: Target, at: datetime) -> dict[str, Any]:
    key = target.occurrence.key
    return {
        "client": heard.client,
        "call_id": heard.call_id,
        "region": key.region,
        "served_month": key.served_month,
        "occurrence_id": key.id,
        "state": GRADE if target.rated_id is None else RATED_BEFORE,
        "turn": 0,
        "misses": 0,
        "recording": heard.recording,
        "receipt": "",
        "started_at": at,
    }


def _read(row: Row[Any]) -> Call:
    return Call(
        client=row.client,
        call_id=row.call_id,
        key=OccurrenceKey(row.region, row.served_month, row.occurrence_id),
        state=row.state,
        turn=row.turn,
        misses=row.misses,
        grade=row.grade,
        recording=row.recording,
        receipt=row.receipt,
        started_at=row.started_at,
    )
