"""A proved telephone number, carried from page to page in bodies of posts only."""

from __future__ import annotations

import re
from typing import Final

from haochaping.web import tokens
from haochaping.web.site import site

SITTING: Final = "sitting"
"""The field that carries it."""
_SITTING: Final = re.compile(r"([0-9]{1,19})/([0-9A-Z]{1,40}\.[0-9a-f]{32})", re.ASCII)


def minted(proof_id: int) -> str:
    """Return what a page carries once the attempt `proof_id` was proved."""
    return f"{proof_id}/{tokens.mint(site().keyring, _subject(proof_id))}"


def sitting_of(text: str) -> int | None:
    """Return the proved attempt that a page carries, None when it is none of ours."""
    parts = _SITTING.fullmatch(text)
    if parts is None:
        return None
    try:
        tokens.idempotency_key(site().keyring, _subject(int(parts[1])), parts[2])
    except tokens.ForeignForm:
        return None
    return int(parts[1])


def _subject(proof_id: int) -> str:
    return f"proof:{proof_id}"
