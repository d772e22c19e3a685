"""Sealing the journal in batches and finding what was changed afterwards.

A batch is a SHA-256 Merkle tree (leaf and node hashes kept apart, as in RFC 6962);
its head is chained to the one before and signed with Ed25519. Sealing runs outside
the request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, and_, desc, insert, select

from haochaping.clock import Clock
from haochaping.journal.events import row_digest
from haochaping.journal.tables import journal, journal_seal
from haochaping.store import Store
from haochaping.store.types import micros
from haochaping.store.watermark import START, Cursor, beyond, in_order, settled

BATCH: Final = 2000
_GENESIS: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Seal:
    """The newest seal, as the disclosure site shows it."""

    number: int
    at: datetime
    count: int
    head: str
    """Hexadecimal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `verify` found: the seal, the journal row if it can be named, and what."""

    seal: int
    seq: int | None
    what: str


def seal_next(store: Store, clock: Clock, key: Ed25519PrivateKey, limit: int = BATCH) -> int:
    """Seal the next settled rows; return how many."""
    if not _anything_to_seal(store):
        return 0
    with store.write() as conn:
        before = _latest(conn)
        rows = _next_rows(conn, _end_of(before), limit)
        if rows:
            number = 1 if before is None else before["number"] + 1
            previous = _GENESIS if before is None else before["head"]
            conn.execute(insert(journal_seal), _seal(rows, number, previous, key, clock.now()))
    return len(rows)


def latest(conn: Connection) -> Seal | None:
    """Return the newest seal, None before the first."""
    row = _latest(conn)
    if row is None:
        return None
    return Seal(row["number"], row["at"], row["count"], row["head"].hex())


def verify(conn: Connection, public_key: bytes | None = None) -> Iterator[Finding]:
    """Walk all seals and yield what does not fit; `public_key` pins the signer (raw 32 bytes)."""
    previous, end = _GENESIS, START
    for row in conn.execute(select(journal_seal).order_by(journal_seal.c.number)).mappings():
        yield from _check_seal(row, previous, public_key)
        yield from _check_rows(conn, row, end)
        previous, end = row["head"], Cursor(row["last_xid"], row["last_seq"])
    yield from _check_unsealed(conn, end)


def verify_latest(conn: Connection, public_key: bytes | None = None) -> tuple[Finding, ...]:
    """Return what does not fit in the newest seal and its rows; empty before the first seal."""
    newest = select(journal_seal).order_by(desc(journal_seal.c.number)).limit(2)
    rows = conn.execute(newest).mappings().all()
    if not rows:
        return ()
    before = rows[1] if len(rows) > 1 else None
    previous = _GENESIS if before is None else before["head"]
    seal = rows[0]
    return (*_check_seal(seal, previous, public_key), *_check_rows(conn, seal, _end_of(before)))


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the leaves' digests; an odd node moves up unchanged."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        higher = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = higher + level[len(higher) * 2 :]
    return level[0] if level else _GENESIS


def head_of(number: int, previous: bytes, root: bytes, count: int) -> bytes:
    """Return the digest that chains a batch to the one before."""
    return hashlib.sha256(
        b"|".join((str(number).encode(), previous, root, str(count).encode()))
    ).digest()


def _seal(
    rows: Sequence[Any], number: int, previous: bytes, key: Ed25519PrivateKey, at: datetime
) -> dict[str, Any]:
    leaves = [row["digest"] for row in rows]
    root = merkle_root(leaves)
    head = head_of(number, previous, root, len(rows))
    return {
        "number": number,
        "at": at,
        "first_seq": rows[0]["seq"],
        "last_xid": rows[-1]["xid"],
        "last_seq": rows[-1]["seq"],
        "count": len(rows),
        "leaves": b"".join(leaves),
        "root": root,
        "head": head,
        "signature": key.sign(head),
        "public_key": key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    }


def _check_seal(row: Any, previous: bytes, public_key: bytes | None) -> Iterator[Finding]:
    number, leaves = row["number"], _split(row["leaves"])
    if merkle_root(leaves) != row["root"] or len(leaves) != row["count"]:
        yield Finding(number, None, "the leaves do not give the sealed root")
    if head_of(number, previous, row["root"], row["count"]) != row["head"]:
        yield Finding(number, None, "the chain of heads is broken here")
    if public_key is not None and row["public_key"] != public_key:
        yield Finding(number, None, "signed with another key")
    try:
        Ed25519PublicKey.from_public_bytes(row["public_key"]).verify(row["signature"], row["head"])
    except InvalidSignature:
        yield Finding(number, None, "the signature does not fit the head")


def _check_rows(conn: Connection, seal: Any, start: Cursor) -> Iterator[Finding]:
    rows = _rows_between(conn, start, Cursor(seal["last_xid"], seal["last_seq"]))
    leaves = _split(seal["leaves"])
    sealed = set(leaves)
    for row in rows:
        if _digest(row) != row["digest"] or row["digest"] not in sealed:
            yield Finding(seal["number"], row["seq"], "this row was changed after it was sealed")
    missing = len(leaves) - len(rows)
    if missing > 0:
        yield Finding(seal["number"], None, f"{missing} sealed rows are missing")
    if missing < 0:
        yield Finding(seal["number"], None, f"{-missing} rows were slipped in")


def _check_unsealed(conn: Connection, end: Cursor) -> Iterator[Finding]:
    statement = select(journal).where(beyond(conn, journal, end))
    for row in conn.execute(statement).mappings():
        if _digest(row) != row["digest"]:
            yield Finding(0, row["seq"], "this row was changed before it was sealed")


def _digest(row: Any) -> bytes:
    return row_digest(row["kind"], row["subject"], micros(row["at"]), row["payload"])


def _split(leaves: bytes) -> list[bytes]:
    return [leaves[i : i + 32] for i in range(0, len(leaves), 32)]


def _latest(conn: Connection) -> Any:
    statement = select(journal_seal).order_by(desc(journal_seal.c.number)).limit(1)
    return conn.execute(statement).mappings().first()


def _end_of(row: Any) -> Cursor:
    return START if row is None else Cursor(row["last_xid"], row["last_seq"])


def _anything_to_seal(store: Store) -> bool:
    with store.read() as conn:
        return bool(_next_rows(conn, _end_of(_latest(conn)), 1))


def _next_rows(conn: Connection, cursor: Cursor, limit: int) -> Sequence[Any]:
    statement = (
        select(journal.c.seq, journal.c.xid, journal.c.digest)
        .where(settled(conn, journal, cursor))
        .order_by(*in_order(conn, journal))
        .limit(limit)
    )
    return conn.execute(statement).mappings().all()


def _rows_between(conn: Connection, start: Cursor, end: Cursor) -> Sequence[Any]:
    inside = and_(beyond(conn, journal, start), ~beyond(conn, journal, end))
    return (
        conn.execute(select(journal).where(inside).order_by(*in_order(conn, journal)))
        .mappings()
        .all()
    )
