"""A gateway that keeps failing rests: its messages wait and use up no attempts.

After five failures one after another nothing is sent for a minute, then one message goes
ahead as a probe; each further failure doubles the rest, up to half an hour. The state is in
the database: all workers heed it, and the console shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from haochaping.delivery.tables import gateway_state
from haochaping.store.upsert import upsert

THRESHOLD: Final = 5
FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(minutes=30)
PROBE: Final = timedelta(minutes=1)
"""How long others wait for the message that went ahead."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a gateway does; `open_until` is None or past unless it rests."""

    gateway: str
    failures: int
    open_until: datetime | None


def resting(conn: Connection, gateway: str, at: datetime) -> datetime | None:
    """Return until when a gateway rests, None when a message may go out now.

    When the rest is over only one caller is told None: its message is the probe.
    """
    statement = select(gateway_state).where(gateway_state.c.gateway == gateway)
    row = conn.execute(statement).one_or_none()
    if row is None or row.failures < THRESHOLD or row.open_until is None:
        return None
    until: datetime = row.open_until
    return until if until > at else _probing(conn, gateway, until, at)


def is_open(conn: Connection, gateway: str) -> bool:
    """Say whether a gateway has failed so often that `resting` must be asked before sending."""
    statement = select(gateway_state.c.failures).where(gateway_state.c.gateway == gateway)
    return (conn.execute(statement).scalar_one_or_none() or 0) >= THRESHOLD


def failed(conn: Connection, gateway: str, at: datetime) -> None:
    """Count a failure that passes: no answer, 5xx or 429."""
    statement = (
        update(gateway_state)
        .where(gateway_state.c.gateway == gateway)
        .values(failures=gateway_state.c.failures + 1, at=at)
        .returning(gateway_state.c.failures)
    )
    count = conn.execute(statement).scalar_one_or_none()
    if count is None:
        first = {"gateway": gateway, "failures": 1, "open_until": None, "at": at}
        upsert(conn, gateway_state, [first], ["gateway"], ["failures", "at"])
    elif count >= THRESHOLD:
        rest = min(FIRST_REST * 2 ** min(count - THRESHOLD, 10), LONGEST_REST)
        _set(conn, gateway, at + rest)


def worked(conn: Connection, gateway: str, at: datetime) -> None:
    """Note that a gateway answered: it is trusted again."""
    conn.execute(
        update(gateway_state)
        .where(gateway_state.c.gateway == gateway, gateway_state.c.failures > 0)
        .values(failures=0, open_until=None, at=at)
    )


def all_health(conn: Connection) -> Sequence[Health]:
    """Return the gateways that failed last time they were used."""
    statement = select(gateway_state).where(gateway_state.c.failures > 0)
    return tuple(
        Health(row.gateway, row.failures, row.open_until)
        for row in conn.execute(statement.order_by(gateway_state.c.gateway))
    )


def _probing(conn: Connection, gateway: str, until: datetime, at: datetime) -> datetime | None:
    won = conn.execute(
        update(gateway_state)
        .where(gateway_state.c.gateway == gateway, gateway_state.c.open_until == until)
        .values(open_until=at + PROBE)
    ).rowcount
    return None if won else at + PROBE


def _set(conn: Connection, gateway: str, until: datetime) -> None:
    conn.execute(
        update(gateway_state).where(gateway_state.c.gateway == gateway).values(open_until=until)
    )
