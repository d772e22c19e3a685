"""Connecting to the address that was checked, not to what the name gives a moment later."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from haochaping.delivery.addresses import Destination


class PinnedAdapter(HTTPAdapter):
    """Sends requests for one destination to one address; TLS still proves the host's name."""

    def __init__(self, place: Destination, address: str) -> None:
        self._place = place
        self._address = address
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        """Put the address in the host's place and keep the name for the certificate."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        host["host"] = self._address
        named: dict[str, Any] = dict(pool)
        if self._place.scheme == "https":
            named["server_hostname"] = self._place.host
        return host, named
