"""Signing what travels between platforms: HMAC over the moment and the body.

Each request carries

    X-Haochaping-Timestamp   milliseconds since 1970 UTC, when it was signed
    X-Haochaping-Signature   v1=<hex HMAC of "<timestamp>.<body>" under the shared secret>

with SHA-256 (`hmac-sha256`) or SM3 (`hmac-sm3`). A receiver checks the bytes as they came and
refuses moments more than five minutes off.

`sm4-sm3` encrypts the body before (SM4-GCM: twelve bytes of nonce, ciphertext, tag), with keys
for both made of the shared secret, and signs what is encrypted. Software, not certified.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from haochaping.crypto import Unsealable, open_with, seal_with
from haochaping.hooks.deployment import PayloadCrypto
from haochaping.hooks.exchange import Crypto, ExchangeRefused, Sealed
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping.suites import GM

NONE: Final = "none"
MOMENT: Final = "x-haochaping-timestamp"
SIGNATURE: Final = "x-haochaping-signature"
SKEW: Final = timedelta(minutes=5)

CORE: Final = (
    PayloadCrypto(NONE, Words("不签名", "Not signed"), "haochaping.uplink.signing:plain"),
    PayloadCrypto(
        "hmac-sha256", Words("HMAC-SHA256 签名", "HMAC-SHA256"), "haochaping.uplink.signing:sha256"
    ),
    PayloadCrypto("hmac-sm3", Words("HMAC-SM3 签名", "HMAC-SM3"), "haochaping.uplink.signing:sm3"),
    PayloadCrypto(
        "sm4-sm3",
        Words("SM4-GCM 加密、HMAC-SM3 签名（软件实现）", "SM4-GCM and HMAC-SM3, in software"),
        "haochaping.uplink.signing:sm4",
    ),
)
"""The ways of signing and encrypting that are always there."""


class Plain:
    """Nothing is signed: the connection and the key alone say who speaks."""

    def seal(self, body: bytes, at: datetime) -> Sealed:
        """Return the body as it is."""
        return Sealed(body)

    def open(self, sealed: Sealed, at: datetime) -> bytes:
        """Return the body as it is."""
        return sealed.body


@dataclass(frozen=True, slots=True)
class Signed:
    """HMAC under a shared secret; `algorithm` makes the hash."""

    secret: bytes = field(repr=False)
    algorithm: Callable[[], hashes.HashAlgorithm]

    def seal(self, body: bytes, at: datetime) -> Sealed:
        """Return the body with the moment and the signature. Raises ExchangeRefused."""
        self._require_secret()
        moment = str(micros(at) // 1000)
        return Sealed(body, {MOMENT: moment, SIGNATURE: self._signature(moment, body)})

    def open(self, sealed: Sealed, at: datetime) -> bytes:
        """Return the body when it was signed with the secret just now. Raises ExchangeRefused."""
        self._require_secret()
        moment, given = (sealed.headers.get(name, "") for name in (MOMENT, SIGNATURE))
        if not moment.isascii() or not moment.isdigit() or len(moment) > 15:
            raise ExchangeRefused(_NO_MOMENT)
        if not hmac.compare_digest(given.encode(), self._signature(moment, sealed.body).encode()):
            raise ExchangeRefused(_NOT_SIGNED)
        if abs(micros(at) // 1000 - int(moment)) > SKEW // timedelta(milliseconds=1):
            raise ExchangeRefused(_OLD)
        return sealed.body

    def _signature(self, moment: str, body: bytes) -> str:
        mac = HMAC(self.secret, self.algorithm())
        mac.update(moment.encode() + b"." + body)
        return "v1=" + mac.finalize().hex()

    def _require_secret(self) -> None:
        if not self.secret:
            raise ExchangeRefused(_NO_SECRET)


@dataclass(frozen=True, slots=True)
class Enciphered:
    """SM4-GCM under one key, then a signature under another."""

    signed: Signed
    key: bytes = field(repr=False)

    def seal(self, body: bytes, at: datetime) -> Sealed:
        """Return the encrypted body, signed. Raises ExchangeRefused."""
        return self.signed.seal(seal_with(self.key, body, _CONTEXT), at)

    def open(self, sealed: Sealed, at: datetime) -> bytes:
        """Return the body when it was signed with the secret just now. Raises ExchangeRefused."""
        try:
            return open_with(self.key, self.signed.open(sealed, at), _CONTEXT)
        except Unsealable as error:
            raise ExchangeRefused(_NOT_SEALED) from error


def plain(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs nothing."""
    return Plain()


def sha256(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs with SHA-256."""
    return Signed(secret, hashes.SHA256)


def sm3(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs with SM3."""
    return Signed(secret, hashes.SM3)


def sm4(secret: bytes, config: Mapping[str, Any]) -> Enciphered:
    """Make what encrypts with SM4 and signs with SM3."""
    encrypting, signing = (
        HKDF(hashes.SM3(), GM.key_bytes * 2, salt=None, info=_CONTEXT + purpose).derive(secret)
        for purpose in (b"/seal", b"/sign")
    )
    return Enciphered(Signed(signing if secret else b"", hashes.SM3), encrypting[: GM.key_bytes])


_CONTEXT: Final = b"haochaping/exchange/sm4-sm3"
_NO_MOMENT: Final = Words(
    "缺少 X-Haochaping-Timestamp（1970 年以来的毫秒数）",
    "X-Haochaping-Timestamp is missing: milliseconds since 1970",
)
_NOT_SIGNED: Final = Words(
    "签名不符，请核对双方共用的密钥和算法", "The signature is wrong: compare secret and algorithm"
)
_NOT_SEALED: Final = Words(
    "报文无法解密，请核对双方的加密方式",
    "The body cannot be decrypted: compare how both sides encrypt",
)
_OLD: Final = Words(
    "签名时间与本机相差超过 5 分钟，请校准时钟",
    "It was signed more than 5 minutes from our time: set the clocks right",
)
_NO_SECRET: Final = Words(
    "没有配置共用密钥（secrets/uplink-sign.secret 或 secrets/exchange-<下级代码>.secret）",
    "No shared secret is set (secrets/uplink-sign.secret or secrets/exchange-<sender>.secret)",
)
