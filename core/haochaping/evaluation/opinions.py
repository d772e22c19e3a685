"""Opinions: ratings without an occurrence (综合点评, inspections, events), counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from haochaping.access import data_keys
from haochaping.catalog.tables import organization
from haochaping.crypto import Keyring
from haochaping.evaluation import wording
from haochaping.evaluation.problems import FieldFault, InvalidEvaluation
from haochaping.evaluation.tables import opinion
from haochaping.evaluation.texts import clean
from haochaping.hooks.values import Channel, Provenance, Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.store.upsert import insert_or_ignore

RECORDED: Final = "opinion.recorded"
COMPREHENSIVE: Final = "comprehensive"
"""The kind of opinions that citizens give of a hall or unit (综合点评)."""
_TOLD: Final = ("id", "kind", "organization_id", "hall_id", "grade", "channel", "provenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """An opinion about an organization or hall; `kind` is a word such as `comprehensive`.

    `channel` is how it came, `provenance` who brought it in, `entered_by` the account that
    wrote it down for somebody else.
    """

    idempotency_key: str
    kind: str
    organization_id: int
    hall_id: int | None = None
    grade: int | None = None
    text: str = ""
    channel: str = Channel.COMPREHENSIVE
    provenance: str = Provenance.CITIZEN
    entered_by: int | None = None


@dataclass(frozen=True, slots=True)
class OpinionBook:
    """Takes opinions in: keys for their words, and the journal."""

    keyring: Keyring
    emit: Emit

    def record(self, conn: Connection, given: Opinion, at: datetime) -> int:
        """Store an opinion and return its id; the same idempotency key returns the same id.

        Raises InvalidEvaluation when the grade is none of the five or the unit is unknown.
        """
        known = _known(conn, given.idempotency_key)
        return self._add(conn, given, at) if known is None else known

    def words_of(self, conn: Connection, opinion_id: int) -> str:
        """Return the words of an opinion; empty when there are none."""
        row = conn.execute(_BY_ID, {"id": opinion_id}).one_or_none()
        if row is None:
            return ""
        return wording.open_words(
            conn, self.keyring, row.text_sealed, row.text_key_id, _subject(opinion_id)
        )

    def _add(self, conn: Connection, given: Opinion, at: datetime) -> int:
        opinion_id, region = new_id(), _region(conn, given)
        text = clean(given.text)
        words = None
        if text:
            owner = wording.Owner(_subject(opinion_id), None)
            words = wording.seal(conn, self.keyring, text, owner, at)
        row = {
            "id": opinion_id,
            "region": region,
            "kind": given.kind,
            "organization_id": given.organization_id,
            "hall_id": given.hall_id,
            "grade": given.grade,
            "text_sealed": words and words.sealed,
            "text_key_id": words and words.key_id,
            "idempotency_key": given.idempotency_key,
            "at": at,
            "channel": str(given.channel),
            "provenance": str(given.provenance),
            "entered_by": given.entered_by,
        }
        if not insert_or_ignore(conn, opinion, [row]):
            if words is not None:
                data_keys.destroy(conn, words.key_id)
            return _known(conn, given.idempotency_key) or opinion_id
        payload = {name: row[name] for name in _TOLD}
        payload["text"] = words.commitment if words else ""
        self.emit(conn, Event(RECORDED, _subject(opinion_id), payload, region), at)
        return opinion_id


_BY_ID: Final = select(opinion.c.text_sealed, opinion.c.text_key_id).where(
    opinion.c.id == bindparam("id")
)
_BY_KEY: Final = select(opinion.c.id).where(opinion.c.idempotency_key == bindparam("wanted"))
_REGION_OF: Final = select(organization.c.region).where(organization.c.id == bindparam("id"))


def _known(conn: Connection, idempotency_key: str) -> int | None:
    found: int | None = conn.execute(_BY_KEY, {"wanted": idempotency_key}).scalar_one_or_none()
    return found


def _region(conn: Connection, given: Opinion) -> str:
    region = conn.execute(_REGION_OF, {"id": given.organization_id}).scalar_one_or_none()
    if region is None:
        unknown = Words("没有这个机构", "There is no such organization")
        raise InvalidEvaluation([FieldFault("organization_id", "HCP-UNKNOWN-UNIT", unknown)])
    if given.grade is not None and given.grade not in {1, 2, 3, 4, 5}:
        wrong = Words("评价等级应为 1 至 5 的整数", "The grade is a whole number from 1 to 5")
        raise InvalidEvaluation([FieldFault("grade", "HCP-GRADE-INVALID", wrong)])
    return str(region)


def _subject(opinion_id: int) -> str:
    return f"opinion:{opinion_id}"
