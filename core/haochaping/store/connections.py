"""Connections that stay open between transactions.

Taking one from SQLAlchemy's pool and giving it back costs about as much as a look-up by key,
and a submission needs several. So whoever is done with a connection leaves it here, open and
with nothing begun, and the next one takes the one left last.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from sqlalchemy import Connection, Engine

KEPT: Final = 16
"""Connections kept open at most; those of a rush beyond go back to the pool."""


class OpenConnections:
    """The connections of one engine that nobody uses just now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()

    def one(self) -> _Use:
        """Return a context manager that lends a connection."""
        return _Use(self)

    def take(self) -> Connection:
        """Return an open connection with nothing begun. Raises DBAPIError, TimeoutError."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def give(self, connection: Connection) -> None:
        """Take a connection back; after a broken one, the others are not trusted either."""
        if connection.closed:
            return
        broken = connection.invalidated
        if not broken and len(self._idle) < KEPT:
            if connection.in_transaction():
                connection.rollback()
            self._idle.append(connection)
            return
        connection.close()
        if broken:
            self._invalidate()

    def close(self) -> None:
        """Give all connections back to the engine."""
        while self._idle:
            self._idle.pop().close()

    def _invalidate(self) -> None:
        while self._idle:
            connection = self._idle.pop()
            connection.invalidate()
            connection.close()


class _Use:
    """One use of a connection; written out because a generator would cost as much as it saves."""

    __slots__ = ("_connection", "_of")

    def __init__(self, of: OpenConnections) -> None:
        self._of = of

    def __enter__(self) -> Connection:
        self._connection = self._of.take()
        return self._connection

    def __exit__(self, *fault: object) -> None:
        self._of.give(self._connection)
