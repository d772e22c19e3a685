"""Rows of the paper clerks' grid: read twice, compared, handed in one by one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import occurrences
from haochaping.evaluation.invitations import is_short_code
from haochaping.evaluation.problems import (
    AlreadyRated,
    BadLink,
    InvalidEvaluation,
    LinkExpired,
    UnknownOccurrence,
)
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, Provenance, Words
from haochaping.indicators import scale
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web.codes import grouped
from haochaping.web.console import service_card
from haochaping.web.i18n import _, words
from haochaping.web.site import site

PERMISSION: Final = "rating.paper"
KEYED: Final = ("ref", "grade", "options")
"""Fields that are keyed twice; the words are keyed once."""
_LENGTHS: Final = {"ref": 64, "grade": 1, "options": 60, "text": 2000}
_NUMBERED: Final = re.compile(r"(.+)[#/](\d{1,3})")


class Became(StrEnum):
    """What became of a row."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    DIFFERS = "differs"
    DROPPED = "dropped"


NAMES: Final[Mapping[Became, str]] = {
    Became.CREATED: N_("已录入"),
    Became.DUPLICATE: N_("重复，未再录入"),
    Became.REFUSED: N_("未录入"),
    Became.DIFFERS: N_("两遍不一致"),
    Became.DROPPED: N_("无法录入，已剔除"),
}


@dataclass(frozen=True, slots=True)
class Keying:
    """A row as it was keyed once."""

    ref: str = ""
    grade: str = ""
    options: str = ""
    text: str = ""

    @property
    def empty(self) -> bool:
        """Say whether nothing was typed."""
        return not (self.ref or self.grade or self.options or self.text)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons."""
        return tuple(re.findall(r"\d+", self.options))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the grid, keyed twice; `differs` names the fields that are not the same."""

    number: int
    first: Keying
    second: Keying = Keying()
    differs: tuple[str, ...] = ()
    became: Became | None = None
    reason: str = ""
    receipt: str = ""
    rating: OccurrenceKey | None = None

    @property
    def done(self) -> bool:
        """Say whether the row needs no more work."""
        return self.became in (Became.CREATED, Became.DUPLICATE, Became.DROPPED)

    @property
    def outcome(self) -> str:
        """What became of the row, in words."""
        return _(NAMES[self.became]) if self.became else ""

    @property
    def tone(self) -> str:
        """The colour of the outcome."""
        tones: Mapping[Became | None, str] = {Became.CREATED: "good", Became.DUPLICATE: "warn"}
        return tones.get(self.became, "bad")


