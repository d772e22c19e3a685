"""Messages about cases: number, state and date, never the rater's words or person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.rectification.records import Case


def messages_for(case: Case, row: Mapping[str, Any]) -> tuple[OutgoingMessage, ...]:
    """Return one message a gateway for a moment that was reached."""
    return tuple(_message(case, row, gateway) for gateway in row["gateways"])


def arrival(case: Case) -> OutgoingMessage:
    """Return the message that a case has reached the unit."""
    return OutgoingMessage(
        business_id=f"case:{case.public_id}:arrival",
        to="handler",
        organization_id=case.organization_id,
        gateway="inbox",
        subject=Words("收到新的差评工单", "A new rectification case"),
        body=Words(
            f"工单 {case.public_id}，{_due(case).zh}", f"Case {case.public_id}, {_due(case).en}"
        ),
        link=link(case),
    )


def business_id(case: Case, row: Mapping[str, Any]) -> str:
    """Return the business id of the messages about a moment of the case's round."""
    return f"case:{case.public_id}:{case.round}:{row['kind']}:{row['level']}"


def link(case: Case) -> str:
    """Return the console path of a case."""
    return f"/console/cases/{case.public_id}"


def _message(case: Case, row: Mapping[str, Any], gateway: str) -> OutgoingMessage:
    text = row["text"]
    return OutgoingMessage(
        business_id=business_id(case, row),
        to=row["to"],
        organization_id=case.organization_id,
        gateway=gateway,
        subject=_subject(row),
        body=_body(case, row) if text is None else Words(*text),
        link=link(case),
    )


def _subject(row: Mapping[str, Any]) -> Words:
    if row["level"] == 0:
        return Words("差评工单到期", "A case has reached its due moment")
    if row["rule"].get("before"):
        return Words("差评工单即将到期", "A case is soon due")
    return Words("差评工单逾期预警", "A case is overdue")


def _body(case: Case, row: Mapping[str, Any]) -> Words:
    what = _KINDS.get(row["kind"], Words("办理", "action"))
    due = _due(case)
    return Words(
        f"工单 {case.public_id} 的{what.zh}期限提醒，{due.zh}",
        f"Case {case.public_id}: {what.en} deadline, {due.en}",
    )


def _due(case: Case) -> Words:
    day = case.due_day.isoformat()
    if case.provisional:
        return Words(f"答复期限 {day}（暂定）", f"reply due on {day} (provisional)")
    return Words(f"答复期限 {day}", f"reply due on {day}")


_KINDS = {
    "contact": Words("联系", "contact"),
    "reply": Words("答复", "reply"),
    "visit": Words("回访", "visit"),
}
