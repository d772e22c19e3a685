"""Messages to raters: the number is looked up as the message goes out, and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from haochaping.access.persons import mobile_index
from haochaping.access.vault import Vault
from haochaping.delivery import stops
from haochaping.hooks.services import OutgoingMessage

PERSON: Final = "person:"
NUMBER: Final = "tel:"


def is_to_rater(message: OutgoingMessage) -> bool:
    """Say whether a message goes to a rater."""
    return message.to.startswith(PERSON)


def addressed(conn: Connection, vault: Vault, message: OutgoingMessage) -> OutgoingMessage | None:
    """Return the message with `tel:<number>` as its receiver, None when it must not go out.

    It must not when the person was erased or left no number, or has opted out.
    """
    number = vault.mobile(conn, int(message.to.removeprefix(PERSON)))
    mac = mobile_index(vault.keyring, number)
    if mac is None:
        return None
    if stops.stopped(conn, mac) and not message.business_id.startswith(stops.CONFIRMS):
        return None
    return replace(message, to=f"{NUMBER}{number}")
