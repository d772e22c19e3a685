"""Asking gateways who has opened what they were sent, until it is known or seven days are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, or_, select, update

from haochaping.access.vault import Vault
from haochaping.containment import contained
from haochaping.delivery.addressing import addressed
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.messages import SENT, Stored, load
from haochaping.delivery.tables import message
from haochaping.hooks.services import MessageReceipt
from haochaping.jobs import Handler, JobContext
from haochaping.logs import log

JOB: Final = "delivery.receipts"
CRON: Final = "*/10 * * * *"
FOR: Final = timedelta(days=7)
BATCH: Final = 200


def of_business(conn: Connection, business_id: str) -> Sequence[MessageReceipt]:
    """Return what became of a message of this business id, for each gateway and receiver."""
    own = select(message.c.id).where(message.c.business_id == business_id)
    spread = select(message.c.parent_id).where(message.c.parent_id.is_not(None))
    statement = (
        select(message)
        .where(
            or_(message.c.business_id == business_id, message.c.parent_id.in_(own)),
            message.c.id.not_in(spread.where(message.c.parent_id.in_(own))),
        )
        .order_by(message.c.gateway, message.c.id)
    )
    return tuple(
        MessageReceipt(row.gateway, _account(row.receiver), row.state, row.sent_at, row.read_at)
        for row in conn.execute(statement)
    )


def handler(gateways: Gateways, vault: Vault) -> Handler:
    """Return the handler of the periodic job: those asked longest ago come first."""

    def ask(context: JobContext) -> None:
        names = gateways.with_receipts
        if not names:
            return
        now = context.clock.now()
        with context.store.read() as conn:
            unread = _unread(conn, names, now)
        for stored in unread:
            _ask(gateways, vault, context, stored)

    return ask


def _unread(conn: Connection, names: frozenset[str], at: datetime) -> Sequence[Stored]:
    statement = (
        select(message.c.id)
        .where(
            message.c.gateway.in_(names),
            message.c.sent_at >= at - FOR,
            message.c.state == SENT,
            message.c.read_at.is_(None),
            message.c.reference != "",
        )
        .order_by(message.c.asked_at.is_not(None), message.c.asked_at, message.c.id)
        .limit(BATCH)
    )
    found = (load(conn, one) for one in conn.execute(statement).scalars().all())
    return tuple(stored for stored in found if stored is not None)


def _ask(gateways: Gateways, vault: Vault, context: JobContext, stored: Stored) -> None:
    with context.store.read() as conn:
        kind = gateways.address(stored.message.gateway)
        meant = addressed(conn, vault, stored.message, kind)
    if meant is None:
        return
    to = meant.to.partition(":")[2]
    gateway = stored.message.gateway
    result = contained(
        f"receipts of {gateway}", lambda: gateways.was_read(gateway, stored.reference, to)
    )
    if not result.ok:
        log("message.receipt_failed", gateway=gateway, error=result.message)
    now = context.clock.now()
    values = {"asked_at": now, **({"read_at": now} if result.ok and result.value else {})}
    with context.store.write() as conn:
        conn.execute(update(message).where(message.c.id == stored.id).values(values))


def _account(receiver: str) -> int | None:
    kind, _, number = receiver.partition(":")
    return int(number) if kind == "account" else None
