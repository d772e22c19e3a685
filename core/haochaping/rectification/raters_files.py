"""Files that raters hand in about their case, beside their messages to the unit.

They lie with the evidence of the other sides: counted, sealed under the rater's own key,
read on the record, destroyed with the rater or after their term. A picture is drawn anew,
so that nothing a camera wrote comes along; staff see a number and the day, never the name
that the file had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import Attachment, Upload
from haochaping.attachments.media import FileRefused, Limits
from haochaping.evaluation.retouching import PhotoLimits, redrawn
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Words
from haochaping.rectification import contacts, evidence
from haochaping.rectification.actors import RATER
from haochaping.rectification.context import Context
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import Case, by_id

NAME: Final = "file"
_PDF: Final = b"%PDF-"
_NONE: Final = Words(
    "这件事现在不收文件：可能已办结，或者本地没有开通",
    "No files are taken now: the case is closed, or this place takes none",
)


@dataclass(frozen=True, slots=True)
class Handed:
    """A file of a rater; the same key is the same file."""

    data: bytes = field(repr=False)
    key: str
    at: datetime


def offered(context: Context, conn: Connection, case_id: int) -> Limits | None:
    """Return what the rater of a case may hand in now, None when nothing."""
    case = by_id(conn, case_id)
    mine = evidence.RATER in evidence.sides_of(context, case, RATER)
    return evidence.limits(context.rules.handling.evidence) if mine else None


def add(context: Context, conn: Connection, vault: Vault, case_id: int, handed: Handed) -> int:
    """Keep a file of the rater in the caller's transaction; it is an answer to the unit too.

    Raises NeedMissing when none is taken, FileRefused, TooManyFiles.
    """
    case, limits = by_id(conn, case_id), offered(context, conn, case_id)
    if limits is None:
        raise NeedMissing(_NONE)
    upload = Upload(
        owner=case.subject,
        region=case.region,
        kind=evidence.KIND,
        side=evidence.RATER,
        name=NAME,
        data=cleaned(handed.data, limits),
        key=f"{case.subject}:rater:{handed.key}",
        person_id=_person(conn, case),
    )
    file_id = files.add(conn, vault, context.emit, (upload, limits), handed.at)
    contacts.answered(conn, case, handed.at)
    return file_id


def of(conn: Connection, vault: Vault, case_id: int) -> tuple[Attachment, ...]:
    """Return what the rater has handed in, oldest first."""
    case = by_id(conn, case_id)
    return tuple(one for one in evidence.of(conn, vault, case) if one.side == evidence.RATER)


def cleaned(data: bytes, limits: Limits) -> bytes:
    """Return a picture drawn anew, a PDF as it is. Raises FileRefused with what is taken."""
    if not data or data.startswith(_PDF):
        return data
    try:
        return redrawn(data, PhotoLimits(limits.files_max, limits.bytes_max))
    except FileRefused as refusal:
        said, taken = refusal.detail, limits.words
        raise FileRefused(
            Words(
                f"{said.zh}。可以上传：{taken.zh}", f"{said.into('en')}. Taken: {taken.into('en')}"
            )
        ) from refusal


def _person(conn: Connection, case: Case) -> int | None:
    """Return whose key seals the file; None for a key of its own."""
    if case.origin_kind != EVALUATION or case.evaluation_id is None:
        return None
    statement = select(evaluation.c.person_id).where(
        evaluation.c.region == case.region,
        evaluation.c.served_month == case.served_month,
        evaluation.c.id == case.evaluation_id,
    )
    person: int | None = conn.execute(statement).scalar_one_or_none()
    return person
