"""Reading the body of a push: service cases with their occurrences.

A system that issues queue tickets pushes the same body with the ticket number as
`case_no`; it then stands for one service received without a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from haochaping.catalog.texts import clean
from haochaping.hooks.values import Words
from haochaping.problems import Problem

CASES_MAX: Final = 500
OCCURRENCES_MAX: Final = 100
FAULTS_MAX: Final = 50

STATUSES: Final = ("received", "accepted", "concluded")
"""Case states: 待受理, 已受理, 已办结."""

_PLACE_FIELDS: Final = {"hall_code", "window_code", "staff_no"}
_CASE_FIELDS: Final = {
    "case_no", "item_code", "organization_code", "status", "applicant", "agent", "occurrences",
} | _PLACE_FIELDS  # fmt: skip
_OCCURRENCE_FIELDS: Final = {"no", "stage", "service_channel", "served_at"} | _PLACE_FIELDS
_PERSON_FIELDS: Final = {"type", "name", "certificate_type", "certificate_no", "mobile"}


class InvalidPush(Problem):
    """The body of a push cannot be read; `errors` names each place and what was expected."""

    code = "HCP-INVALID-PUSH"
    status = 422
    title = Words("推送的办件数据不合要求", "The pushed service cases are not as required")


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person of a case, on the way to the vault; never stored in the catalogue.

    `role` is applicant or agent, `region` the county-level one of the case. `person_id` is
    the person that the case points to so far, so that a correction changes that person
    instead of making another one.
    """

    role: str
    type: str
    name: str = field(repr=False)
    certificate_type: str
    certificate_no: str = field(repr=False)
    mobile: str = field(repr=False)
    person_id: int | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class PushedOccurrence:
    """One service received as pushed; hall, window and staff already carry the case's defaults.

    An empty field is one that the push does not state: it keeps what is stored.
    """

    no: int
    stage: str = ""
    service_channel: str = ""
    hall_code: str = ""
    window_code: str = ""
    staff_no: str = ""
    served_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PushedCase:
    """A service case as pushed; empty fields keep what is stored."""

    case_no: str
    item_code: str = ""
    organization_code: str = ""
    status: str = ""
    applicant: Applicant | None = None
    agent: Applicant | None = None
    occurrences: tuple[PushedOccurrence, ...] = ()


def parse_push(body: Mapping[str, Any]) -> tuple[PushedCase, ...]:
    """Return the cases of a push body. Raises InvalidPush naming every fault.

    Unknown fields, wrong types and overlong texts are faults; texts come in NFC without
    control and bidirectional marks.
    """
    reader = _Reader()
    cases = reader.push(body)
    if reader.faults:
        raise InvalidPush(reader.detail(), errors=reader.errors())
    return cases


