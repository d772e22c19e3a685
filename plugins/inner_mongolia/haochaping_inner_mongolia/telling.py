"""Telling the listed person: that they are listed, why, until when, and how to appeal.

Told by SMS at the number they left with their service, else by a letter that a person prints
and hands over. Each state of an entry is told once; a stop in between is made good by a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select, update

from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import from_micros, micros
from haochaping_inner_mongolia.problems import NotInThatState
from haochaping_inner_mongolia.states import APPEAL_PATH, APPEALED, EXPIRED, LIFTED, LISTED
from haochaping_inner_mongolia.tables import entry

LETTER, HANDED = "letter", "handed"
UPHELD: Final = "upheld"
KEPT: Final = "kept"
APPEAL: Final = f"{{site}}{APPEAL_PATH}"
SUBJECT: Final = Words("关于您的评价的告知", "About your ratings")

TEXTS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        LISTED: Words(
            "依据{basis}，您已被列入恶意评价人员信息库，至{until}止。期间您的评价仍会保存，但不计入统计；"
            "您办事不受影响。如有异议，可凭评价回执编号在 {appeal} 申诉，或拨打{hotline}。",
            "Under {basis} you are in the registry of malicious raters until {until}. Your ratings "
            "are kept but not counted; the services you get are not affected. To appeal, go to "
            "{appeal} with the code of a receipt, or call {hotline}.",
        ),
        UPHELD: Words(
            "您对列入恶意评价人员信息库的申诉已复核，维持原认定，至{until}止。仍有异议请拨打{hotline}。",
            "Your appeal was reviewed: the entry in the registry stays until {until}. "
            "If you still object, call {hotline}.",
        ),
        LIFTED: Words(
            "对您列入恶意评价人员信息库的认定已撤销，您的评价恢复计入统计。咨询请拨打{hotline}。",
            "Your entry in the registry of malicious raters was lifted: your ratings count again. "
            "Questions: {hotline}.",
        ),
        EXPIRED: Words(
            "您列入恶意评价人员信息库的期限已满，您的评价恢复计入统计。咨询请拨打{hotline}。",
            "Your term in the registry of malicious raters is over: your ratings count again. "
            "Questions: {hotline}.",
        ),
        KEPT: Words(
            "您列入恶意评价人员信息库的期限已满，今后的评价照常计入统计。咨询请拨打{hotline}。",
            "Your term in the registry of malicious raters is over: what you rate counts as usual. "
            "Questions: {hotline}.",
        ),
    }
)
"""What a listed person is told, by what happened; `{appeal}` and the like are filled in."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is printed: its text and how it reached the person, empty before."""

    entry_id: int
    words: Words
    told_by: str
    told_at: datetime | None


class Telling:
    """Tells listed persons what happened to their entry."""

    def __init__(self, settings: Mapping[str, Any], services: Services) -> None:
        self._settings = settings
        self._services = services

    def tell_all(self) -> int:
        """Tell everybody who was not told of the state of their entry; return how many."""
        return sum(1 for row in self._untold() if self._tell(row))

    def notice(self, number: int, site: str) -> Notice | None:
        """Return the newest notice of an entry for printing, None before there is any."""
        with self._services.records.transaction() as conn:
            row = conn.execute(select(entry).where(entry.c.id == number)).mappings().first()
        if row is None or row["state"] not in (LISTED, APPEALED, LIFTED, EXPIRED):
            return None
        told, filled = row["told_at"], self._words(row)
        words = Words(*(one.replace("{site}", site) for one in (filled.zh, filled.en)))
        return Notice(number, words, row["told_by"], None if told is None else from_micros(told))

    def handed(self, number: int) -> None:
        """Note that the letter was handed over. Raises NotInThatState when there is none."""
        over = update(entry).where(entry.c.id == number, entry.c.told_by == LETTER)
        at = micros(self._services.now())
        with self._services.records.transaction() as conn:
            if conn.execute(over.values(told_by=HANDED, told_at=at)).rowcount != 1:
                raise NotInThatState

    def _untold(self) -> Sequence[Mapping[str, Any]]:
        new = entry.c.state.in_((LISTED, LIFTED, EXPIRED)), entry.c.told_state != entry.c.state
        with self._services.records.transaction() as conn:
            found = conn.execute(select(entry).where(*new, entry.c.until_at.is_not(None)))
            return [dict(row) for row in found.mappings()]

    def _tell(self, row: Mapping[str, Any]) -> bool:
        once = f"entry:{row['id']}:{row['state']}:{row['appealed_at'] or 0}"
        service = row["case_no"], row["occurrence_no"]
        by = self._services.exclusion.tell(*service, once, (SUBJECT, self._words(row)))
        same = update(entry).where(entry.c.id == row["id"], entry.c.state == row["state"])
        at = micros(self._services.now())
        with self._services.records.transaction() as conn:
            told = same.values(told_state=row["state"], told_by=by, told_at=at)
            return bool(conn.execute(told).rowcount)

    def _words(self, row: Mapping[str, Any]) -> Words:
        told = _what(row)
        if told == EXPIRED and self._settings.get("after_term") == "keep":
            told = KEPT
        own = self._settings.get("notice") if told == LISTED else None
        words = TEXTS[told] if own is None else Words(own["zh"], own.get("en", ""))
        return Words(self._filled(words.zh, row), self._filled(words.en, row))

    def _filled(self, text: str, row: Mapping[str, Any]) -> str:
        zone = self._services.worktime.zone
        known = {
            "{basis}": str(self._settings.get("legal_basis", "")),
            "{until}": f"{from_micros(row['until_at']).astimezone(zone):%Y-%m-%d %H:%M}",
            "{hotline}": str(self._settings.get("hotline", "12345")),
            "{appeal}": APPEAL,
        }
        for name, value in known.items():
            text = text.replace(name, value)
        return text


def _what(row: Mapping[str, Any]) -> str:
    """Return which text fits: a listed person whose appeal was rejected gets another one."""
    if row["state"] in (LIFTED, EXPIRED):
        return str(row["state"])
    return UPHELD if row["state"] == LISTED and row["appealed_at"] is not None else LISTED
