"""Who was offered an evaluation, by which way: what the coverage ledger counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from haochaping.evaluation.tables import offer
from haochaping.hooks.values import OccurrenceKey
from haochaping.journal import Event, append
from haochaping.store.among import among
from haochaping.store.upsert import insert_or_ignore

OFFERED: Final = "occurrence.offered"
SILENT: Final = frozenset({"", "push"})
"""Ways that reach no visitor by themselves: the link is in a business system's hands."""


def note(conn: Connection, keys: Sequence[OccurrenceKey], at: datetime, via: str) -> None:
    """Note that the visitors of services were offered an evaluation, once a way."""
    if via in SILENT or not keys:
        return
    wanted = [(key.region, key.served_month, key.id, via) for key in keys]
    columns = (offer.c.region, offer.c.served_month, offer.c.occurrence_id, offer.c.via)
    known = {tuple(row) for row in conn.execute(select(*columns).where(among(columns, wanted)))}
    new = [one for one in dict.fromkeys(wanted) if one not in known]
    rows = [
        {"region": region, "served_month": month, "occurrence_id": number, "via": via, "at": at}
        for region, month, number, _ in new
    ]
    if insert_or_ignore(conn, offer, rows):
        append(conn, [_event(*one) for one in new], at)


def _event(region: str, month: int, number: int, via: str) -> Event:
    subject = f"occurrence:{region}:{month}:{number}"
    payload = {"served_month": month, "id": number, "via": via}
    return Event(OFFERED, subject, payload, region)
