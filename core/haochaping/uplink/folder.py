"""The gateway `folder`: tickets and reports as files, for a front machine that copies them.

    <folder>/in/<name>.json     {"no", "grade", …} or {"tickets": [...]}
    <folder>/out/<name>.json    {"business_id", "no", "kind", "state", "outcome", "text", "at"}

Files are read in the order of their names, each once: a new name has to sort behind those
before (20261116-0001.json). Whoever writes a file gives it this name when it is complete.
`folder` is a path, relative ones lie in the deployment's folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from haochaping.hooks.exchange import TicketPage, TicketReport, TicketSystem
from haochaping.hooks.identity import HttpClient
from haochaping.uplink.ticketing import numbered, ticket_of

FILES_AT_ONCE: Final = 50
MOST_BYTES: Final = 1_000_000
MOST_TICKETS: Final = 500


@dataclass(frozen=True, slots=True)
class FolderTickets:
    """One source whose files lie in one folder."""

    folder: Path

    def pull(self, cursor: str) -> TicketPage:
        """Return the tickets of the next files. Raises ValueError, OSError naming the file."""
        names = sorted(one.name for one in (self.folder / "in").glob("*.json"))
        new = [name for name in names if name > cursor]
        page = new[:FILES_AT_ONCE]
        found = [ticket_of(one) for name in page for one in self._tickets(name)]
        return TicketPage(tuple(found), page[-1] if page else cursor, len(new) > len(page))

    def report(self, report: TicketReport) -> str:
        """Write a report; one that was written before stays as it is. Raises OSError."""
        out = self.folder / "out"
        out.mkdir(parents=True, exist_ok=True)
        file = out / f"{quote(report.business_id, safe='')}.json"
        if not file.exists():
            said = {name: getattr(report, name) for name in _REPORTED}
            text = json.dumps({**said, "at": report.at.isoformat()}, ensure_ascii=False, indent=1)
            unfinished = file.with_suffix(".part")
            with unfinished.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(file)
        return report.business_id

    def _tickets(self, name: str) -> list[Mapping[str, Any]]:
        file = self.folder / "in" / name
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(f"{file}: at most {MOST_BYTES} bytes")
        try:
            data = json.loads(file.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise ValueError(f"{file} is no JSON: {error}") from error
        listed = data.get("tickets", [data]) if isinstance(data, dict) else data
        if not isinstance(listed, list) or len(listed) > MOST_TICKETS:
            raise ValueError(f"{file}: expected one ticket, or at most {MOST_TICKETS} in a list")
        if not all(numbered(one) for one in listed):
            raise ValueError(f"{file}: a ticket has no number under no")
        return listed


def make(settings: Mapping[str, Any], http: HttpClient) -> TicketSystem:
    """Make the gateway for `folder`. Raises ValueError without one."""
    if not settings.get("folder"):
        raise ValueError("exchange.sources: the gateway folder needs a folder")
    return FolderTickets(Path(str(settings["home"])) / str(settings["folder"]))


_REPORTED: Final = ("business_id", "no", "kind", "state", "outcome", "text")
