"""One message to a role becomes one message to each person who holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from haochaping.delivery import messages, receivers
from haochaping.delivery.messages import Stored


def spread(conn: Connection, stored: Stored, at: datetime) -> int:
    """Queue a message for each receiver and return how many there are.

    Their business ids are the message's with `@<account>`: spreading twice adds nothing.
    """
    meant = stored.message
    accounts = receivers.resolve(conn, meant.to, meant.organization_id)
    for account_id in accounts:
        one = replace(
            meant, to=f"account:{account_id}", business_id=f"{meant.business_id}@{account_id}"
        )
        messages.queue(conn, one, at, parent_id=stored.id)
    return len(accounts)
