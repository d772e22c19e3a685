"""The only place that holds keys: sealing, keyed hashes and look-up indexes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from haochaping.ids import random_key
from haochaping.suites import GM, INTL, Suite, of_key

KEY_BYTES: Final = 32
"""Length of every key, in bytes (256 bits)."""

_NONCE_BYTES: Final = 12
_FIRST_KEY: Final = 1
_KEY_ID: Final = 0x7F
_GM_MARK: Final = 0x80
"""Set in the first byte of what the national suite sealed."""
_CURVE: Final = ec.SECP256R1()
_POINT_BYTES: Final = 65
_EXCHANGE: Final = b"haochaping/1/exchange"


class Unsealable(ValueError):
    """What is sealed was changed, belongs to another context, or its key is not here."""


class Keyring:
    """All keys of a deployment, derived from one or more master keys.

    A sealed value starts with one byte, the id of the master key it was sealed under and
    a mark of the suite: new values take the current master key, old ones stay readable
    after a rotation.
    `mac` and `index` always use the oldest master key, since what they made is compared
    with what is stored; it therefore stays in the ring.
    """

    __slots__ = ("_current", "_derived", "_masters", "_suite")

    def __init__(
        self, masters: Mapping[int, bytes], *, current: int | None = None, suite: Suite = INTL
    ) -> None:
        """Take the master keys by id (1 to 127); `current` seals, the highest without it."""
        if not masters:
            raise ValueError("a keyring needs at least one master key")
        for key_id, master in masters.items():
            _check_master(key_id, master)
        self._masters = dict(masters)
        self._current = max(masters) if current is None else current
        self._suite = suite
        if self._current not in self._masters:
            raise ValueError(f"the current master key {self._current} is not in the ring")
        self._derived: dict[tuple[int, str], bytes] = {}

    @classmethod
    def from_bytes(cls, master: bytes) -> Keyring:
        """Return the ring of one 32-byte master key. Raises ValueError for another length."""
        return cls({_FIRST_KEY: master})

    def seal(self, purpose: str, plaintext: bytes, context: bytes = b"") -> bytes:
        """Encrypt and authenticate under the purpose's key; `context` must return to open it."""
        key, mark = self._sealing_key(self._current, purpose, self._suite)
        return bytes((mark,)) + seal_with(key, plaintext, context)

    def open(self, purpose: str, sealed: bytes, context: bytes = b"") -> bytes:
        """Return what was sealed. Raises Unsealable when anything does not fit."""
        if not sealed or sealed[0] & _KEY_ID not in self._masters:
            raise Unsealable("sealed under a master key that is not in the keyring")
        suite = GM if sealed[0] & _GM_MARK else INTL
        key, _ = self._sealing_key(sealed[0] & _KEY_ID, purpose, suite)
        return open_with(key, sealed[1:], context)

    def new_data_key(self) -> bytes:
        """Return a fresh key for the data of one person or one text, of the ring's suite."""
        return random_key(self._suite.key_bytes)

    def is_current(self, sealed: bytes) -> bool:
        """Say whether a value was sealed under the current master key and suite."""
        _, mark = self._sealing_key(self._current, "", self._suite)
        return sealed[:1] == bytes((mark,))

    def _sealing_key(self, key_id: int, purpose: str, suite: Suite) -> tuple[bytes, int]:
        """Return the key of a purpose and the first byte of what it seals."""
        if suite is GM:
            return self._key(key_id, f"seal-gm/{purpose}")[: GM.key_bytes], key_id | _GM_MARK
        return self._key(key_id, f"seal/{purpose}"), key_id

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Return the HMAC-SHA256 of `data` under the purpose's key (32 bytes)."""
        return hmac.digest(self._key(min(self._masters), "mac/" + purpose), data, hashlib.sha256)

    def verify(self, purpose: str, data: bytes, mac: bytes) -> bool:
        """Say whether `mac` (or at least its first 8 bytes) is that of `data`, in constant time."""
        return len(mac) >= 8 and hmac.compare_digest(self.mac(purpose, data)[: len(mac)], mac)

    def index(self, text: str) -> str:
        """Return the HMAC-SM3 of an identity number as hex, to look persons up by."""
        keyed = HMAC(self._key(min(self._masters), "index"), hashes.SM3())
        keyed.update(text.encode())
        return keyed.finalize().hex()

    def _key(self, key_id: int, purpose: str) -> bytes:
        found = self._derived.get((key_id, purpose))
        if found is None:
            found = _derive(self._masters[key_id], purpose)
            self._derived[key_id, purpose] = found
        return found

    def __repr__(self) -> str:
        """Return the ids of the keys, never the keys."""
        return f"Keyring(ids={sorted(self._masters)})"


def new_data_key() -> bytes:
    """Return a fresh key for the data of one person or one text."""
    return random_key(KEY_BYTES)


def seal_with(key: bytes, plaintext: bytes, context: bytes = b"") -> bytes:
    """Encrypt with the suite that the key belongs to; the result is nonce, ciphertext and tag.

    A key of 32 bytes is of AES-256-GCM, one of 16 bytes of SM4-GCM.
    """
    nonce = random_key(_NONCE_BYTES)
    return nonce + of_key(key).seal(key, nonce, plaintext, context)


def open_with(key: bytes, sealed: bytes, context: bytes = b"") -> bytes:
    """Return what `seal_with` sealed. Raises Unsealable when it was changed."""
    try:
        suite = of_key(key)
        return suite.open(key, sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Unsealable("the sealed value was changed or belongs elsewhere") from error


def new_exchange_key() -> tuple[bytes, bytes]:
    """Return a fresh P-256 key pair: the private number and the public point, uncompressed.

    Whoever has the point can seal something that only the holder of the number opens.
    """
    private = ec.generate_private_key(_CURVE)
    number = private.private_numbers().private_value.to_bytes(KEY_BYTES, "big")
    return number, _point(private.public_key())


def seal_to(public: bytes, plaintext: bytes, context: bytes = b"") -> bytes:
    """Seal to a public point: a throw-away point, nonce, ciphertext and tag.

    ECDH on P-256, HKDF-SHA256 salted with the throw-away point, AES-256-GCM; window
    screens do the same with WebCrypto. Raises ValueError when `public` is no point.
    """
    once = ec.generate_private_key(_CURVE)
    point = _point(once.public_key())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
    return point + seal_with(_agreed(once, theirs, point), plaintext, context)


def open_exchanged(private: bytes, sealed: bytes, context: bytes = b"") -> bytes:
    """Return what `seal_to` sealed. Raises Unsealable when anything does not fit."""
    point = sealed[:_POINT_BYTES]
    try:
        mine = ec.derive_private_key(int.from_bytes(private, "big"), _CURVE)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise Unsealable("the sealed value does not begin with a point of the curve") from error
    return open_with(_agreed(mine, theirs, point), sealed[_POINT_BYTES:], context)


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _agreed(
    mine: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey, salt: bytes
) -> bytes:
    shared = mine.exchange(ec.ECDH(), theirs)
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=_EXCHANGE).derive(shared)


def _derive(master: bytes, purpose: str) -> bytes:
    info = b"haochaping/1/" + purpose.encode()
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(master)


def _check_master(key_id: int, master: bytes) -> None:
    if not 1 <= key_id <= _KEY_ID:
        raise ValueError(f"the id of a master key is 1 to {_KEY_ID}, not {key_id}")
    if len(master) != KEY_BYTES:
        raise ValueError(f"a master key has {KEY_BYTES} bytes, not {len(master)}")
