"""Thresholds of the signals, from the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from haochaping.evaluation.traces import PHONE
from haochaping.profile import Profile

DEFAULTS: Final[Mapping[str, Any]] = {
    "keep_days": 30,
    "own_device": {"seconds": 20, "at_least": 3},
    "runs": {"length": 8, "dense_seconds": 20, "chance": 0.0001},
    "one_source": {"device": 5, "network": 12, "share": 0.8},
    "no_applicant": {"at_least": 5, "share": 0.1},
    "fixed_offset": {"at_least": 6, "within_seconds": 1, "share": 0.3},
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers behind the signals; seconds, counts and shares as the profile words them."""

    keep_days: int
    own_seconds: float
    own_least: int
    run_length: int
    run_seconds: float
    run_chance: float
    device_raters: int
    network_raters: int
    network_share: float
    bare_least: int
    bare_share: float
    offset_least: int
    offset_seconds: float
    offset_share: float


@dataclass(frozen=True, slots=True)
class IntegrityRules:
    """Thresholds, and networks that many raters share rightly, each with its kind."""

    thresholds: Thresholds
    shared: tuple[tuple[IPv4Network | IPv6Network, str], ...] = ()

    @classmethod
    def of(cls, profile: Profile) -> IntegrityRules:
        """Return the rules of a profile. Raises ValueError for a network that is none."""
        data = profile.data["integrity"]
        shared = tuple(
            (ip_network(one["network"], strict=False), str(one["kind"]))
            for one in data["shared_networks"]
        )
        return cls(thresholds(data), shared)

    def kind_of(self, address: str) -> str:
        """Return what a network address stands for: `phone` unless the profile names it."""
        try:
            found = ip_address(address)
        except ValueError:
            return PHONE
        return next((kind for network, kind in self.shared if found in network), PHONE)


def thresholds(data: Mapping[str, Any] = DEFAULTS) -> Thresholds:
    """Return the thresholds that the section `integrity` of a profile states."""
    own, runs, source = data["own_device"], data["runs"], data["one_source"]
    bare, offset = data["no_applicant"], data["fixed_offset"]
    return Thresholds(
        keep_days=int(data["keep_days"]),
        own_seconds=float(own["seconds"]),
        own_least=int(own["at_least"]),
        run_length=int(runs["length"]),
        run_seconds=float(runs["dense_seconds"]),
        run_chance=float(runs["chance"]),
        device_raters=int(source["device"]),
        network_raters=int(source["network"]),
        network_share=float(source["share"]),
        bare_least=int(bare["at_least"]),
        bare_share=float(bare["share"]),
        offset_least=int(offset["at_least"]),
        offset_seconds=float(offset["within_seconds"]),
        offset_share=float(offset["share"]),
    )
