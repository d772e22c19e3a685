"""Checking an id_token: signature by the provider's published key, then what it says."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

LEEWAY: Final = timedelta(minutes=2)
"""Clocks of two houses may differ by this much."""
_FAMILIES: Final = {"RS256": "RSA", "ES256": "EC"}
_HALF: Final = 32


class BadToken(Exception):
    """The token proves nothing."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the token must say."""

    issuer: str
    audience: str
    nonce: str = field(repr=False)
    at: datetime


def verified(token: str, keys: Iterable[Mapping[str, Any]], wanted: Claims) -> dict[str, Any]:
    """Return the claims of a token. Raises BadToken."""
    try:
        head, body, signature = token.split(".")
        header, claims = _object(head), _object(body)
        key = _key(keys, header)
        _require_signature(key, f"{head}.{body}".encode(), _decoded(signature))
    except (ValueError, KeyError, TypeError, binascii.Error, InvalidSignature) as error:
        raise BadToken("the signature does not fit") from error
    _require_claims(claims, wanted)
    return claims


def _require_claims(claims: Mapping[str, Any], wanted: Claims) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    fits = (
        claims.get("iss") == wanted.issuer
        and wanted.audience in audiences
        and claims.get("azp", wanted.audience) == wanted.audience
        and claims.get("nonce") == wanted.nonce
        and isinstance(claims.get("sub"), str)
        and _moment(claims.get("exp")) > wanted.at - LEEWAY
        and _moment(claims.get("iat")) < wanted.at + LEEWAY
    )
    if not fits:
        raise BadToken("the claims do not fit")


def _key(keys: Iterable[Mapping[str, Any]], header: Mapping[str, Any]) -> Mapping[str, Any]:
    family = _FAMILIES[header["alg"]]  # never what needs no key, never a shared secret
    fitting = [one for one in keys if one.get("kty") == family and one.get("use", "sig") == "sig"]
    named = [one for one in fitting if one.get("kid") == header.get("kid")]
    return (named or fitting)[0] if len(named or fitting) == 1 else {}


def _require_signature(key: Mapping[str, Any], signed: bytes, signature: bytes) -> None:
    if key["kty"] == "RSA":
        public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return
    point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
    if len(signature) != 2 * _HALF:
        raise ValueError("an ES256 signature has 64 bytes")
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    point.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def _moment(seconds: Any) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadToken("a moment is missing")
    return datetime.fromtimestamp(seconds, UTC)


def _object(part: str) -> dict[str, Any]:
    found = json.loads(_decoded(part))
    if not isinstance(found, dict):
        raise ValueError("expected an object")
    return found


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
