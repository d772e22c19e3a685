"""Reading and writing service cases and ratings in the words of another system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from haochaping.catalog.importing.cells import neutral
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.profile.rules import WireRules

PARTS: Final = ("case", "applicant", "agent", "evaluation")
TABLES: Final = ("statuses", "applicants", "certificates", "channels")
MOST: Final = 500
_FAULTS: Final = 50
_SHOWN: Final = 40

Data = Mapping[str, Any]


class NoDialect(Problem):
    """The profile names no dialect, or one that is not there."""

    code = "HCP-NO-DIALECT"
    status = 404
    title = Words(
        "本地没有启用对接方言，请用 /api/v1/service-cases 和 /api/v1/evaluations，"
        "或在配置档 channels.wire.dialect 中选用",
        "No dialect is in use here: use /api/v1/service-cases and /api/v1/evaluations, "
        "or choose one in the profile under channels.wire.dialect",
    )


class NotUnderstood(Problem):
    """A body in a dialect cannot be read; `errors` names every place."""

    code = "HCP-DIALECT-BODY"
    status = 422
    title = Words("请求内容不合所选方言的要求", "The body is not as the dialect in use asks")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a body."""

    where: str
    words: Words


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rating as a dialect says it, in our words."""

    case_no: str
    occurrence_no: int
    grade: int
    options: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    channel: str = ""
    submitted_at: datetime | None = None
    round: int = 1


@dataclass(frozen=True, slots=True)
class Dialect:
    """Field names by part, code tables, the form of moments and the zone they are in."""

    name: str
    fields: Mapping[str, Mapping[str, str]]
    codes: Mapping[str, Mapping[str, str]]
    ignored: frozenset[str]
    moment: str
    zone: ZoneInfo

    def cases(self, body: Data) -> dict[str, Any]:
        """Return `{"records": […]}` as the body of a push. Raises NotUnderstood."""
        reader = _Reader(self)
        records = _listed(body)
        found = [reader.case(one, f"records[{n}]") for n, one in enumerate(records)]
        reader.require_none()
        return {"cases": _merged(found)}

    def evaluation(self, given: Data) -> Spoken:
        """Return one rating. Raises NotUnderstood."""
        reader = _Reader(self)
        found = reader.evaluation(given)
        reader.require_none()
        return found

    def spell(self, said: Spoken) -> dict[str, str]:
        """Return a rating in the dialect's words; what it reads back is what was said."""
        names = self.fields["evaluation"]
        moment = said.submitted_at
        values = {
            "case_no": said.case_no,
            "occurrence_no": str(said.occurrence_no),
            "grade": str(said.grade),
            "options": ",".join(said.options),
            "text": said.text,
            "channel": self._code("channels", said.channel),
            "submitted_at": moment.astimezone(self.zone).strftime(self.moment) if moment else "",
            "round": str(said.round),
            "default": "0",
        }
        return {names[name]: value for name, value in values.items() if name in names}

    def _code(self, table: str, ours: str) -> str:
        """Return their code of a word of ours. Raises NotUnderstood when there is none."""
        for theirs, mine in self.codes[table].items():
            if mine == ours:
                return theirs
        words = _unknown(table, ours, sorted(set(self.codes[table].values())))
        raise NotUnderstood(words)


def of(rules: WireRules, zone: ZoneInfo, home: Path | None = None) -> Dialect:
    """Return the dialect of a profile, its code tables over the dialect's. Raises NoDialect.

    `home` may hold dialects of its own: `dialects/<name>.yaml`.
    """
    data = _data(rules.dialect, home)
    codes = {name: dict(data["codes"].get(name, {})) for name in TABLES}
    for name in ("applicants", "certificates", "channels"):
        own = getattr(rules, name)
        codes[name] = dict(own) if own else codes[name]
    return Dialect(
        name=rules.dialect,
        fields={part: MappingProxyType(dict(data.get(part, {}))) for part in PARTS},
        codes=MappingProxyType(codes),
        ignored=frozenset(data.get("ignored", ())),
        moment=data["moment"],
        zone=zone,
    )


@cache
def _data(name: str, home: Path | None) -> Data:
    if not name.isidentifier():
        raise NoDialect
    own = None if home is None else home / "dialects" / f"{name}.yaml"
    file = resources.files("haochaping.channels") / "dialects" / f"{name}.yaml"
    if own is not None and own.is_file():
        text = own.read_text(encoding="utf-8")
    elif file.is_file():
        text = file.read_text(encoding="utf-8")
    else:
        raise NoDialect
    found: Data = yaml.safe_load(text)
    return found


def _listed(body: Data) -> Sequence[Any]:
    records = body.get("records")
    if not isinstance(records, list) or not 1 <= len(records) <= MOST:
        raise NotUnderstood(
            Words(f"records 应为 1 至 {MOST} 条记录的列表", f"records: a list of 1 to {MOST}")
        )
    return records


