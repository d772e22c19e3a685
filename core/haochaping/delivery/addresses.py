"""Where requests may go: hosts from an allow-list, addresses that are public."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TUNNELS: Final = tuple(
    ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
"""IPv6 ranges that carry an IPv4 address inside, which could be a private one."""


class OutgoingFault(Exception):
    """A request that did not succeed; `retry` says whether trying again later may help.

    The text names scheme, host and status, never path or query: they may hold secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        retry: bool,
        status: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.retry = retry
        self.status = status
        self.retry_after = retry_after
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that passed the allow-list, in its parts."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port: the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority: all that may be logged of a URL."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Rules:
    """The deployment's settings for outgoing requests.

    `hosts` holds `host` (its standard port) or `host:port`, reached by https. `networks`
    are private ranges that allowed hosts may resolve to, none by default. `loopback`
    opens this machine for tests and demos: listed hosts may resolve to it, and
    `localhost`, `127.0.0.1` and `::1`, when listed, are reached at any port, by http too.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[IpNetwork, ...] = ()
    loopback: bool = False

    def require_address(self, place: Destination, address: str) -> None:
        """Raise OutgoingFault unless `address` may be connected to for `place`."""
        found = _plain(ipaddress.ip_address(address.partition("%")[0]))
        if found.is_loopback:
            fits = self.loopback
        else:
            fits = _public(found) or any(found in network for network in self.networks)
        if not fits:
            raise OutgoingFault(f"{place.host} leads to {found}, which is refused", retry=False)

    def allows(self, place: Destination) -> bool:
        """Say whether the allow-list has the host and port with this scheme."""
        here = self.loopback and place.host in _LOOPBACK_NAMES
        if place.scheme != "https" and not here:
            return False
        standard = place.port == _PORTS["https"]
        return f"{place.host}:{place.port}" in self.hosts or (
            place.host in self.hosts and (standard or here)
        )


def server(host: str, port: int, standard: frozenset[int], rules: Rules) -> Destination:
    """Return a server that speaks something else than HTTP, encrypted.

    It is on the list as `host:port`, or as `host` when the port is a standard one. Raises
    OutgoingFault when it is not.
    """
    name = host.rstrip(".").lower()
    listed = f"{name}:{port}" in rules.hosts or (name in rules.hosts and port in standard)
    if not listed:
        raise OutgoingFault(f"{name}:{port} is not on the list of allowed hosts", retry=False)
    return Destination("", "", name, port)


def destination(url: str, rules: Rules) -> Destination:
    """Return the parts of a URL. Raises OutgoingFault when it is not on the allow-list."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise OutgoingFault("the address is no URL", retry=False) from error
    if parts.scheme not in _PORTS or not host or parts.username is not None or "\\" in url:
        raise OutgoingFault("the address must be https://host/path", retry=False)
    place = Destination(url, parts.scheme, host, port or _PORTS[parts.scheme])
    if not rules.allows(place):
        raise OutgoingFault(f"{place.origin} is not on the list of allowed hosts", retry=False)
    return place


def _plain(address: IpAddress) -> IpAddress:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and any(address in net for net in _TUNNELS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
