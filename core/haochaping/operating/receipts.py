"""The receipt journal: what was acknowledged, beside the database, on a path of its own.

One line of JSON for each rating that was acknowledged, each message that was delivered and
each seal that was set. It holds ids and digests, never words, persons or receipt codes. After
a backup was restored it says what the world outside knows and the database does not.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.values import OccurrenceKey
from haochaping.logs import log

RECEIPT: Final = "receipt"
MESSAGE: Final = "message"
SEAL: Final = "seal"
_MODE: Final = 0o600
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what happened, when, and its ids."""

    kind: str
    at: datetime
    told: Mapping[str, Any]


class ReceiptJournal:
    """Appends lines, each with one write, so that processes do not mix theirs.

    Without a path it keeps nothing. A line that cannot be written (disk full) is logged and
    stops nobody: the rating is in the database.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None

    def receipt(self, code: str, key: OccurrenceKey, occurrence: int, at: datetime) -> None:
        """Note that a rating was acknowledged; of the code only a digest is kept."""
        told = {"evaluation": f"{key.region}:{key.served_month}:{key.id}"}
        self._note(RECEIPT, {**told, "occurrence": occurrence, "code": digest(code)}, at)

    def message(self, business_id: str, gateway: str, at: datetime) -> None:
        """Note that a message was delivered."""
        self._note(MESSAGE, {"business_id": business_id, "gateway": gateway}, at)

    def seal(self, number: int, head: str, at: datetime) -> None:
        """Note that a seal was set."""
        self._note(SEAL, {"number": number, "head": head}, at)

    def _note(self, kind: str, told: Mapping[str, Any], at: datetime) -> None:
        if self._path is None:
            return
        line = json.dumps({"kind": kind, "at": at.isoformat(), **told}, ensure_ascii=False)
        result = contained(
            "receipt journal", lambda: os.write(self._opened(), f"{line}\n".encode())
        )
        if not result.ok:
            log("receipts.not_noted", error=result.message)

    def _opened(self) -> int:
        """Return the file of this process: after a fork it is opened anew."""
        if self._path is None:
            raise ValueError("there is no receipt journal")
        if self._file is None or self._file[0] != os.getpid():
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._file = (os.getpid(), os.open(self._path, flags, _MODE))
        return self._file[1]


def digest(code: str) -> str:
    """Return by what a receipt code is known in the journal."""
    return hashlib.sha256(f"haochaping/receipt/{code}".encode()).hexdigest()[:_DIGITS]


def read(path: Path) -> Iterator[Line]:
    """Yield the lines in order; one that was cut short by a crash is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            parsed = contained("receipt line", lambda text=text: json.loads(text))  # type: ignore[misc]
            if isinstance(parsed.value, dict) and {"kind", "at"} <= parsed.value.keys():
                told = dict(parsed.value)
                yield Line(told.pop("kind"), datetime.fromisoformat(told.pop("at")), told)