class Ambiguous(Problem):
    """A number on a sheet is the short code of one service and the case number of another."""

    code = "HCP-PAPER-NUMBER"
    status = 409
    title = Words(
        "这个号码既是一次服务的短码，又是另一个办件的编号；请在办件编号后加“#1”",
        "This is the short code of one service and the number of another case; write the case"
        " number with “#1” behind it",
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What a batch came to: rows by outcome, ratings taken in by grade."""

    by_outcome: tuple[tuple[str, int], ...]
    by_grade: tuple[tuple[str, int], ...]


def read(posted: Mapping[str, str], prefix: str, rows: int) -> list[Keying]:
    """Return what was typed in each row of one keying."""
    return [_keying(posted, f"{prefix}{number}") for number in range(1, rows + 1)]


def compared(row: Row) -> Row:
    """Return the row with the fields in which its two keyings differ."""
    sides = [(_plain(row.first, name), _plain(row.second, name)) for name in KEYED]
    differs = tuple(name for name, (a, b) in zip(KEYED, sides, strict=True) if a != b)
    if not differs:
        return row
    return replace(row, differs=differs, became=Became.DIFFERS, reason=_("请对照原表改正"))


def handed_in(row: Row, key: str) -> Row:
    """Hand a row in that was keyed the same twice; `key` names the sheet for good."""
    try:
        with site().store.read() as conn:
            service = _service(conn, row.second.ref)
            service_card.load(conn, PERMISSION, service)
        receipt = site().intake.submit(_draft(row, service, key))
    except AlreadyRated as problem:
        return replace(row, became=Became.DUPLICATE, reason=words(problem.detail))
    except InvalidEvaluation as problem:
        reason = "；".join(words(fault.detail) for fault in problem.faults)
        return replace(row, became=Became.REFUSED, reason=reason)
    except UnknownOccurrence:
        reason = _("没有这次服务，请核对短码或办件编号")
        return replace(row, became=Became.REFUSED, reason=reason)
    except Problem as problem:
        return replace(row, became=Became.REFUSED, reason=words(problem.detail))
    return replace(
        row, became=Became.CREATED, receipt=grouped(receipt.code), rating=receipt.evaluation
    )


def codes() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the reasons in force by grade, for looking their codes up."""
    options = site().intake.desk.rules.options
    return tuple(
        (
            f"{int(grade)} {words(scale.label(grade))}",
            tuple((one.code, words(one.label)) for one in options.of_grade(grade)),
        )
        for grade in reversed(scale.GRADES)
    )


def totals(outcomes: Sequence[str], grades: Sequence[int | None]) -> Totals:
    """Return what a batch came to, of the outcomes and grades of its sheets."""
    return Totals(
        tuple((_(name), outcomes.count(one.value)) for one, name in NAMES.items()),
        tuple((words(scale.label(grade)), grades.count(int(grade))) for grade in scale.GRADES),
    )


def keying(found: Mapping[str, str]) -> Keying:
    """Return a keying as it was kept."""
    return Keying(**{name: found.get(name, "") for name in _LENGTHS})


def kept(keyed: Keying) -> Mapping[str, str]:
    """Return a keying as it is kept."""
    return {name: getattr(keyed, name) for name in _LENGTHS}


def _keying(posted: Mapping[str, str], prefix: str) -> Keying:
    return Keying(
        **{
            name: " ".join(posted.get(f"{prefix}-{name}", "").split())[:length]
            for name, length in _LENGTHS.items()
        }
    )


def _plain(keying: Keying, name: str) -> object:
    if name == "options":
        return sorted(keying.codes)
    return folded(getattr(keying, name))


def folded(text: str) -> str:
    """Return a code as it is compared: narrow signs, capitals, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def _service(conn: Connection, ref: str) -> OccurrenceKey:
    """Return the service of a short code or case number. Raises UnknownOccurrence.

    Twelve digits are a short code only when their check digit fits and one was issued; a case
    number may look the same, and when both are there nobody can tell which was meant.
    """
    by_number = _by_number(conn, ref)
    try:
        by_code = _by_code(conn, ref)
    except LinkExpired:
        if by_number is None:
            raise
        by_code = None
    if by_code is not None and by_number is not None and by_code != by_number:
        raise Ambiguous
    found = by_number or by_code
    if found is None:
        raise UnknownOccurrence
    return found


def _by_code(conn: Connection, ref: str) -> OccurrenceKey | None:
    digits = folded(ref).replace("-", "")
    if not is_short_code(digits):
        return None
    try:
        return site().invitations.resolve_short(conn, digits, site().clock.now())
    except BadLink:
        return None


def _by_number(conn: Connection, ref: str) -> OccurrenceKey | None:
    narrow = unicodedata.normalize("NFKC", ref).strip()
    numbered = _NUMBERED.fullmatch(narrow)
    case_no, number = (numbered[1], int(numbered[2])) if numbered else (narrow, 1)
    return occurrences.find(conn, case_no, number)


def _draft(row: Row, key: OccurrenceKey, idempotency_key: str) -> Draft:
    """Return the rating of a paper form: nobody proved who filled it in, so it is anonymous."""
    return Draft(
        occurrence=key,
        grade=folded(row.second.grade),
        options=row.second.codes,
        text=row.second.text or row.first.text,
        idempotency_key=idempotency_key,
        client="paper",
        channel=Channel.PAPER,
        provenance=Provenance.PAPER_CLERK,
        identity=Identity.ANONYMOUS,
    )


NEXT: Final[Mapping[str, str]] = {
    "first": N_("待录第一遍"),
    "second": N_("待另一人录第二遍"),
    "differs": N_("待核定差异"),
    "done": N_("已完成"),
}
"""What a pile waits for."""
