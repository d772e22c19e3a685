"""One-time codes sent to a telephone: computed from the keyring, stored nowhere."""

from __future__ import annotations

import hmac
from typing import Final

from haochaping.crypto import Keyring

DIGITS: Final = 6


def code(keyring: Keyring, proof_id: int) -> str:
    """Return the six digits that prove the telephone of one attempt, `proof_id`."""
    mac = keyring.mac("phone-proof", str(proof_id).encode())
    return f"{int.from_bytes(mac[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def matches(keyring: Keyring, proof_id: int, said: str) -> bool:
    """Say whether the digits are those of the attempt, in constant time."""
    plain = said.replace(" ", "").replace("-", "")
    return hmac.compare_digest(plain.encode(), code(keyring, proof_id).encode())
