"""The HTTP API under `/api/v1`: spec first, see `openapi.yaml`."""

from haochaping.web.api import (
    boards,
    cases,
    evaluations,
    exchange,
    ivr,
    open_data,
    sms,
    spec,
    wire,
)

__all__ = ["CSRF_EXEMPT", "blueprints"]

blueprints = (
    cases.api,
    evaluations.api,
    boards.api,
    open_data.api,
    ivr.api,
    sms.api,
    wire.api,
    exchange.api,
    spec.api,
)

CSRF_EXEMPT = True  # a key in the Authorization header, no cookie
