"""The rules of a profile in plain sentences, each with its source and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.profile import vocabulary as v
from haochaping.profile.exchange_words import PLACES
from haochaping.profile.indicator_words import tell_indicator, tell_judgements
from haochaping.profile.nodes import Branch, Node, Source, dotted, plain, source_of
from haochaping.profile.profile import Profile
from haochaping.profile.shape import Schema, expectation, profile_schema, resolved


@dataclass(frozen=True, slots=True)
class Sentence:
    """One rule in words; `origin` is the layer's file:line."""

    key: str
    words: Words
    source: Source | None
    origin: str


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one section of the profile."""

    key: str
    title: Words
    sentences: tuple[Sentence, ...]


Teller = Callable[[tuple[str, ...], Mapping[str, Any], Words], Words]


def explain(profile: Profile) -> tuple[Section, ...]:
    """Return all rules of a profile in sentences, section by section."""
    properties = profile_schema()["properties"]
    sections = [
        Section(
            key,
            expectation(properties[key]),
            tuple(_sentences((key,), profile.root.entries[key], properties[key])),
        )
        for key in properties
        if key in profile.root.entries
    ]
    return tuple(section for section in sections if section.sentences)


def _sentences(path: tuple[str, ...], node: Node, schema: Schema) -> Iterator[Sentence]:
    """Yield the sentences of a node: one for what belongs together, else one a value."""
    label = _label(path, schema)
    data = plain(node)
    told, teller = PLACES.get(dotted(path)), _teller(path, data)
    if told is not None and data != {}:
        yield _sentence(path, node, told(data))
    elif teller is not None:
        yield _sentence(path, node, teller(path, data, label))
    elif isinstance(node, Branch):
        yield from _of_map(path, node, resolved(schema))
    elif isinstance(data, list) and any(isinstance(item, dict) for item in data):
        yield from _of_list(path, node, resolved(schema))
    else:
        value = _hours(data) or v.say_value(data)
        words = Words(f"{label.zh}：{value.zh}", f"{label.into('en')}: {value.into('en')}")
        yield _sentence(path, node, words)


def _of_map(path: tuple[str, ...], node: Branch, schema: Schema) -> Iterator[Sentence]:
    properties = schema.get("properties") or {}
    others = schema.get("additionalProperties")
    for key, entry in node.entries.items():
        inner = properties.get(key) or (others if isinstance(others, Mapping) else {})
        yield from _sentences((*path, key), entry, inner)


def _of_list(path: tuple[str, ...], node: Node, schema: Schema) -> Iterator[Sentence]:
    items = schema.get("items") or {}
    for place, item in enumerate(getattr(node, "items", ())):
        yield from _sentences((*path, str(place)), item, items)


def _sentence(path: tuple[str, ...], node: Node, words: Words) -> Sentence:
    return Sentence(dotted(path), words, source_of(node), f"{node.file}:{node.line}")


def _label(path: tuple[str, ...], schema: Schema) -> Words:
    """Return what a value is for: the schema's words, else the end of its key."""
    words = expectation(schema) if schema else Words("")
    return words if words.zh else Words(dotted(path[1:]), dotted(path[1:]))


def _hours(data: Any) -> Words | None:
    """Return opening intervals in words, None for other lists."""
    if not isinstance(data, list) or not data or not all(isinstance(each, list) for each in data):
        return None
    said = "、".join("–".join(map(str, each)) for each in data)
    return Words(said, said.replace("、", ", "))


def _teller(path: tuple[str, ...], data: Any) -> Teller | None:
    """Return what tells a map in one sentence, None for values and other maps."""
    if not isinstance(data, dict):
        return None
    keys = data.keys()
    if path[:1] == ("indicators",) and "name" in keys:
        return tell_indicator
    return next((teller for marks, teller in TELLERS if marks <= keys), None) if path else None