class _Reader:
    """Collects faults while it reads."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, Words]] = []

    def push(self, body: Any) -> tuple[PushedCase, ...]:
        """Read the whole body."""
        if not self._object(body, "", {"cases"}):
            return ()
        cases = self._list(body, "cases", "cases", CASES_MAX)
        return tuple(self._case(case, f"cases[{index}]") for index, case in enumerate(cases))

    def detail(self) -> Words:
        """Return the first fault in words and how many there are."""
        where, words = self.faults[0]
        more = len(self.faults)
        return Words(
            f"{where or '正文'}：{words.zh}（共 {more} 处，见 errors）",
            f"{where or 'body'}: {words.en} ({more} in all, see errors)",
        )

    def errors(self) -> list[dict[str, str]]:
        """Return the faults for machines, at most 50."""
        return [
            {"where": where, "zh": words.zh, "en": words.en}
            for where, words in self.faults[:FAULTS_MAX]
        ]

    def _case(self, case: Any, at: str) -> PushedCase:
        if not self._object(case, at, _CASE_FIELDS):
            return PushedCase("")
        return PushedCase(
            case_no=self._text(case, at, "case_no", 64, needed=True),
            item_code=self._text(case, at, "item_code", 64),
            organization_code=self._text(case, at, "organization_code", 64),
            status=self._one_of(case, at, "status", STATUSES, ""),
            applicant=self._person(case, at, "applicant"),
            agent=self._person(case, at, "agent"),
            occurrences=self._occurrences(case, at),
        )

    def _occurrences(self, case: Mapping[str, Any], at: str) -> tuple[PushedOccurrence, ...]:
        found = self._list(case, f"{at}.occurrences", "occurrences", OCCURRENCES_MAX)
        return tuple(
            self._occurrence(item, case, f"{at}.occurrences[{index}]")
            for index, item in enumerate(found)
        )

    def _occurrence(self, item: Any, case: Mapping[str, Any], at: str) -> PushedOccurrence:
        if not self._object(item, at, _OCCURRENCE_FIELDS):
            return PushedOccurrence(1)
        hall_here = item.get("hall_code") not in (None, "")
        from_case = case if not hall_here else {**case, "window_code": None}
        place = {**{name: from_case.get(name) for name in _PLACE_FIELDS}, **_present(item)}
        return PushedOccurrence(
            no=self._number(item, at),
            stage=self._text(item, at, "stage", 32),
            service_channel=self._text(item, at, "service_channel", 32),
            hall_code=self._text(place, at, "hall_code", 64),
            window_code=self._text(place, at, "window_code", 64),
            staff_no=self._text(place, at, "staff_no", 64),
            served_at=self._moment(item, at),
        )

    def _person(self, case: Mapping[str, Any], at: str, role: str) -> Applicant | None:
        person, at = case.get(role), f"{at}.{role}"
        if person is None or not self._object(person, at, _PERSON_FIELDS):
            return None
        return Applicant(
            role=role,
            type=self._text(person, at, "type", 8),
            name=self._text(person, at, "name", 200),
            certificate_type=self._text(person, at, "certificate_type", 8),
            certificate_no=self._text(person, at, "certificate_no", 64),
            mobile=self._text(person, at, "mobile", 32),
        )

    def _fault(self, at: str, zh: str, en: str) -> None:
        self.faults.append((at, Words(zh, en)))

    def _object(self, value: Any, at: str, allowed: set[str]) -> bool:
        if not isinstance(value, Mapping):
            self._fault(at, "应为对象", "an object is expected")
            return False
        for name in sorted(set(map(str, value)) - allowed):
            self._fault(
                f"{at}.{clean(name)[:64]}".lstrip("."),
                f"没有这个字段，可用：{'、'.join(sorted(allowed))}",
                f"no such field; there are: {', '.join(sorted(allowed))}",
            )
        return True

    def _list(self, owner: Mapping[str, Any], at: str, name: str, limit: int) -> Sequence[Any]:
        value = owner.get(name)
        if isinstance(value, list) and 1 <= len(value) <= limit:
            return value
        self._fault(at, f"应为 1–{limit} 项的数组", f"an array of 1 to {limit} is expected")
        return ()

    def _text(
        self, owner: Mapping[str, Any], at: str, name: str, limit: int, *, needed: bool = False
    ) -> str:
        value = owner.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self._fault(f"{at}.{name}", "应为字符串", "a string is expected")
            return ""
        text = clean(value)
        if len(text) > limit:
            self._fault(f"{at}.{name}", f"最多 {limit} 个字符", f"at most {limit} characters")
        if needed and not text:
            self._fault(f"{at}.{name}", "不能为空", "must not be empty")
        return text

    def _one_of(
        self, owner: Mapping[str, Any], at: str, name: str, allowed: Sequence[str], default: str
    ) -> str:
        value = owner.get(name) or default
        if value in allowed or value == default:
            return str(value)
        choice = ", ".join(allowed)
        self._fault(f"{at}.{name}", f"应为其中之一：{choice}", f"one of {choice} is expected")
        return default

    def _number(self, item: Mapping[str, Any], at: str) -> int:
        value = item.get("no", 1)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9999:
            return value
        self._fault(f"{at}.no", "应为 1–9999 的整数", "a whole number from 1 to 9999 is expected")
        return 1

    def _moment(self, item: Mapping[str, Any], at: str) -> datetime | None:
        value = item.get("served_at")
        if value is None:
            return None
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None:
            self._fault(
                f"{at}.served_at",
                "应为带时区的时间，如 2026-11-16T10:00:00+08:00",
                "a time with its zone is expected, as 2026-11-16T10:00:00+08:00",
            )
        return moment


def parse_moment(text: str) -> datetime | None:
    """Return the aware moment of an RFC 3339 text, None when it is none or has no zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None or not 1990 <= moment.year <= 2199:
        return None
    return moment.astimezone(UTC)


def _present(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in _PLACE_FIELDS if item.get(name) not in (None, "")}
