"""Stateless tokens of the forms whose authority is a code, and idempotency keys.

The rating form and the pages of a receipt act by what the form itself carries (the signed
code, the receipt), never by a cookie: another site has nothing to ride on, and a browser
without cookies must be able to rate. So these forms carry a token bound to the code
instead of a session's: it holds the idempotency key minted with the page and proves that
the page came from here. Forms of signed-in people use Flask-WTF's session token.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import request

from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import random_code
from haochaping.problems import Problem

KEY_SIGNS = 20
_STEADY = "SCREEN"


class ForeignForm(Problem):
    """A form that did not come from a page of ours."""

    code = "HCP-FORM"
    status = 400
    title = Words(
        "页面已失效，请重新打开后再提交", "This page is out of date: open it and try again"
    )


def mint(keyring: Keyring, subject: str) -> str:
    """Return a new token for the form about `subject`: a random key and its proof."""
    key = random_code(KEY_SIGNS)
    return f"{key}.{_proof(keyring, subject, key)}"


def steady(keyring: Keyring, subject: str) -> str:
    """Return the token of a page that is kept on a device: always the same for `subject`."""
    return f"{_STEADY}.{_proof(keyring, subject, _STEADY)}"


def idempotency_key(keyring: Keyring, subject: str, token: str) -> str:
    """Return the idempotency key inside a token. Raises ForeignForm when it is not ours."""
    key, _, proof = token.partition(".")
    if not hmac.compare_digest(proof.encode(), _proof(keyring, subject, key).encode()):
        raise ForeignForm()
    return key


def derived_key(keyring: Keyring, *parts: str) -> str:
    """Return the key of a post that brought no token: the same words give the same key."""
    return keyring.mac("web.form.key", "\x1f".join(parts).encode()).hex()[:40]


def refuse_foreign_sites() -> None:
    """Refuse a post that a browser sends for another site. Raises ForeignForm."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm()
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        raise ForeignForm()


def _proof(keyring: Keyring, subject: str, key: str) -> str:
    return keyring.mac("web.form", f"{subject}\x1f{key}".encode()).hex()[:32]
