"""What goes over the pipe: frames of JSON, each behind its length in four bytes."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

HEAD: Final = 4
"""Bytes that hold the length of a frame, the largest first."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of the longest frame that either side takes."""


class Malformed(ValueError):
    """What came over the pipe is not what was agreed."""


def packed(message: Any) -> bytes:
    """Return a message as a frame. Raises Malformed when it is no JSON or too long."""
    try:
        body = _ENCODER.encode(message).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"cannot be written as JSON ({type(error).__name__})") from None
    if len(body) > LARGEST:
        raise Malformed(f"is longer than {LARGEST >> 20} MB")
    return len(body).to_bytes(HEAD, "big") + body


def length(head: bytes | bytearray) -> int:
    """Return the length of the frame behind a head. Raises Malformed when it is too long."""
    found = int.from_bytes(head[:HEAD], "big")
    if found > LARGEST:
        raise Malformed(f"is longer than {LARGEST >> 20} MB")
    return found


def unpacked(body: bytes | bytearray) -> list[Any]:
    """Return the message of a frame, which is a JSON array. Raises Malformed."""
    try:
        found = _DECODER.decode(body.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"is no JSON ({type(error).__name__})") from None
    if not isinstance(found, list):
        raise Malformed("is no JSON array")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)
"""What turns in a circle is refused as too deep."""
_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
