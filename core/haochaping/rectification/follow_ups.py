"""What a bad follow-up rating (追评) does: the case of the first rating starts anew.

Where it may not, because the time or the number of reopenings is used up, a supervisor is
told. No second case is opened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import EvaluationStatus, Words
from haochaping.journal import Event
from haochaping.rectification import reopening
from haochaping.rectification.context import Context
from haochaping.rectification.notices import link
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.problems import CaseChanged, MoveRefused, NeedMissing
from haochaping.rectification.records import Case, from_row, selection
from haochaping.rectification.tables import rectification_case

_UNSATISFIED: Final = "评价人在追评中仍给出差评。"


def heard(context: Context, conn: Connection, event: Event, at: datetime) -> Case | None:
    """Follow any event of a follow-up rating; return the case when something happened to it."""
    told = event.payload
    counts = told.get("status") == EvaluationStatus.EFFECTIVE
    if not counts or told.get("grade") not in context.bad_grades:
        return None
    case = _case(conn, event)
    return None if case is None else _again(context, conn, case, event, at)


def _again(
    context: Context, conn: Connection, case: Case, event: Event, at: datetime
) -> Case | None:
    words = context.vault.words_of(
        conn, event.region, int(event.payload["served_month"]), int(event.payload["id"])
    )
    try:
        return reopening.contest(context, conn, case.id, text=words or _UNSATISFIED, at=at)
    except (MoveRefused, NeedMissing, CaseChanged):
        context.notify(conn, _message(case), at)
        return case


def _case(conn: Connection, event: Event) -> Case | None:
    rows: Any = rectification_case.c
    statement = selection().where(
        rows.occurrence_id == int(event.payload["occurrence_id"]),
        rows.region == event.region,
        rows.origin_kind == EVALUATION,
    )
    row = conn.execute(statement).mappings().first()
    return None if row is None else from_row(row)


def _message(case: Case) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"case:{case.public_id}:follow-up",
        to="supervisor",
        organization_id=case.organization_id,
        gateway="inbox",
        subject=Words("追评仍为差评", "Bad again in the follow-up rating"),
        body=Words(
            f"工单 {case.public_id}：评价人追评仍不满意，已不能自动重新打开，请督办。",
            f"Case {case.public_id}: the rater is still not satisfied and the case cannot be"
            " reopened by itself; please look into it.",
        ),
        link=link(case),
    )
