"""Which device asks, and what goes with every one of its requests."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import Device
from haochaping.web import tokens
from haochaping.web.errors import BadRequest
from haochaping.web.guard import current_device
from haochaping.web.site import site

TOKEN_HEADER: Final = "X-Form-Token"


def own(device_id: int) -> Device:
    """Return the device that asks for its own pages. Raises KeyRefused for another's."""
    found = current_device()
    if found.id != device_id:
        raise KeyRefused()
    return found


def subject(device_id: int) -> str:
    """Return what a device's tokens and limits are bound to."""
    return f"device:{device_id}"


def said(device_id: int) -> dict[str, Any]:
    """Return the body of a post of the screen. Raises ForeignForm, BadRequest."""
    given = request.get_json(silent=True)
    token = request.headers.get(TOKEN_HEADER, "")
    tokens.idempotency_key(site().keyring, subject(device_id), token)
    if not isinstance(given, dict):
        raise BadRequest()
    return given