def _tell_text(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    en = data.get("en") or data["zh"]
    return Words(f"{label.zh}：{data['zh']}", f"{label.into('en')}: {en}")


def _tell_warning(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    before = "before" in data
    offset = data.get("before") or data.get("after") or {}
    amount = v.say_duration(offset.get("count"), offset.get("unit"))
    deadline = v.say(v.DEADLINES, str(data["deadline"]))
    to = v.say(v.PEOPLE, str(data["to"]))
    when_zh, when_en = ("到期前", "before") if before else ("到期后", "after")
    if offset.get("unit") == "same_day":
        when_zh, amount = "到期", v.UNITS["same_day"]
        when_en = "with"
    return Words(
        f"第 {data['level']} 级预警：{deadline.zh}{when_zh} {amount.zh}，提醒{to.zh}",
        f"Warning {data['level']}: {amount.into('en')} {when_en} the due moment of"
        f" “{deadline.into('en')}”, to {to.into('en')}",
    )


def _tell_deadline(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    names = [v.say(v.DEADLINES, part) for part in path[2:]]
    start = v.say(v.DEADLINES, str(data.get("start", "opened")))
    amount = v.say_duration(data["count"], data["unit"])
    cut = v.say(v.DEADLINES, str(data.get("cut_off", "24:00")))
    end = v.say(v.DEADLINES, str(data.get("holiday_end", "next_workday")))
    name = Words("，".join(n.zh for n in names), ", ".join(n.into("en") for n in names))
    within = f"{amount.zh}内" if data["count"] else amount.zh
    return Words(
        f"{name.zh}：{start.zh}后 {within}，起算当日不计，{cut.zh}，{end.zh}",
        f"{name.into('en')}: within {amount.into('en')} after {start.into('en')},"
        f" start day not counted, {cut.into('en')}, {end.into('en')}",
    )


def _tell_duration(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    amount = v.say_duration(data["count"], data["unit"])
    return Words(f"{label.zh}：{amount.zh}", f"{label.into('en')}: {amount.into('en')}")


def _tell_visit(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    by, within = v.say(v.CHOICES, str(data["by"])), data["within"]
    amount = v.say_duration(within["count"], within["unit"])
    return Words(
        f"答复后 {amount.zh}内以{by.zh}回访",
        f"A visit by {by.into('en')} within {amount.into('en')} after the reply",
    )


def _tell_ratio(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    name = v.say(v.FORMULAS, path[-1])
    over, under = _sum(data["over"]), _sum(data["under"])
    return _rounded(
        Words(
            f"{name.zh} = {over.zh} ÷ {under.zh}",
            f"{name.into('en')} = {over.into('en')} ÷ {under.into('en')}",
        ),
        data,
    )


def _tell_score(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    name = v.say(v.FORMULAS, path[-1])
    points = "/".join(str(data["weights"][str(grade)]) for grade in (5, 4, 3, 2, 1))
    return _rounded(
        Words(
            f"{name.zh} = 各等级分值（5 至 1 级为 {points}）按评价数加权平均",
            f"{name.into('en')} = mean of {points} points for grades 5 to 1",
        ),
        data,
    )


def _rounded(words: Words, data: Mapping[str, Any]) -> Words:
    """Add how a figure is rounded."""
    rounding = v.say(v.CHOICES, str(data.get("rounding", "half_up")))
    places = data.get("places", 4)
    return Words(
        f"{words.zh}，保留 {places} 位小数，{rounding.zh}",
        f"{words.into('en')}, {places} decimal places, {rounding.into('en')}",
    )


def _sum(text: str) -> Words:
    """Return a sum of counts in words, in brackets when there are several."""
    terms = [v.say(v.COUNTS, term.strip()) for term in text.split("+")]
    zh = " + ".join(term.zh for term in terms)
    en = " + ".join(term.into("en") for term in terms)
    return Words(zh, en) if len(terms) == 1 else Words(f"({zh})", f"({en})")


def _tell_withheld(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    reason = data["reason"] if isinstance(data["reason"], dict) else {"zh": data["reason"]}
    field = v.say(v.CHOICES, str(data["field"]))
    return Words(
        f"不公开：{field.zh}（{reason['zh']}）",
        f"Not published: {field.into('en')} ({reason.get('en', reason['zh'])})",
    )


_PERIODS: Final = {
    "month": Words("每月", "each month"),
    "quarter": Words("每季度", "each quarter"),
    "year": Words("每年", "each year"),
}


def _tell_timed(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    what, every = v.say(v.CHOICES, str(data["what"])), _PERIODS[data["every"]]
    outlet = data["outlet"] if isinstance(data["outlet"], dict) else {"zh": data["outlet"]}
    day, month = data["day"], data.get("month", 1)
    zh = "次月" if month == 1 else f"期满后第 {month} 个月"
    en = "the month" if month == 1 else f"month {month}"
    return Words(
        f"公开时间表：{what.zh}{every.zh}公开一次，最迟{zh} {day} 日，在{outlet['zh']}",
        f"Timetable: {what.into('en')}, {every.en}, by day {day} of {en} after it at the latest,"
        f" {outlet.get('en', outlet['zh'])}",
    )


def _tell_votes(path: tuple[str, ...], data: Mapping[str, Any], label: Words) -> Words:
    most, days = data["per_network"], data["keep_days"]
    return Words(
        f"{label.zh}：每位访客一票，同一网络对一条评价最多 {most} 票；"
        f"只存密钥哈希，{days} 天后删除",
        f"{label.into('en')}: one of a visitor, at most {most} of a network for one comment; only"
        f" keyed hashes are kept, for {days} days",
    )


TELLERS: Final[tuple[tuple[frozenset[str], Teller], ...]] = (
    (frozenset({"level", "deadline", "to"}), _tell_warning),
    (frozenset({"over", "under"}), _tell_ratio),
    (frozenset({"weights", "places"}), _tell_score),
    (frozenset({"order", "experts"}), tell_judgements),
    (frozenset({"field", "reason"}), _tell_withheld),
    (frozenset({"what", "every", "day"}), _tell_timed),
    (frozenset({"per_network", "keep_days"}), _tell_votes),
    (frozenset({"by", "within"}), _tell_visit),
    (frozenset({"count", "unit", "start"}), _tell_deadline),
    (frozenset({"count", "unit"}), _tell_duration),
    (frozenset({"zh"}), _tell_text),
)
"""Which keys a map must have to be told in one sentence; the first that fits tells it."""
