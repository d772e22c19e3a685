"""Signing what travels between platforms: HMAC over the moment and the body.

Each request carries

    X-Haochaping-Timestamp   milliseconds since 1970 UTC, when it was signed
    X-Haochaping-Signature   v1=<hex HMAC of "<timestamp>.<body>" under the shared secret>

with SHA-256 (`hmac-sha256`) or SM3 (`hmac-sm3`). A receiver checks the bytes as they came and
refuses moments more than five minutes off.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from haochaping.hooks.deployment import PayloadCrypto
from haochaping.hooks.exchange import Crypto, ExchangeRefused, Sealed
from haochaping.hooks.values import Words
from haochaping.store.types import micros

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
)
"""The ways of signing that are always there."""


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


def plain(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs nothing."""
    return Plain()


def sha256(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs with SHA-256."""
    return Signed(secret, hashes.SHA256)


def sm3(secret: bytes, config: Mapping[str, Any]) -> Crypto:
    """Make what signs with SM3."""
    return Signed(secret, hashes.SM3)


_NO_MOMENT: Final = Words(
    "缺少 X-Haochaping-Timestamp（1970 年以来的毫秒数）",
    "X-Haochaping-Timestamp is missing: milliseconds since 1970",
)
_NOT_SIGNED: Final = Words(
    "签名不符，请核对双方共用的密钥和算法", "The signature is wrong: compare secret and algorithm"
)
_OLD: Final = Words(
    "签名时间与本机相差超过 5 分钟，请校准时钟",
    "It was signed more than 5 minutes from our time: set the clocks right",
)
_NO_SECRET: Final = Words(
    "没有配置共用密钥（secrets/uplink-sign.secret 或 secrets/exchange-<下级代码>.secret）",
    "No shared secret is set (secrets/uplink-sign.secret or secrets/exchange-<sender>.secret)",
)
