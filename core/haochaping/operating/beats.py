"""The processes of a deployment tell that they live, and by which rules they work."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, select

from haochaping.operating.tables import process_beat
from haochaping.store.upsert import upsert

EVERY_SECONDS: Final = 20.0
GONE_AFTER: Final = timedelta(seconds=90)
"""A process that has told nothing for this long has ended."""
_FORGET_AFTER: Final = timedelta(days=2)
_SETTINGS: Final = "deployment.yaml"
_CHANGING: Final = (
    *("seen_at", "failures", "paused", "profile_digest", "settings_digest", "code_version"),
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a process works by: version of the code, digests of profile and settings."""

    code_version: str
    profile_digest: str
    settings_digest: str


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the deployment as it last told of itself."""

    name: str
    kind: str
    basis: Basis
    started_at: datetime
    seen_at: datetime
    failures: Mapping[str, int]
    paused: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By plugin the hooks that are left out for a while after many failures."""

    def alive(self, at: datetime) -> bool:
        """Say whether it has been heard of lately."""
        return at - self.seen_at < GONE_AFTER


def own_name() -> str:
    """Return the name of this process: `<host>:<pid>`."""
    return f"{socket.gethostname()}:{os.getpid()}"


def settings_digest(home: Path) -> str:
    """Return the SHA-256 of the deployment's settings file as it is on disk now."""
    return hashlib.sha256((home / _SETTINGS).read_bytes()).hexdigest()


def beat(conn: Connection, told: Process) -> None:
    """Write that a process lives; those long gone are forgotten."""
    row = {
        "process": told.name,
        "kind": told.kind,
        "pid": os.getpid(),
        "code_version": told.basis.code_version,
        "profile_digest": told.basis.profile_digest,
        "settings_digest": told.basis.settings_digest,
        "started_at": told.started_at,
        "seen_at": told.seen_at,
        "failures": dict(told.failures),
        "paused": {plugin: list(hooks) for plugin, hooks in told.paused.items()},
    }
    upsert(conn, process_beat, [row], ["process"], _CHANGING)
    conn.execute(delete(process_beat).where(process_beat.c.seen_at < told.seen_at - _FORGET_AFTER))


def forget(conn: Connection, name: str) -> None:
    """Take a process off the list: it ends as it was told to."""
    conn.execute(delete(process_beat).where(process_beat.c.process == name))


def processes(conn: Connection) -> tuple[Process, ...]:
    """Return all processes heard of in the last days, by kind."""
    rows = conn.execute(select(process_beat).order_by(process_beat.c.kind, process_beat.c.process))
    return tuple(
        Process(
            name=row.process,
            kind=row.kind,
            basis=Basis(row.code_version, row.profile_digest, row.settings_digest),
            started_at=row.started_at,
            seen_at=row.seen_at,
            failures=row.failures,
            paused=row.paused or {},
        )
        for row in rows
    )
