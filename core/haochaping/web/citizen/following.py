"""Building the page of one's own rating from the rating's chain and its case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haochaping.evaluation import follow_ups, local_questions, pressure, receipts, wording
from haochaping.evaluation.follow_ups import Offer
from haochaping.evaluation.forms import Form
from haochaping.evaluation.receipts import Chain
from haochaping.evaluation.rules import FOLLOW_UP, ROUND
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Channel, EvaluationStatus, Grade
from haochaping.ids import random_code
from haochaping.indicators import scale
from haochaping.rectification import appeal_rows, thread
from haochaping.rectification.progress import Progress, progress_for_rater
from haochaping.web import formats
from haochaping.web.citizen import choices
from haochaping.web.citizen.contexts import Letter, MinePage, Said, ServiceSlip, Step
from haochaping.web.citizen.wording import STATUSES, STEPS
from haochaping.web.codes import grouped
from haochaping.web.i18n import _, words
from haochaping.web.site import site

_ANSWERED: Final = frozenset({CaseState.REPLIED, CaseState.CLOSED})


@dataclass(frozen=True, slots=True)
class Own:
    """One's own rating: its chain, its form, what was written, its case's progress."""

    receipt: str
    chain: Chain
    form: Form
    text: str
    progress: Progress | None
    second: Evaluation | None = None
    may_follow: Offer | None = None
    reported: bool = False


def load(receipt: str) -> Own:
    """Return the rating of a receipt code. Raises UnknownReceipt."""
    deployment = site()
    with deployment.store.read() as conn:
        chain = receipts.find(conn, deployment.intake.desk, receipt)
        current = chain.current
        text = wording.words_of(conn, deployment.keyring, current.key)
        progress = progress_for_rater(
            deployment.rectification, conn, current.first_id, deployment.clock.now()
        )
        first_round = current.round == ROUND
        second = follow_ups.given(conn, current) if first_round else None
        offer = follow_ups.may_follow(conn, deployment.intake.desk, current)
        reported = pressure.reported(conn, current)
    form = deployment.intake.form(current.occurrence_key, Channel.WEB)
    return Own(
        receipt, chain, form, text, progress, second, offer if first_round else None, reported
    )


def page(own: Own, done: str = "") -> MinePage:
    """Return the page of one's own rating; `done` says what was done just now."""
    current, progress = own.chain.current, own.progress
    status, tone = STATUSES[EvaluationStatus(current.status)]
    rules = site().intake.desk.rules
    return MinePage(
        service=slip_of(own),
        receipt=grouped(own.receipt),
        grade=current.grade,
        grade_label=words(scale.label(Grade(current.grade))),
        status=_(status),
        tone=tone,
        reasons=tuple(words(local_questions.label(rules, code)) for code in current.options),
        text=own.text,
        until=formats.bound(own.chain.changeable_until) if own.chain.can_change else "",
        can_change=own.chain.can_change,
        can_withdraw=own.chain.can_withdraw,
        hidden={"receipt": own.receipt},
        steps=_steps(progress) if progress else (),
        expected=_expected(progress) if progress else "",
        reply=reply_of(progress) if progress else "",
        can_accept=progress is not None and progress.may_accept,
        can_contest=progress is not None and progress.may_contest_until is not None,
        letters=_letters(progress) if progress else (),
        can_object=progress is not None and progress.state == CaseState.APPEALING,
        can_write=progress is not None and progress.state != CaseState.CLOSED,
        write_key=random_code(16),
        done=done,
        history=tuple(_said(row) for row in reversed(own.chain.history[:-1])),
        second=_said(own.second) if own.second else None,
        can_follow=own.may_follow is not None,
        is_second=current.round == FOLLOW_UP,
        can_report=not own.reported,
    )


def _said(row: Evaluation) -> Said:
    return Said(
        formats.moment(row.received_at),
        row.grade,
        words(scale.label(Grade(row.grade))),
        _(STATUSES[EvaluationStatus(row.status)][0]),
    )


def slip_of(own: Own) -> ServiceSlip:
    """Return the service that was rated."""
    return choices.slip(own.form)


def reply_of(progress: Progress) -> str:
    """Return the newest reply to the rater, empty when there is none."""
    return progress.replies[-1] if progress.replies else ""


def _steps(progress: Progress) -> tuple[Step, ...]:
    told = [
        Step(formats.day(step.day), " ".join(filter(None, (_step(step.state), step.note))))
        for step in progress.steps
    ]
    if progress.state not in _ANSWERED:
        told.append(Step("", _("答复之后请您确认"), ahead=True))
    return tuple(told)


def _step(state: str) -> str:
    return _(STEPS[state]) if state in STEPS else ""


def _expected(progress: Progress) -> str:
    if progress.state in _ANSWERED:
        return words(progress.said)
    due = formats.day(progress.due_day)
    if progress.state == CaseState.APPEALING:
        return words(progress.said)
    if progress.provisional:
        return _("预计 %(day)s 前答复您（节假日安排公布后确定）。", day=due)
    if progress.overdue:
        return _("应在 %(day)s 前答复您，单位已逾期，正在督办。", day=due)
    return _("最晚 %(day)s 答复您。", day=due)


def _letters(progress: Progress) -> tuple[Letter, ...]:
    senders = {thread.UNIT_SIDE: _("单位"), thread.RATER_SIDE: _("您")}
    to_reviewers = _("您，只给审核人看")
    return tuple(
        Letter(
            to_reviewers if one.kind == appeal_rows.OBJECTION else senders.get(one.side, ""),
            formats.day(one.day),
            one.text,
        )
        for one in progress.messages
        if one.text
    )
