"""How a case stands, in plain words for its rater."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Words
from haochaping.rectification import replies, thread
from haochaping.rectification.context import Context
from haochaping.rectification.needs import ANSWERED, reopen_until
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.records import Case, by_origin
from haochaping.rectification.thread import Message
from haochaping.rectification.timeline import timeline

SAID = {
    CaseState.OPENED: Words(
        "您的差评已受理登记，等待承办单位核实。",
        "Your review has been registered; the unit will look into it.",
    ),
    CaseState.VERIFYING: Words(
        "承办单位正在核实您反映的问题。", "The unit is looking into what you reported."
    ),
    CaseState.RECTIFYING: Words("承办单位正在整改。", "The unit is putting it right."),
    CaseState.EXPLAINING: Words(
        "承办单位正在准备书面解释。", "The unit is preparing an explanation."
    ),
    CaseState.APPEALING: Words(
        "承办单位认为评价有误，提出了申诉，由该单位以外的人员审核。决定之前您的评价照常有效。",
        "The unit holds that the review is mistaken and has appealed; people outside it decide."
        " Until then your review counts as before.",
    ),
    CaseState.REPLIED: Words(
        "承办单位已答复，请您确认是否认可。", "The unit has replied. Please say whether you accept."
    ),
    CaseState.CLOSED: Words("本次差评已办结。", "This case is closed."),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that the case has taken, for the rater: the day and words of the unit, if any."""

    day: date
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A case for its rater. `may_contest_until` is an exclusive bound, None when too late."""

    case_id: int
    public_id: str
    state: str
    outcome: str | None
    said: Words
    due_day: date
    provisional: bool
    overdue: bool
    replies: tuple[str, ...]
    messages: tuple[Message, ...]
    steps: tuple[Reached, ...]
    may_accept: bool
    may_contest_until: datetime | None


def progress_for_rater(
    context: Context, conn: Connection, first_id: int, now: datetime
) -> Progress | None:
    """Return how the case of a chain of ratings stands, None when it has no case.

    :param first_id: id of the first evaluation of the chain.
    """
    case = by_origin(conn, EVALUATION, first_id)
    return None if case is None else _progress(context, conn, case, now)


def _progress(context: Context, conn: Connection, case: Case, now: datetime) -> Progress:
    waiting = case.closed_at is None and case.replied_at is None
    return Progress(
        case_id=case.id,
        public_id=case.public_id,
        state=str(case.state),
        outcome=None if case.outcome is None else str(case.outcome),
        said=SAID[case.state],
        due_day=case.due_day,
        provisional=case.provisional,
        overdue=waiting and case.due_at <= now,
        replies=tuple(reply.text for reply in replies.replies_of(conn, case.id)),
        messages=thread.messages(context, conn, case, exact=True, shielded=False),
        steps=_steps(context, conn, case),
        may_accept=case.state is CaseState.REPLIED,
        may_contest_until=_contest_until(context, case, now),
    )


def _steps(context: Context, conn: Connection, case: Case) -> tuple[Reached, ...]:
    return tuple(
        Reached(entry.at.astimezone(context.zone).date(), entry.to_state or "", entry.public_note)
        for entry in timeline(conn, case)
        if entry.public_note or entry.from_state != entry.to_state
    )


def _contest_until(context: Context, case: Case, now: datetime) -> datetime | None:
    if case.state is not CaseState.REPLIED and case.outcome not in ANSWERED:
        return None
    until = reopen_until(context, case)
    return until if until is not None and now < until else None
