"""Appeals of the rated unit: decided outside of it, by two people when the rating goes void."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, insert

from haochaping.hooks.rectification import Outcome, PlanStep
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.rectification import appeal_rows
from haochaping.rectification.actors import Order
from haochaping.rectification.appeal_rows import ENDORSED, FILED, REJECTED, UPHELD, Appeal
from haochaping.rectification.context import Context, SealedText
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import Case
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tables import case_appeal
from haochaping.rectification.wording import needed

KINDS: Final = {
    "mistaken": Words("误评", "mistaken review"),
    "malicious": Words("恶意差评", "malicious review"),
    "outside_remit": Words(
        "不属本单位职责且已正确引导", "outside our remit, and the rater was guided correctly"
    ),
}


def file(context: Context, conn: Connection, order: Order, kind: str) -> Case:
    """File an appeal for the unit; `order.text` is the reason and is sealed.

    The due moment goes on. Raises ValueError for an unknown kind, else like `moves.begin`.
    """
    if kind not in KINDS:
        raise ValueError(f"an appeal says one of {', '.join(KINDS)}, not {kind!r}")
    case = begin(context, conn, order, "appeal")
    sealed = context.vault.seal(conn, case.subject, needed(order.text))
    conn.execute(insert(case_appeal).values(**_row(context, case, order, (kind, sealed))))
    return finish(context, conn, case, "appeal", order)


def endorse(context: Context, conn: Connection, order: Order) -> Case:
    """Say, as the first of two reviewers, that the appeal is right; nothing is void yet."""
    case = begin(context, conn, order, "endorse")
    appeal_rows.change(
        conn,
        _sure(conn, case).id,
        state=ENDORSED,
        endorsed_by=order.actor.account_id,
        endorsed_at=order.at,
        decision=order.note.strip(),
    )
    return finish(context, conn, case, "endorse", order)


def uphold(context: Context, conn: Connection, order: Order) -> Case:
    """Uphold an endorsed appeal as the second reviewer: the case ends, its rating is void.

    The journal gets `appeal.upheld`, from which the rating becomes void.
    """
    case = begin(context, conn, order, "uphold")
    appeal = _decide(conn, case, order, UPHELD)
    closed = finish(context, conn, case, "uphold", order)
    facts = {
        "evaluation_id": closed.evaluation_id,
        "occurrence_id": closed.occurrence_id,
        "reason": appeal.kind,
        "first_account_id": appeal.endorsed_by,
        "second_account_id": order.actor.account_id,
        "outcome": str(Outcome.VOID),
    }
    context.emit(conn, closed.event("appeal.upheld", **facts), order.at)
    return closed


def reject(context: Context, conn: Connection, order: Order) -> Case:
    """Reject an appeal: the unit goes on where it has to verify; one appeal a case."""
    case = begin(context, conn, order, "reject")
    _decide(conn, case, order, REJECTED)
    rejected = finish(context, conn, case, "reject", order)
    context.emit(conn, rejected.event("appeal.rejected"), order.at)
    return rejected


def reason(context: Context, conn: Connection, case: Case) -> str:
    """Return the reason of the newest appeal, empty without any."""
    appeal = appeal_rows.newest(conn, case)
    if appeal is None:
        return ""
    sealed = SealedText(appeal.reason_sealed, appeal.reason_key_id)
    return context.vault.open(conn, case.subject, sealed)


def _row(
    context: Context, case: Case, order: Order, what: tuple[str, SealedText]
) -> dict[str, object]:
    kind, sealed = what
    within = context.rules.appeals.decide_within
    due = None if within is None else reckon(context, order.at, PlanStep("appeal", within))
    return {
        "due_at": None if due is None else due.moment,
        "id": new_id(),
        "region": case.region,
        "case_id": case.id,
        "kind": kind,
        "reason_sealed": sealed.data,
        "reason_key_id": sealed.key_id,
        "filed_at": order.at,
        "filed_by": order.actor.account_id,
        "state": FILED,
    }


def _decide(conn: Connection, case: Case, order: Order, state: str) -> Appeal:
    appeal = _sure(conn, case)
    appeal_rows.change(
        conn,
        appeal.id,
        state=state,
        decided_by=order.actor.account_id,
        decided_at=order.at,
        decision=order.note.strip(),
    )
    return appeal


def _sure(conn: Connection, case: Case) -> Appeal:
    appeal = appeal_rows.newest(conn, case)
    if appeal is None:
        raise NeedMissing(Words("没有申诉记录", "There is no appeal"))
    return appeal
