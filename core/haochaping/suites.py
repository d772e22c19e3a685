"""Crypto suites behind one provider: what seals, authenticates and digests.

`intl`: AES-256-GCM and SHA-256. `gm`: SM4-GCM and SM3, the national algorithms, in software:
a stand-in for development and for networks that ask for the algorithms only. Certified
machines and SM2 come by a plugin; what is labelled as stand-in passes no 密评.
"""

from __future__ import annotations

import hashlib
import hmac as hmac_
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of algorithms: its name, what people should know of it, the length of its keys."""

    name: str
    zh: str
    en: str
    key_bytes: int
    certified: bool

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt and authenticate; the result is ciphertext and tag."""
        if self.name == "intl":
            return AESGCM(key).encrypt(nonce, plaintext, context)
        encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed. Raises InvalidTag or ValueError when it was changed."""
        if self.name == "intl":
            return AESGCM(key).decrypt(nonce, sealed, context)
        if len(sealed) < TAG_BYTES:
            raise InvalidTag
        mode = modes.GCM(nonce, sealed[-TAG_BYTES:])
        decryptor = Cipher(algorithms.SM4(key), mode).decryptor()
        decryptor.authenticate_additional_data(context)
        return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()

    def digest(self, data: bytes) -> bytes:
        """Return the digest (32 bytes): SHA-256 or SM3."""
        if self.name == "intl":
            return hashlib.sha256(data).digest()
        found = hashes.Hash(hashes.SM3())
        found.update(data)
        return found.finalize()

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the keyed digest (32 bytes): HMAC with SHA-256 or SM3."""
        if self.name == "intl":
            return hmac_.digest(key, data, hashlib.sha256)
        keyed = HMAC(key, hashes.SM3())
        keyed.update(data)
        return keyed.finalize()


INTL: Final = Suite(
    "intl", "国际算法 AES-256-GCM、SHA-256", "AES-256-GCM, SHA-256", 32, certified=False
)
GM: Final = Suite(
    "gm",
    "国密算法 SM4-GCM、SM3（软件实现，未经商用密码认证，不能用于密评）",
    "SM4-GCM, SM3 (software stand-in, not certified)",
    16,
    certified=False,
)
SUITES: Final[Mapping[str, Suite]] = MappingProxyType({one.name: one for one in (INTL, GM)})
"""The suites of the core by name."""


def of_key(key: bytes) -> Suite:
    """Return the suite that a data key belongs to, known by its length. Raises ValueError."""
    for suite in SUITES.values():
        if len(key) == suite.key_bytes:
            return suite
    raise ValueError(f"a data key has 16 or 32 bytes, not {len(key)}")
