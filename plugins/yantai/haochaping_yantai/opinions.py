"""What was said at an event: many opinions, each for the unit concerned, each with an answer.

An opinion that asks for something becomes a case of the core, with the jurisdiction's own
deadlines; its published reply is what the event's page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select, update

from haochaping.hooks.services import CaseProgress, Services
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_yantai import diary
from haochaping_yantai.diary import Diary
from haochaping_yantai.problems import Incomplete, NoSuchEvent, NotNow
from haochaping_yantai.tables import opinion

KIND: Final = "event"
TOPICS: Final[Mapping[str, Words]] = {
    "service": Words("窗口服务", "Service at windows"),
    "process": Words("办事流程", "Procedures"),
    "efficiency": Words("办理时限", "How long it takes"),
    "online": Words("网上办事", "Online services"),
    "policy": Words("政策咨询", "Policy questions"),
    "facility": Words("场地设施", "Premises"),
    "other": Words("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """An opinion as the minute-taker writes it down; `grade` 1–5 or None; no names."""

    organization_id: int
    topic: str
    text: str
    grade: int | None
    as_case: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """An opinion and what came of it; `progress` is None without a case that reached its unit."""

    id: int
    organization: Words
    topic: str
    text: str
    grade: int | None
    case_public_id: str
    progress: CaseProgress | None
    answer: str

    @property
    def outcome(self) -> str:
        """What came of it: the case's published reply, or the answer given at once."""
        return (self.progress.reply if self.progress is not None else "") or self.answer


class Opinions:
    """The opinions of one deployment's events."""

    def __init__(self, services: Services, topics: Mapping[str, Words]) -> None:
        self._services = services
        self._topics = topics
        self._diary = Diary(services)

    def record(self, number: int, said: Said, account_id: int) -> int:
        """Write an opinion down and open its case if one is asked for; return its id.

        The core's own rows are made under the id of ours, so doing it again doubles nothing.
        Raises Incomplete, NotNow, NoSuchEvent.
        """
        self._require_held(number, account_id)
        self._require_sound(said)
        own = self._services.new_id()
        with self._services.records.transaction() as conn:
            conn.execute(insert(opinion).values(self._row(own, number, said, account_id)))
        self._hand_on(own, said)
        self._services.audit("opinion", f"event:{number}", {"account": account_id})
        return own

    def answer(self, own: int, text: str, account_id: int) -> None:
        """State what came of an opinion. Raises Incomplete, NoSuchEvent."""
        if not text:
            raise Incomplete(Words("请写明答复", "Write the answer"))
        row = self._services.lookup.one("yantai_opinion", id=own)
        if row is None:
            raise NoSuchEvent
        self._diary.find(row["event_id"], account_id)
        with self._services.records.transaction() as conn:
            conn.execute(update(opinion).where(opinion.c.id == own).values(answer=text))
        self._services.audit("answered", f"opinion:{own}", {"account": account_id})

    def complete(self) -> int:
        """Hand on what a stop cut off between our row and the core's; return how many."""
        cut = select(opinion).where(opinion.c.opinion_id.is_(None))
        with self._services.records.transaction() as conn:
            rows = conn.execute(cut).mappings().all()
        for row in rows:
            wanted = row["case_public_id"] == _WANTED
            self._hand_on(row["id"], _said(row, wanted))
        return len(rows)

    def of_event(self, number: int) -> tuple[Opinion, ...]:
        """Return the opinions of an event in the order they were written down."""
        query = select(opinion).where(opinion.c.event_id == number).order_by(opinion.c.id)
        with self._services.records.transaction() as conn:
            rows = conn.execute(query).mappings().all()
        return tuple(self._opinion(row) for row in rows)

    def _hand_on(self, own: int, said: Said) -> None:
        key = f"opinion:{own}"
        recorded = self._services.opinions.record(
            idempotency_key=key,
            kind=KIND,
            organization_id=said.organization_id,
            grade=said.grade,
            text=said.text,
        )
        case = ""
        if said.as_case:
            why = "活动上提出的意见"
            case = self._services.cases.open(idempotency_key=key, opinion_id=recorded, reason=why)
        with self._services.records.transaction() as conn:
            after = {"opinion_id": recorded, "case_public_id": case}
            conn.execute(update(opinion).where(opinion.c.id == own).values(after))

    def _row(self, own: int, number: int, said: Said, account_id: int) -> dict[str, Any]:
        return {
            "id": own,
            "event_id": number,
            "organization_id": said.organization_id,
            "topic": said.topic,
            "text": said.text,
            "grade": said.grade,
            "case_public_id": _WANTED if said.as_case else "",
            "recorded_by": account_id,
            "recorded_at": micros(self._services.now()),
        }

    def _opinion(self, row: Mapping[str, Any]) -> Opinion:
        unit = self._services.catalog.organization(row["organization_id"])
        public_id = "" if row["case_public_id"] == _WANTED else row["case_public_id"]
        return Opinion(
            id=row["id"],
            organization=Words("", "") if unit is None else unit.name,
            topic=row["topic"],
            text=row["text"],
            grade=row["grade"],
            case_public_id=public_id,
            progress=self._services.cases.progress(public_id) if public_id else None,
            answer=row["answer"],
        )

    def _require_held(self, number: int, account_id: int) -> None:
        found = self._diary.find(number, account_id)
        if found.state not in (diary.HELD, diary.PUBLISHED):
            raise NotNow(Words("请先登记活动已举办", "First record that the event was held"))

    def _require_sound(self, said: Said) -> None:
        if said.topic not in self._topics:
            raise Incomplete(Words("请选择意见的类别", "Choose the topic"))
        if not said.text:
            raise Incomplete(Words("请写明意见内容", "Write down what was said"))
        if said.grade is not None and said.grade not in range(1, 6):
            raise Incomplete(Words("评价应为 1 至 5", "A grade is a number from 1 to 5"))
        if self._services.catalog.organization(said.organization_id) is None:
            raise Incomplete(Words("请选择意见涉及的单位", "Choose the unit concerned"))


_WANTED: Final = "?"
"""Stands for the case's number until it is known."""


def _said(row: Mapping[str, Any], as_case: bool) -> Said:
    return Said(row["organization_id"], row["topic"], row["text"], row["grade"], as_case)
