"""Telling a source what became of its ticket: status, reply, close, or why it was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from haochaping.hooks.exchange import Answer, TicketReport
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.uplink.collecting import SOURCE_CLOSED, SOURCE_REFUSED, SOURCE_REPLY
from haochaping.uplink.contents import Item
from haochaping.uplink.desk import Exchange
from haochaping.uplink.tables import exchange_ticket, uplink_item


def report(exchange: Exchange, target: str, items: Sequence[Item]) -> Sequence[Answer]:
    """Tell a source of its items, one by one; raises what its gateway raises."""
    source = exchange.source(target)
    if source is None:
        raise LookupError(f"no source is called {target}")
    with exchange.store.read() as conn:
        reports = [(item, _report(conn, target, item)) for item in items]
    system = source.system()
    for _item, one in reports:
        if one is not None:
            system.report(one)
    return [Answer(item.kind, item.subject, "stored") for item, _one in reports]


def _report(conn: Connection, target: str, item: Item) -> TicketReport | None:
    row = conn.execute(
        select(uplink_item.c.source_no, uplink_item.c.queued_at).where(uplink_item.c.id == item.id)
    ).one()
    about = {
        "business_id": f"{target}:{item.kind}:{item.subject}:{item.revision}",
        "no": row.source_no,
        "kind": item.kind,
        "at": row.queued_at,
    }
    more = _details(conn, item)
    return None if more is None else TicketReport(**about, **more)


def _details(conn: Connection, item: Item) -> dict[str, Any] | None:
    if item.kind == SOURCE_REPLY:
        return _reply(conn, int(item.subject.partition(":")[2]))
    if item.kind == SOURCE_REFUSED:
        return _refusal(conn, int(item.subject.split(":")[1]))
    about, number, state, *_round = item.subject.split(":")
    if about == "ticket":
        return {"state": state}
    return {"state": state, **(_outcome(conn, int(number)) if item.kind == SOURCE_CLOSED else {})}


def _reply(conn: Connection, reply_id: int) -> dict[str, Any] | None:
    statement = select(case_reply.c.outcome, case_reply.c.text).where(case_reply.c.id == reply_id)
    row = conn.execute(statement).one_or_none()
    if row is None:
        return None
    return {"state": "replied", "outcome": row.outcome, "text": row.text}


def _refusal(conn: Connection, ticket_id: int) -> dict[str, Any] | None:
    statement = select(exchange_ticket.c.fault_zh).where(exchange_ticket.c.id == ticket_id)
    fault = conn.execute(statement).scalar_one_or_none()
    return None if fault is None else {"state": "refused", "text": fault}


def _outcome(conn: Connection, case_id: int) -> dict[str, Any]:
    statement = select(rectification_case.c.outcome).where(rectification_case.c.id == case_id)
    return {"outcome": conn.execute(statement).scalar_one_or_none() or ""}
