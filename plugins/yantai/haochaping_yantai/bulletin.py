"""Sections of a bulletin: what was held and said in its period, the strict rate beside the rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from haochaping.hooks.disclosure import BulletinView, Section
from haochaping.hooks.services import Lookup
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_yantai.diary import HELD, KINDS, PUBLISHED
from haochaping_yantai.guests import CAME, REGISTERED

Row = Mapping[str, Any]


def sections(
    bulletin: BulletinView, lookup: Lookup, topics: Mapping[str, Words]
) -> Iterator[Section]:
    """Yield the sections; those of a period without a gathering say so."""
    strict = tuple(_strict(bulletin.figures))
    if strict:
        yield Section(_STRICT, strict, order=200)
    yield _gatherings(_held(bulletin, lookup), lookup, topics)


def _strict(figures: Mapping[str, Any]) -> Iterator[Words]:
    """Yield 非常满意度 beside 满意度, as both stand on the boards, and how it has moved."""
    strict, usual = figures.get("strict_satisfaction"), figures.get("satisfaction")
    if strict is None or usual is None:
        return
    before = figures.get("previous.strict_satisfaction")
    zh, en = (f"（上期{before}）", f" ({before} in the period before)") if before else ("", "")
    yield Words(
        f"非常满意度{strict}{zh}，满意度{usual}。",
        f"Strict satisfaction {strict}{en}, satisfaction {usual}.",
    )


def _held(bulletin: BulletinView, lookup: Lookup) -> tuple[Row, ...]:
    """Return the events that took place in the period, the earliest first."""
    if bulletin.since is None or bulletin.until is None:
        return ()
    first, end = micros(bulletin.since), micros(bulletin.until)
    found = [
        row
        for state in (HELD, PUBLISHED)
        for row in lookup.all("yantai_event", state=state)
        if first <= row["starts_at"] < end
    ]
    return tuple(sorted(found, key=lambda row: (row["starts_at"], row["id"])))


def _gatherings(held: Sequence[Row], lookup: Lookup, topics: Mapping[str, Words]) -> Section:
    if not held:
        return Section(_GATHERINGS, (_NOTHING,), order=210)
    guests = [one for row in held for one in lookup.all("yantai_guest", event_id=row["id"])]
    said = [one for row in held for one in lookup.all("yantai_opinion", event_id=row["id"])]
    counted = Counter(one["topic"] for one in said)
    named = sorted(counted, key=lambda topic: (-counted[topic], topic))
    rows = tuple((topics.get(topic, Words(topic)).zh, f"{counted[topic]:,}") for topic in named)
    told = (_events(held, guests), _opinions(said))
    return Section(_GATHERINGS, told, _COLUMNS if rows else (), rows, order=210)


def _events(held: Sequence[Row], guests: Sequence[Row]) -> Words:
    kinds = Counter(row["kind"] for row in held)
    zh = "、".join(f"{KINDS[kind].zh}{kinds[kind]}场" for kind in KINDS if kinds[kind])
    en = ", ".join(f"{KINDS[kind].en.lower()}: {kinds[kind]}" for kind in KINDS if kinds[kind])
    came = sum(one["state"] == CAME for one in guests)
    registered = sum(one["state"] in (REGISTERED, CAME) for one in guests)
    return Words(
        f"举办{zh}，报名{registered}人，到场{came}人。",
        f"Held: {en}; {registered} registered, {came} came.",
    )


def _opinions(said: Sequence[Row]) -> Words:
    cases = sum(bool(one["case_public_id"]) for one in said)
    answered = sum(bool(one["answer"]) for one in said)
    return Words(
        f"收到意见{len(said)}条，其中转为工单{cases}条，当场或会后答复{answered}条。",
        f"{len(said)} opinions: {cases} became cases, {answered} were answered.",
    )


_STRICT: Final = Words("非常满意度", "Strict satisfaction")
_GATHERINGS: Final = Words("企业座谈会与政务开放日", "Symposia and open days")
_NOTHING: Final = Words("本期没有举办座谈会或开放日。", "None was held in this period.")
_COLUMNS: Final = (Words("意见类别", "Topic"), Words("条数", "Opinions"))
