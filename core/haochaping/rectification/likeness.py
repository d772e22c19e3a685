"""Replies that are nearly those of other cases: flagged, for a sham closing looks like this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, select

from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_reply, rectification_case

COMPARED: Final = 300
"""Newest replies of the unit that a new one is compared with."""


@dataclass(frozen=True, slots=True)
class Alike:
    """The reply that is most like the new one: its case and the likeness in percent."""

    public_id: str
    percent: int


def most_alike(conn: Connection, case: Case, text: str, least: int) -> Alike | None:
    """Return the unit's reply in another case that is at least so much like `text`."""
    cases = rectification_case.c
    theirs = (cases.region == case_reply.c.region) & (cases.id == case_reply.c.case_id)
    statement = (
        select(cases.public_id, case_reply.c.text)
        .join(rectification_case, theirs)
        .where(cases.organization_id == case.organization_id, cases.id != case.id)
        .order_by(case_reply.c.id.desc())
        .limit(COMPARED)
    )
    known = [(row.public_id, row.text) for row in conn.execute(statement)]
    texts = [each for _, each in known]
    best = process.extractOne(text, texts, scorer=fuzz.ratio, score_cutoff=least)
    return None if best is None else Alike(known[best[2]][0], int(best[1]))