class _Reader:
    """Reads records and collects what is wrong with them."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.faults: list[Fault] = []

    def case(self, given: Any, at: str) -> dict[str, Any]:
        """Return a service case with one occurrence as a push states it."""
        record = self._record(given, at, ("case", "applicant", "agent"))
        said = self._texts(record, "case")
        named = ("case_no", "item_code", "organization_code")
        found: dict[str, Any] = {name: said[name] for name in named}
        found["status"] = self._code(record, at, "case", "status", "statuses")
        for role in ("applicant", "agent"):
            person = self._person(record, at, role)
            if person:
                found[role] = person
        if said.get("no") or said.get("served_at"):
            found["occurrences"] = [self._occurrence(said, at)]
        return {name: value for name, value in found.items() if value}

    def evaluation(self, given: Any) -> Spoken:
        """Return a rating."""
        record = self._record(given, "", ("evaluation",))
        said = self._texts(record, "evaluation")
        if said.get("default", "0") not in ("", "0"):
            self._fault("", "evaluation", "default", _NO_DEFAULTS)
        if said.get("round", "1") not in ("", "1", "2"):
            self._fault("", "evaluation", "round", _ROUNDS)
        return Spoken(
            case_no=said["case_no"],
            occurrence_no=self._number(said, "", "evaluation", "occurrence_no") or 1,
            grade=self._number(said, "", "evaluation", "grade") or 0,
            options=tuple(filter(None, map(str.strip, said["options"].split(",")))),
            text=said["text"],
            channel=self._code(record, "", "evaluation", "channel", "channels"),
            submitted_at=self._moment(said, "", "evaluation", "submitted_at"),
            round=2 if said.get("round") == "2" else 1,
        )

    def require_none(self) -> None:
        """Raise NotUnderstood when something was wrong."""
        if not self.faults:
            return
        first = self.faults[0]
        count = len(self.faults)
        errors = [
            {"where": one.where, "zh": one.words.zh, "en": one.words.en}
            for one in self.faults[:_FAULTS]
        ]
        raise NotUnderstood(
            Words(
                f"{first.where}：{first.words.zh}（共 {count} 处，见 errors）",
                f"{first.where}: {first.words.en} ({count} in all, see errors)",
            ),
            errors=errors,
        )

    def _record(self, given: Any, at: str, parts: Sequence[str]) -> Data:
        if not isinstance(given, dict):
            self.faults.append(Fault(at or "body", Words("应为对象", "must be an object")))
            return {}
        known = {name for part in parts for name in self.dialect.fields[part].values()}
        unknown = sorted(set(map(str, given)) - known - self.dialect.ignored)
        if unknown:
            some = "、".join(neutral(name[:_SHOWN]) for name in unknown[:5])
            listed = "、".join(sorted(known))
            words = Words(
                f"不认识的字段 {some}；可用：{listed}", f"unknown fields {some}; known: {listed}"
            )
            self.faults.append(Fault(at or "body", words))
        return given

    def _texts(self, record: Data, part: str) -> dict[str, str]:
        """Return the values of a part by our names, numbers as their digits."""
        names = self.dialect.fields[part]
        return {name: _text(record.get(theirs)) for name, theirs in names.items()}

    def _person(self, record: Data, at: str, role: str) -> dict[str, str]:
        said = self._texts(record, role)
        if not any(said.values()):
            return {}
        for name, table in (("type", "applicants"), ("certificate_type", "certificates")):
            if said.get(name):
                said[name] = self._code(record, at, role, name, table)
        return {name: value for name, value in said.items() if value}

    def _occurrence(self, said: dict[str, str], at: str) -> dict[str, Any]:
        names = ("stage", "service_channel", "hall_code", "window_code", "staff_no")
        found: dict[str, Any] = {name: said[name] for name in names if said.get(name)}
        found["no"] = self._number(said, at, "case", "no") or 1
        moment = self._moment(said, at, "case", "served_at")
        if moment is not None:
            found["served_at"] = moment.isoformat()
        return found

    def _code(self, record: Data, at: str, part: str, name: str, table: str) -> str:
        theirs = self.dialect.fields[part].get(name, "")
        value, codes = _text(record.get(theirs)), self.dialect.codes[table]
        if value and value not in codes:
            self._fault(at, part, name, _unknown(theirs, value, sorted(codes)))
        elif not value and table == "channels":
            self._fault(at, part, name, _unknown(theirs, value, sorted(codes)))
        return codes.get(value, "")

    def _number(self, said: dict[str, str], at: str, part: str, name: str) -> int | None:
        value = said.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        if value or name == "grade":
            self._fault(at, part, name, Words("应为整数", "must be a whole number"))
        return None

    def _moment(self, said: dict[str, str], at: str, part: str, name: str) -> datetime | None:
        value = said.get(name, "")
        if not value:
            return None
        try:
            local = datetime.strptime(value, self.dialect.moment)
        except ValueError:
            form = datetime(2026, 11, 16, 10, 5, 0, tzinfo=self.dialect.zone)
            example = form.strftime(self.dialect.moment)
            words = Words(f"时间应如 {example}（当地时间）", f"a local time such as {example}")
            self._fault(at, part, name, words)
            return None
        return local.replace(tzinfo=self.dialect.zone)

    def _fault(self, at: str, part: str, name: str, words: Words) -> None:
        theirs = self.dialect.fields[part].get(name, name)
        self.faults.append(Fault(f"{at}.{theirs}".lstrip("."), words))


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return str(value).strip()


def _unknown(what: str, value: str, known: Sequence[str]) -> Words:
    listed = "、".join(known) or "—"
    shown = neutral(value[:_SHOWN])
    return Words(
        f"{what} 的代码“{shown}”不在对照表中；可用：{listed}",
        f"{what}: the code “{shown}” is not in the table; known: {listed}",
    )


def _merged(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records with those of one case joined: one occurrence each is pushed."""
    joined: dict[str, dict[str, Any]] = {}
    for one in found:
        name = one.get("case_no", "")
        known = joined.setdefault(name, {})
        occurrences = [*known.get("occurrences", ()), *one.get("occurrences", ())]
        known.update(one)
        if occurrences:
            known["occurrences"] = occurrences
    return list(_each(joined))


def _each(joined: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from joined.values()


_NO_DEFAULTS: Final = Words(
    "不接收系统默认评价，只接收评价人本人的评价",
    "ratings by default are not taken in, only those that somebody gave",
)
_ROUNDS: Final = Words(
    "应为 1（首次评价）或 2（整改答复后的追评）",
    "must be 1 (the first rating) or 2 (the one after the unit has answered)",
)
