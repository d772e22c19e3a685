"""Where ratings came from: keyed hashes of device and network, good for one day, soon deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete

from haochaping.crypto import Keyring
from haochaping.evaluation.tables import rating_trace
from haochaping.store.prepared import Prepared

if TYPE_CHECKING:
    from haochaping.evaluation.stored import Evaluation

PHONE: Final = "phone"
WINDOW_DEVICE: Final = "window_device"
_SIGNS: Final = 24
_COLUMNS: Final = (
    "region", "served_month", "evaluation_id", "day", "device", "network", "kind",
)  # fmt: skip
_INSERT: Final = Prepared.insert(rating_trace, _COLUMNS)


@dataclass(frozen=True, slots=True)
class Trace:
    """Device and network of a rating as keyed hashes; empty where nothing is known."""

    device: str = field(repr=False)
    network: str = field(repr=False)
    kind: str = PHONE


def trace(keyring: Keyring, day: date, seen: tuple[str, str], kind: str) -> Trace:
    """Return the trace of a network address and a browser's description on a local day.

    The day is part of what is hashed: traces of two days cannot be put together.
    """
    network, browser = seen
    return Trace(
        _hash(keyring, day, "device", f"{network}\n{browser}"),
        _hash(keyring, day, "network", network),
        kind,
    )


def add(conn: Connection, rows: Sequence[Evaluation]) -> None:
    """Store the traces of ratings that have one."""
    found = [
        {
            "region": row.region,
            "served_month": row.served_month,
            "evaluation_id": row.id,
            "day": row.counted_on,
            "device": row.trace.device,
            "network": row.trace.network,
            "kind": row.trace.kind,
        }
        for row in rows
        if row.trace is not None
    ]
    if found:
        _INSERT.run(conn, found)


def forget(conn: Connection, before: date) -> int:
    """Delete the traces of the days before one; return how many."""
    return conn.execute(delete(rating_trace).where(rating_trace.c.day < before)).rowcount


def _hash(keyring: Keyring, day: date, what: str, value: str) -> str:
    return keyring.mac(f"rating-{what}", f"{day.isoformat()}\n{value}".encode()).hex()[:_SIGNS]
