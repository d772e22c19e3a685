"""Messages to raters: the number is looked up as the message goes out, and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from haochaping.access import one_time
from haochaping.access.persons import mobile_index
from haochaping.access.vault import Vault
from haochaping.delivery import stops
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words

PERSON: Final = "person:"
NUMBER: Final = "tel:"
PROOF: Final = "proof:"
"""Business ids of messages that carry a one-time code; who asked for one gets it."""
CODE: Final = "{code}"
"""What stands for the code until the message goes out, so that it lies in no table."""


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
    asked_for = message.business_id.startswith((stops.CONFIRMS, PROOF))
    if stops.stopped(conn, mac) and not asked_for:
        return None
    return replace(_with_code(vault, message), to=f"{NUMBER}{number}")


def _with_code(vault: Vault, message: OutgoingMessage) -> OutgoingMessage:
    """Return the message with its one-time code, if it carries one."""
    if not message.business_id.startswith(PROOF):
        return message
    code = one_time.code(vault.keyring, int(message.business_id.removeprefix(PROOF)))
    zh, en = message.body.zh.replace(CODE, code), message.body.en.replace(CODE, code)
    return replace(message, body=Words(zh, en))
