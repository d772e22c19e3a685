"""A throw-away PostgreSQL server for tests, never run as root."""

from haochaping.kit.postgres import (
    PostgresMissing,
    PostgresServer,
    find_binaries,
    free_port,
    run_as,
    start_postgres,
    unprivileged_user,
)

__all__ = [
    "PostgresMissing",
    "PostgresServer",
    "find_binaries",
    "free_port",
    "run_as",
    "start_postgres",
    "unprivileged_user",
]
