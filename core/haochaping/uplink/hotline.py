"""The gateway `http`: tickets and reports as JSON, for example with a city's 12345 hotline.

    GET  <url>/tickets?after=<cursor>     {"tickets": [...], "cursor": "...", "more": false}
    POST <url>/tickets/<no>/reports       {"kind", "state", "outcome", "text", "at"}

with `Authorization: Bearer <secret>`; each report carries its business id as Idempotency-Key.
An answer of 409 to a report means that it was told before, which is a success.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from haochaping.delivery.addresses import OutgoingFault
from haochaping.hooks.exchange import TicketPage, TicketReport, TicketSystem
from haochaping.hooks.identity import HttpClient
from haochaping.uplink.ticketing import numbered, ticket_of

_TOLD_BEFORE: Final = 409
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class HttpTickets:
    """One source at one address."""

    url: str
    secret: str = field(repr=False)
    http: HttpClient = field(repr=False)

    def pull(self, cursor: str) -> TicketPage:
        """Return the tickets behind a cursor. Raises OutgoingFault, ValueError."""
        query = urlencode({"after": cursor})
        data = json.loads(self.http.get(f"{self.url}/tickets?{query}", self._headers()).body)
        listed = data["tickets"]
        if len(listed) > _MOST or not all(numbered(one) for one in listed):
            raise ValueError(f"tickets: at most {_MOST}, each with its number under no")
        found = tuple(map(ticket_of, listed))
        return TicketPage(found, str(data["cursor"])[:200], bool(data.get("more")))

    def report(self, report: TicketReport) -> str:
        """Tell what became of a ticket. Raises OutgoingFault."""
        body = {
            "kind": report.kind,
            "state": report.state,
            "outcome": report.outcome,
            "text": report.text,
            "at": report.at.isoformat(),
        }
        url = f"{self.url}/tickets/{quote(report.no, safe='')}/reports"
        headers = {
            **self._headers(),
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": report.business_id,
        }
        try:
            self.http.post(url, json.dumps(body, ensure_ascii=False).encode(), headers)
        except OutgoingFault as error:
            if error.status != _TOLD_BEFORE:
                raise
        return report.business_id

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def make(settings: Mapping[str, Any], http: HttpClient) -> TicketSystem:
    """Make the gateway for `url` and `secret`. Raises ValueError without an address."""
    if not settings.get("url"):
        raise ValueError("exchange.sources: the gateway http needs a url")
    return HttpTickets(str(settings["url"]), str(settings.get("secret", "")), http)
