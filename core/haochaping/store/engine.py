"""Opening the database and its transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.pool import QueuePool

from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.store.connections import OpenConnections
from haochaping.store.gate import Gate, GateClosed
from haochaping.store.prepared import gathered, give_way, tell

Dialect = Literal["sqlite", "postgresql"]

BUSY_SECONDS: Final = 5.0
"""How long a transaction waits for another one before the caller is told to come back."""

_WRITE: Final[dict[Dialect, str]] = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
"""What opens a writing transaction. The drivers are told to open none by themselves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections a process opens and how long it waits; None: `BUSY_SECONDS`.

    Seconds everywhere. What concerns statements holds on PostgreSQL alone.
    """

    size: int = 16
    """Connections that stay open."""
    extra: int | None = None
    """Connections opened beyond these in a rush, and closed again; None: as many again."""
    wait_seconds: float | None = None
    """How long a request waits for a connection."""
    connect_seconds: float | None = None
    """How long opening a connection may take."""
    lock_seconds: float | None = None
    """How long a statement waits for a row that somebody else holds."""
    statement_seconds: int = 30
    """How long a statement may run."""
    idle_seconds: int = 300
    """After how long a transaction in which nothing happens is ended: readers wait behind it."""

    @property
    def most(self) -> int:
        """The most connections that one process opens."""
        return self.size + self.overflow

    @property
    def overflow(self) -> int:
        """Connections beyond those that stay open."""
        return self.size if self.extra is None else self.extra


class StoreUnavailable(Problem):
    """The database is busy or away; nothing was stored, the same request may be sent again."""

    code = "HCP-STORE-UNAVAILABLE"
    status = 503
    title = Words("系统暂时繁忙，请稍后再试", "The system is busy, please try again shortly")


class Store:
    """A database with two kinds of transactions: reading and writing.

    On SQLite one writer at a time enters: threads wait at a mutex, processes at a
    lock file beside the database, instead of in SQLite's busy loop.
    """

    def __init__(self, engine: Engine, gate: Gate | None) -> None:
        self.engine = engine
        self._gate = gate
        self._open = OpenConnections(engine)

    @classmethod
    def open(cls, url: str, limits: Limits = Limits()) -> Store:
        """Open the database at `url` (`sqlite:///path` or `postgresql://…`); creates no table."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite(parsed, limits), _gate_beside(parsed))
        return cls(_postgresql(parsed, limits), None)

    @property
    def dialect(self) -> Dialect:
        """Return `sqlite` or `postgresql`."""
        return "sqlite" if self.engine.dialect.name == "sqlite" else "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads. Raises StoreUnavailable."""
        with _translated(), self._open.one() as connection, connection.begin():
            tell(connection, "BEGIN")
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Open a connection for one statement that reads, without a transaction around it.

        Saves the two round trips of the transaction where a request looks something up.
        Raises StoreUnavailable.
        """
        with _translated(), self._open.one() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open one writing transaction: commits at the end, rolls back on any exception.

        Raises StoreUnavailable when the database is busy or away.
        """
        with (
            _translated(),
            self._entered(),
            self._open.one() as connection,
            connection.begin(),
        ):
            tell(connection, _WRITE[self.dialect])
            yield connection

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """Open a writing transaction that does little but prepared INSERTs.

        On PostgreSQL they go there as one statement, which is the transaction; see
        `store.together`. Otherwise like `write`.
        """
        if self.dialect == "sqlite":
            with self.write() as connection:
                yield connection
            return
        with (
            _translated(),
            self._open.one() as connection,
            connection.begin(),
            gathered(connection),
        ):
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._open.close()
        self.engine.dispose()
        if self._gate is not None:
            self._gate.close()

    def _entered(self) -> Any:
        return nullcontext() if self._gate is None else self._gate.entered()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not _passing(error.orig):
            raise
        raise StoreUnavailable(reason=type(error).__name__) from error
    except (InterfaceError, TimeoutError, GateClosed) as error:
        raise StoreUnavailable(reason=type(error).__name__) from error


def _passing(cause: object) -> bool:
    """Say whether the driver's fault is one that passes: busy, locked, full or gone."""
    code = getattr(cause, "sqlstate", None)
    if code is not None:
        return bool(code[:2] in {"08", "53", "57", "40"} or code in {"55P03", "25006"})
    text = str(cause).lower()
    return any(
        word in text
        for word in ("locked", "busy", "full", "disk i/o", "unable to open", "connect", "closed")
    )


def is_duplicate(error: DBAPIError) -> bool:
    """Say whether an IntegrityError comes from a unique index rather than another rule."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return bool(code == "23505")
    return "UNIQUE constraint failed" in str(error.orig)


def _gate_beside(url: URL) -> Gate:
    name = url.database
    path = None if name in {None, "", ":memory:"} else Path(f"{name}.writer")
    return Gate(threading.Lock(), path, BUSY_SECONDS)


def _sqlite(url: URL, limits: Limits) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=limits.size,
        max_overflow=limits.overflow,
        pool_timeout=_or_busy(limits.wait_seconds),
        pool_reset_on_return=None,  # nothing stays open: see `Store.read` and `Store.write`
        pool_use_lifo=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _or_busy(seconds: float | None) -> float:
    return BUSY_SECONDS if seconds is None else seconds


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not open or commit anything by itself
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql(url: URL, limits: Limits) -> Engine:
    options = (
        f"-c statement_timeout={limits.statement_seconds * 1000}"
        f" -c lock_timeout={int(_or_busy(limits.lock_seconds) * 1000)}"
        f" -c idle_in_transaction_session_timeout={limits.idle_seconds * 1000}"
        " -c synchronous_commit=on -c timezone=UTC"
        " -c jit=off"  # compiling a board's statement takes longer than running it
    )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=limits.size,
        max_overflow=limits.overflow,
        pool_timeout=_or_busy(limits.wait_seconds),
        pool_reset_on_return=None,  # nothing stays open: see `Store.read` and `Store.write`
        pool_use_lifo=True,
        connect_args={"options": options, "connect_timeout": int(_or_busy(limits.connect_seconds))},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "before_cursor_execute", give_way)
    return engine


def _prepare_postgresql(connection: Any, record: Any) -> None:
    connection.autocommit = True  # see `_WRITE`
