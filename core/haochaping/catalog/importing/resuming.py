"""How far a file was taken in, so that an interrupted import goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from haochaping.catalog.tables import import_run
from haochaping.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of a run after a chunk: last line done, counts, the rejects file so far."""

    rejects: Path
    line: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    rejects_size: int = 0


def unfinished(conn: Connection, kind: str, digest: str) -> Mark | None:
    """Return where a run of the same file stopped, None when there is none to go on with."""
    query = select(import_run).where(import_run.c.kind == kind, import_run.c.digest == digest)
    row = conn.execute(query).mappings().first()
    if row is None or row["finished"]:
        return None
    return Mark(Path(row["rejects"]), row["line"], row["counts"], row["rejects_size"])


def keep(
    conn: Connection, key: tuple[str, str], mark: Mark, at: datetime, *, finished: bool
) -> None:
    """Record the state of a run in the transaction of its chunk; `key` is kind and digest."""
    row = {
        "kind": key[0],
        "digest": key[1],
        "line": mark.line,
        "counts": dict(mark.counts),
        "rejects": str(mark.rejects),
        "rejects_size": mark.rejects_size,
        "finished": finished,
        "started_at": at,
        "updated_at": at,
    }
    changing = ["line", "counts", "rejects", "rejects_size", "finished", "updated_at"]
    upsert(conn, import_run, [row], ["kind", "digest"], changing)
