"""What records hold, kind by kind, in the core's words; checked before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from haochaping.hooks.exchange import ExchangeRefused, Record
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Identity,
    Provenance,
    RaterRole,
    Words,
)

SERVICE, EVALUATION, CASE, REPLY = "service", "evaluation", "case", "reply"
KINDS: Final = (SERVICE, EVALUATION, CASE, REPLY)
"""Kinds of records, in the order in which they depend on each other."""

LONGEST_SUBJECT: Final = 200


def _text(most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


_MOMENT: Final = {"type": ["string", "null"], "maxLength": 40}
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": 9999}
_CODE: Final = _text(64)
_SERVED: Final[Mapping[str, Any]] = {
    "case_no": _text(64, 1),
    "occurrence_no": {"type": "integer", "minimum": 1, "maximum": 999_999},
    "item_code": _CODE,
    "organization_code": _CODE,
    "hall_code": _CODE,
    "window_code": _CODE,
    "staff_no": _CODE,
    "stage": _CODE,
    "service_channel": _CODE,
    "served_at": _MOMENT,
    "case_status": _CODE,
}
_SAID: Final[Mapping[str, Any]] = {
    "round": {"enum": [1, 2]},
    "grade": {"enum": [1, 2, 3, 4, 5]},
    "options": {"type": "array", "maxItems": 20, "items": _CODE},
    "text": _text(500),
    "channel": {"enum": [one.value for one in Channel]},
    "provenance": {"enum": sorted(set(map(str, Provenance)) - {Provenance.SYSTEM_DEFAULT})},
    "identity": {"enum": [one.value for one in Identity]},
    "rater_role": {"enum": [one.value for one in RaterRole]},
    "status": {"enum": sorted(set(map(str, EvaluationStatus)) - {"held", "superseded"})},
    "submitted_at": _MOMENT,
    "received_at": _MOMENT,
}
_CASE: Final[Mapping[str, Any]] = {
    "case_no": _SERVED["case_no"],
    "occurrence_no": _SERVED["occurrence_no"],
    "public_id": _text(20, 1),
    "state": {"enum": [one.value for one in CaseState]},
    "outcome": {"enum": [None, *(one.value for one in Outcome)]},
    "complexity": _CODE,
    "opened_at": _MOMENT,
    "contacted_at": _MOMENT,
    "replied_at": _MOMENT,
    "first_replied_at": _MOMENT,
    "closed_at": _MOMENT,
    "due_at": _MOMENT,
    "first_due_at": _MOMENT,
    "late": {"type": "boolean"},
    "round": _NUMBER,
    "reopened": _NUMBER,
}
_REPLY: Final[Mapping[str, Any]] = {
    "public_id": _text(20, 1),
    "round": _NUMBER,
    "outcome": {"enum": [one.value for one in Outcome]},
    "text": _text(4000, 1),
    "at": _MOMENT,
}
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    SERVICE: _SERVED,
    EVALUATION: {**_SERVED, **_SAID},
    CASE: _CASE,
    REPLY: _REPLY,
}
"""The fields of each kind with their schemas; all of them are always there."""

_ESSENTIAL: Final[Mapping[str, tuple[str, ...]]] = {
    SERVICE: (),
    EVALUATION: ("grade", "round"),
    CASE: ("state", "outcome"),
    REPLY: ("outcome",),
}


def require(record: Record) -> None:
    """Raise ExchangeRefused, naming the first place, when a record is not as described."""
    if record.kind not in FIELDS:
        raise _refused("kind", f"{', '.join(KINDS)}")
    if not 1 <= len(record.subject) <= LONGEST_SUBJECT or not record.subject.isprintable():
        raise _refused("subject", f"1–{LONGEST_SUBJECT}")
    if not 1 <= record.revision < 2**62:
        raise _refused("revision", "≥ 1")
    if _day(record.day) is None:
        raise _refused("day", "2026-11-16")
    for fault in _validator(record.kind).iter_errors(dict(record.content)):
        where = ".".join(map(str, fault.absolute_path)) or "content"
        raise _refused(where, f"{fault.validator}: {fault.validator_value}"[:200])
    for name, schema in FIELDS[record.kind].items():
        value = record.content[name]
        if schema is _MOMENT and value is not None and _moment(value) is None:
            raise _refused(name, "2026-11-16T10:05:00+08:00")


def moment(content: Mapping[str, Any], name: str) -> datetime | None:
    """Return a moment of a record that was checked, None where there is none."""
    value = content[name]
    return None if value is None else _moment(value)


def essence(record: Record) -> tuple[Any, ...]:
    """Return what two platforms must agree on, beside the revision."""
    found = tuple(record.content[name] for name in _ESSENTIAL[record.kind])
    if record.kind == EVALUATION:
        return (*found, record.content["status"] == EvaluationStatus.EFFECTIVE)
    return found


@cache
def _validator(kind: str) -> Draft202012Validator:
    fields = FIELDS[kind]
    return Draft202012Validator(
        {
            "type": "object",
            "additionalProperties": False,
            "required": list(fields),
            "properties": dict(fields),
        }
    )


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 1990 <= found.year <= 2199 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _refused(where: str, expected: str) -> ExchangeRefused:
    return ExchangeRefused(Words(f"{where}：应为 {expected}", f"{where}: expected {expected}"))
