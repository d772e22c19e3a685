"""What a load balancer asks: `/healthz` (the process lives), `/readyz` (it can take ratings).

`/healthz` looks at nothing but itself: a process is not restarted because its database is
away. `/readyz` looks at everything that a rating needs, so that none is sent to a process
which could not store it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from alembic.migration import MigrationContext
from flask import Blueprint, Response, jsonify, make_response
from sqlalchemy import Connection, func, select, text

from haochaping.containment import contained
from haochaping.deployment import Deployment
from haochaping.store import migrating
from haochaping.web.routes import route
from haochaping.web.site import site

health: Final = Blueprint("health", "haochaping.web")
blueprints: Final = (health,)
_LEAST_FREE_BYTES: Final = 64 * 1024**2


@route(health, "/healthz")
def alive() -> Response:
    """Answer as long as the process does."""
    return jsonify(status="ok")


@route(health, "/readyz")
def ready() -> Response:
    """Answer 200 when a rating could be stored now, else 503 and the name of what fails."""
    deployment = site()
    found = {name: contained(name, partial(look, deployment)) for name, look in _LOOKS.items()}
    failed = sorted(name for name, result in found.items() if not result.value)
    if failed:
        answer = make_response(jsonify(status="unavailable", failed=failed), 503)
        answer.headers["Retry-After"] = "5"
        return answer
    return jsonify(status="ok")


def _database(deployment: Deployment) -> bool:
    """Ask the database for an answer, and whether it takes writes."""
    with deployment.store.read() as conn:
        if deployment.store.dialect == "sqlite":
            return int(conn.execute(text("PRAGMA query_only")).scalar_one()) == 0
        return conn.execute(select(func.pg_is_in_recovery())).scalar_one() is False


def _tables(deployment: Deployment) -> bool:
    """Find every line of tables where the code wants it, or ahead: an upgrade is under way."""
    with deployment.store.read() as conn:
        return all(_at(conn, line) is not None for line in deployment.migration_lines())


def _at(conn: Connection, line: migrating.Line) -> str | None:
    if not _has_tables(line.package):
        return ""
    context = MigrationContext.configure(conn, opts={"version_table": line.version_table})
    return context.get_current_revision()


@cache
def _has_tables(package: str) -> bool:
    return migrating.head(package) is not None


def _disk(deployment: Deployment) -> bool:
    """Look for room to write."""
    return shutil.disk_usage(deployment.home).free > _LEAST_FREE_BYTES


def _keys(deployment: Deployment) -> bool:
    """Seal something and open it again."""
    ring = deployment.keyring
    return ring.open("ready", ring.seal("ready", b"?")) == b"?"


_LOOKS: Final[Mapping[str, Callable[[Deployment], bool]]] = MappingProxyType(
    {"database": _database, "tables": _tables, "disk": _disk, "keys": _keys}
)
"""What a rating needs."""
