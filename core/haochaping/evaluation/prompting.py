"""How each rating came about, in one of five words.

Invited is who rated after a message to their own telephone had asked for it, as the ledger of
offers has it; a device or code at the window asks everybody and makes nobody invited. Both
count as active; the word only says it. It names no channel, which would tell of whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, and_, select

from haochaping.evaluation.tables import evaluation, offer
from haochaping.hooks.values import Channel, Provenance, Words
from haochaping.messages import N_
from haochaping.store.among import among

Key = tuple[str, int, int]
"""Region, month served and id of a rating."""


class How(StrEnum):
    """How a rating came about."""

    UNPROMPTED = "unprompted"
    INVITED = "invited"
    ENTERED = "entered"
    BACKFILLED = "backfilled"
    DEFAULT = "default"


WORDS: Final[Mapping[How, Words]] = MappingProxyType(
    {
        How.UNPROMPTED: Words(N_("主动评价"), "Given actively"),
        How.INVITED: Words(N_("邀请评价"), "Invited by message"),
        How.ENTERED: Words(N_("工作人员代录"), "Entered by staff for the rater"),
        How.BACKFILLED: Words(N_("事后补录，不算主动评价"), "Back-filled, not active"),
        How.DEFAULT: Words(N_("系统默认，不算主动评价"), "Default, not active"),
    }
)
PERSONAL: Final = "sms"
"""The way of an offer that goes to one person."""
_BY: Final = {
    Provenance.PAPER_CLERK: How.ENTERED,
    Provenance.HOTLINE_OPERATOR: How.ENTERED,
    Provenance.BACKFILL: How.BACKFILLED,
    Provenance.SYSTEM_DEFAULT: How.DEFAULT,
}


def how(conn: Connection, keys: Sequence[Key]) -> Mapping[Key, How]:
    """Return how ratings came about, by key; unknown ones are left out."""
    rows = evaluation.c
    if not keys:
        return {}
    asked = and_(
        offer.c.region == rows.region,
        offer.c.served_month == rows.served_month,
        offer.c.occurrence_id == rows.occurrence_id,
        offer.c.via == PERSONAL,
        offer.c.at <= rows.received_at,
    )
    own = (rows.region, rows.served_month, rows.id)
    statement = (
        select(*own, rows.provenance, rows.channel, offer.c.at.label("asked_at"))
        .outerjoin(offer, asked)
        .where(among(own, list(keys)))
    )
    return {
        (row.region, row.served_month, row.id): _how(
            row.provenance, row.channel == Channel.SMS or row.asked_at is not None
        )
        for row in conn.execute(statement)
    }


def _how(provenance: str, invited: bool) -> How:
    entered = _BY.get(Provenance(provenance))
    return entered or (How.INVITED if invited else How.UNPROMPTED)
