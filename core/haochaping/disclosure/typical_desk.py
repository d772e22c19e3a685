"""Writing, signing, publishing and withdrawing typical cases (典型案例).

One person writes, two others sign the same version, and with the second signature it is public.
A change makes a new version, for which nobody has signed. What was public keeps its address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from haochaping.catalog.tables import item
from haochaping.disclosure import search
from haochaping.disclosure.deidentifying import Cleaned, Deidentifier, Known, repliers
from haochaping.disclosure.publisher import By, ReasonMissing
from haochaping.disclosure.tables import typical_case, typical_signature
from haochaping.disclosure.typical import DRAFT, DROPPED, LIVE, PUBLISHED, SIGNING, WITHDRAWN
from haochaping.disclosure.typical_problems import (
    TypicalChanged,
    TypicalGone,
    TypicalOwn,
    TypicalRefused,
    TypicalText,
)
from haochaping.evaluation.texts import clean
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words
from haochaping.ids import new_id, random_code
from haochaping.journal import Emit, Event
from haochaping.rectification.records import Case
from haochaping.store import Store
from haochaping.store.upsert import insert_or_ignore

SIGNATURES: Final = 2
ID_SIGNS: Final = 10
LONGEST: Final[Mapping[str, int]] = {
    "title": 40,
    "said": 1000,
    "found": 1000,
    "done": 1000,
    "learnt": 1000,
    "english": 2000,
}
"""Texts of a typical case, each with the characters it may have."""
NEEDED: Final = ("title", "said", "found", "done")
LABELS: Final[Mapping[str, Words]] = {
    "title": Words("标题", "Title"),
    "said": Words("群众反映", "What was said"),
    "found": Words("调查核实", "What was found"),
    "done": Words("整改情况", "What was done"),
    "learnt": Words("举一反三", "What was learnt"),
    "english": Words("英文摘要", "Summary in English"),
}
_CASE: Final = ("region", "served_month", "occurrence_id", "organization_id", "hall_id", "staff_id")


@dataclass(frozen=True, slots=True)
class Begin:
    """The case that a draft starts from, and the texts it starts with."""

    case: Case
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """Moves typical cases; every move is one transaction and one event of the journal."""

    masks: Deidentifier
    emit: Emit

    def begin(self, store: Store, start: Begin, by: By) -> int:
        """Make a draft of a closed case; return the one there is, if there is one.

        Raises TypicalRefused for a case that is open, void or about a sensitive item.
        """
        case = start.case
        with store.read() as conn:
            _require_fit(conn, case)
            known = self.masks.known(conn, case)
        cleaned = self._cleaned(known, start.texts)
        row = {
            "id": new_id(),
            "public_id": random_code(ID_SIGNS),
            "case_id": case.id,
            "item_id": case.item_id,
            "grade": case.grade,
            **{name: getattr(case, name) for name in _CASE},
            **_values(cleaned),
            "state": DRAFT,
            "version": 1,
            "begun_by": by.account_id,
            "written_by": by.account_id,
            "written_at": by.at,
        }
        with store.write() as conn:
            made = insert_or_ignore(conn, typical_case, [row])
            found = conn.execute(_live_of(case.id)).one()
            if made:
                self._tell(conn, "begun", found, by)
        return int(found.id)

    def save(
        self, store: Store, row: Row[Any], case: Case, texts: Mapping[str, str], by: By
    ) -> None:
        """Keep texts, masked, as a new version that nobody has signed.

        Raises TypicalText, TypicalChanged.
        """
        tidy = {name: _tidy(name, texts.get(name, "")) for name in LONGEST}
        with store.read() as conn:
            known = self.masks.known(conn, case)
        values = _values(self._cleaned(known, tidy))
        with store.write() as conn:
            written = {"written_by": by.account_id, "written_at": by.at, "note": ""}
            masked = list(dict.fromkeys([*row.masked, *values["masked"]]))
            changed = {**values, **written, "masked": masked}
            changed |= {"state": DRAFT, "version": row.version + 1}
            self._move(conn, row, (DRAFT, SIGNING), "written", by, changed)

    def submit(self, conn: Connection, row: Row[Any], by: By) -> None:
        """Ask for signatures. Raises TypicalText for what is missing, TypicalChanged."""
        for name in NEEDED:
            if not getattr(row, name):
                raise _text(name, Words("请填写", "please fill it in"))
        if row.failure:
            raise _text(
                "said",
                Words(
                    "插件没有完成遮盖，请稍后重新保存",
                    "a plugin failed: save it again later",
                ),
            )
        self._move(conn, row, (DRAFT,), "submitted", by, {"state": SIGNING})

    def send_back(self, conn: Connection, row: Row[Any], note: str, by: By) -> None:
        """Give it back to be written anew, with a note. Raises ReasonMissing, TypicalChanged."""
        changed = {"state": DRAFT, "version": row.version + 1, "note": _reason(note)}
        self._move(conn, row, (SIGNING,), "sent_back", by, changed)

    def sign(self, conn: Connection, row: Row[Any], by: By) -> int:
        """Sign the version that was looked at; the second signature publishes it.

        Signing twice changes nothing. Returns the signatures there are now.
        Raises TypicalOwn, TypicalChanged.
        """
        if by.account_id in {row.begun_by, row.written_by, *repliers(conn, row.case_id)}:
            raise TypicalOwn()
        self._hold(conn, row, SIGNING)
        mark = {"typical_id": row.id, "version": row.version, "account_id": by.account_id}
        if insert_or_ignore(conn, typical_signature, [{**mark, "at": by.at}]):
            self._tell(conn, "signed", row, by)
        count = len(signers(conn, row))
        if count >= SIGNATURES:
            changed = {"state": PUBLISHED, "published_at": by.at}
            self._move(conn, row, (SIGNING,), "published", by, changed)
            search.keep(conn, search.TYPICAL, [row.id])
        return count

    def withdraw(self, conn: Connection, row: Row[Any], reason: str, by: By) -> None:
        """Take a published one down; its address says so and why. A draft is dropped.

        Raises ReasonMissing, TypicalChanged.
        """
        state = WITHDRAWN if row.state == PUBLISHED else DROPPED
        gone = {"withdrawn_by": by.account_id, "withdrawn_at": by.at, "reason": _reason(reason)}
        self._move(conn, row, (row.state,), state, by, {"state": state, **gone})
        search.forget(conn, search.TYPICAL, [row.id])

    def _cleaned(self, known: Known, texts: Mapping[str, str]) -> Mapping[str, Cleaned]:
        return {name: self.masks.clean(known, texts.get(name, "")) for name in LONGEST}

    def _hold(self, conn: Connection, row: Row[Any], state: str) -> None:
        """Keep others from moving it in this transaction. Raises TypicalChanged."""
        same = (typical_case.c.id == row.id) & (typical_case.c.version == row.version)
        held = update(typical_case).where(same, typical_case.c.state == state)
        if conn.execute(held.values(version=row.version)).rowcount != 1:
            raise TypicalChanged()

    def _move(
        self,
        conn: Connection,
        row: Row[Any],
        states: tuple[str, ...],
        kind: str,
        by: By,
        changed: Mapping[str, Any],
    ) -> None:
        same = (typical_case.c.id == row.id) & (typical_case.c.version == row.version)
        moved = conn.execute(
            update(typical_case).where(same, typical_case.c.state.in_(states)).values(**changed)
        )
        if row.state not in LIVE or moved.rowcount != 1:
            raise TypicalChanged()
        self._tell(conn, kind, row, by)

    def _tell(self, conn: Connection, kind: str, row: Row[Any], by: By) -> None:
        told = {"typical": row.public_id, "version": row.version, "account": by.account_id}
        event = Event(f"typical.{kind}", f"typical:{row.public_id}", told, row.region)
        self.emit(conn, event, by.at)


def find(conn: Connection, number: int) -> Row[Any]:
    """Return a row by its id. Raises TypicalGone."""
    row = conn.execute(select(typical_case).where(typical_case.c.id == number)).one_or_none()
    if row is None:
        raise TypicalGone()
    return row


def signers(conn: Connection, row: Row[Any]) -> tuple[int, ...]:
    """Return the accounts that signed the present version, the first one first."""
    signed = typical_signature.c
    statement = (
        select(signed.account_id)
        .where(signed.typical_id == row.id, signed.version == row.version)
        .order_by(signed.at, signed.account_id)
    )
    return tuple(conn.execute(statement).scalars())


def _live_of(case_id: int) -> Any:
    told = typical_case.c
    return select(typical_case).where(told.case_id == case_id, told.state.in_(LIVE))


def _require_fit(conn: Connection, case: Case) -> None:
    if case.state is not CaseState.CLOSED:
        raise TypicalRefused(Words("工单还没有办结", "the case is not closed yet"))
    if case.outcome in (Outcome.VOID, Outcome.WITHDRAWN):
        raise TypicalRefused(Words("评价已作废或撤回", "the rating behind it is void or withdrawn"))
    if conn.execute(select(item.c.sensitive).where(item.c.id == case.item_id)).scalar():
        raise TypicalRefused(Words("涉及敏感事项，不公开", "it is about a sensitive item"))


def _values(cleaned: Mapping[str, Cleaned]) -> dict[str, Any]:
    failures = dict.fromkeys(one.failure for one in cleaned.values() if one.failure)
    return {
        **{name: one.text for name, one in cleaned.items()},
        "masked": list(dict.fromkeys(why for one in cleaned.values() for why in one.reasons)),
        "failure": "; ".join(failures),
    }


def _tidy(name: str, text: str) -> str:
    tidy, longest = clean(text), LONGEST[name]
    if len(tidy) > longest:
        raise _text(
            name,
            Words(
                f"共 {len(tidy)} 字，最多 {longest} 字",
                f"{len(tidy)} signs, at most {longest}",
            ),
        )
    return tidy


def _text(name: str, what: Words) -> TypicalText:
    label = LABELS[name]
    said = Words(f"{label.zh}：{what.zh}", f"{label.en}: {what.en}")
    return TypicalText(said, field=name)


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissing()
    return clean(text)[:200]
