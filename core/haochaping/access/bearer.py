"""Random keys that machines show: made once, shown once, stored as keyed hashes."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from typing import Final

from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import random_key
from haochaping.problems import Problem

SEEN_EVERY: Final = timedelta(seconds=60)
"""When a key was last seen is written at most this often."""
_KEY_BYTES: Final = 32
_SHAPE: Final = re.compile(r"hcp[kd]_[A-Za-z0-9_-]{43}")


class KeyRefused(Problem):
    """No key, or one that is unknown, expired or revoked; which of these is kept."""

    code = "HCP-KEY-REFUSED"
    status = 401
    title = Words("密钥无效", "The key is not valid")


def new_key(prefix: str) -> str:
    """Return a random key of 256 bits; `prefix` is `hcpk` (API) or `hcpd` (device)."""
    return f"{prefix}_{base64.urlsafe_b64encode(random_key(_KEY_BYTES)).decode().rstrip('=')}"


def mac_of(keyring: Keyring, key: str) -> str:
    """Return what is stored of a key. Raises KeyRefused when it cannot be one of ours."""
    if not _SHAPE.fullmatch(key):
        raise KeyRefused()
    return keyring.mac("bearer", key.encode()).hex()


def unseen(seen_at: datetime | None, at: datetime) -> bool:
    """Say whether it is time to write down that a key was seen."""
    return seen_at is None or at - seen_at >= SEEN_EVERY
