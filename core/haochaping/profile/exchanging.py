"""The rules of the exchange with other platforms: the section `uplink` of a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks.values import Words

LOCAL: Final = "local"
UPSTREAM: Final = "upstream"
"""Ratings come from the next platform or the hotline only."""

NEXT: Final = Words("上级好差评平台", "The next platform")


@dataclass(frozen=True, slots=True)
class BatchRules:
    """A batch goes out with `count` records, or when the oldest has waited `seconds`.

    Its body has at most `bytes` bytes; one record alone may have more.
    """

    count: int = 200
    bytes: int = 262_144
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class ReceiveRules:
    """How lower platforms speak to this one: dialect, crypto, their channel codes by ours."""

    dialect: str = "haochaping"
    crypto: str = "hmac-sha256"
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UplinkRules:
    """What goes to the next platform and how, and where ratings are taken in.

    `intake`: local | upstream | both. `send` holds kinds of records. `words`: whether raters'
    own words travel. `channels` maps channel codes of the next platform to ours.
    """

    intake: str = LOCAL
    platform: Words = NEXT
    dialect: str = "haochaping"
    crypto: str = "hmac-sha256"
    send: tuple[str, ...] = ("service", "evaluation", "case", "reply")
    words: bool = True
    batch: BatchRules = field(default_factory=BatchRules)
    channels: Mapping[str, str] = field(default_factory=dict)
    receive: ReceiveRules = field(default_factory=ReceiveRules)


def uplink_rules(data: Mapping[str, Any], words: Callable[[Any], Words]) -> UplinkRules:
    """Return the rules of checked data; without any, the defaults."""
    if not data:
        return UplinkRules()
    receive = data["receive"]
    return UplinkRules(
        intake=data["intake"],
        platform=words(data["platform"]),
        dialect=data["dialect"],
        crypto=data["crypto"],
        send=tuple(data["send"]),
        words=data["words"],
        batch=BatchRules(**data["batch"]),
        channels=MappingProxyType(dict(data["channels"])),
        receive=ReceiveRules(
            receive["dialect"], receive["crypto"], MappingProxyType(dict(receive["channels"]))
        ),
    )
