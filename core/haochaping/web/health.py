"""What a load balancer asks: `/healthz` (the process lives), `/readyz` (it can take ratings)."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify
from sqlalchemy import literal, select

from haochaping.web.routes import route
from haochaping.web.site import site

health: Final = Blueprint("health", "haochaping.web")
blueprints: Final = (health,)


@route(health, "/healthz")
def alive() -> Response:
    """Answer as long as the process does."""
    return jsonify(status="ok")


@route(health, "/readyz")
def ready() -> Response:
    """Answer when the database can be read; StoreUnavailable (503) otherwise."""
    with site().store.read() as conn:
        conn.execute(select(literal(1)))
    return jsonify(status="ok")
