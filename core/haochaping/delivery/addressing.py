"""From the person a message is for to the address its gateway needs."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.delivery import bindings, book, raters
from haochaping.delivery.wechat import ADDRESS
from haochaping.hooks.services import OutgoingMessage


def addressed(
    conn: Connection, vault: Vault, message: OutgoingMessage, kind: str
) -> OutgoingMessage | None:
    """Return the message with its receiver's address by `kind`; None when there is none.

    The receiver becomes `tel:<number>` for mobiles and `<kind>:<address>` otherwise. A kind that
    is empty belongs to a group: the message stays as it is.
    """
    if raters.is_to_rater(message):
        return raters.addressed(conn, vault, message)
    if message.to.startswith(bindings.RECEIVER):
        openid = bindings.openid(conn, vault, message.to)
        return None if openid is None else replace(message, to=f"{ADDRESS}:{openid}")
    if not kind or not message.to.startswith("account:"):
        return message
    account_id = int(message.to.removeprefix("account:"))
    found = book.find(conn, vault.keyring, account_id, kind)
    if not found:
        return None
    prefix = raters.NUMBER if kind == book.MOBILE else f"{kind}:"
    return replace(message, to=f"{prefix}{found}")
