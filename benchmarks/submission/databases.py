"""The databases under the servers: both commit durably."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from haochaping.testing.postgres import start_postgres


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database of a kind, as long as the block takes."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'benchmark.db'}"
        return
    server = start_postgres(durable=True)
    try:
        yield server.url()
    finally:
        server.stop()
