"""The dialect `national`: services and ratings by the field names of the national platform.

The names are those of `channels/dialects/national.yaml`, which reads pushes in the same words.
No public list of names for cases and replies is known: they travel in the core's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from haochaping.catalog import uscc
from haochaping.channels import dialect as wire
from haochaping.channels.dialect import NotUnderstood, Spoken
from haochaping.hooks.exchange import (
    Answer,
    Batch,
    Dialect,
    DialectSettings,
    ExchangeRefused,
    Record,
)
from haochaping.hooks.values import EvaluationStatus, Identity, Provenance, RaterRole, Words
from haochaping.profile.rules import WireRules
from haochaping.uplink import own_dialect
from haochaping.uplink.shapes import EVALUATION, FIELDS, SERVICE, moment

_OURS: Final = {"kind": "recordKind", "subject": "recordId", "revision": "recordVersion"}
_DAY: Final = "countDay"
_COUNTS: Final = "effectivEvalua"
_BAD: Final = 3


@dataclass(frozen=True, slots=True)
class NationalDialect:
    """The national field names with one place's channel codes."""

    wire: wire.Dialect

    def faults(self, record: Record) -> Sequence[Words]:
        """Return what the national rules of filling in do not allow."""
        if record.kind not in (SERVICE, EVALUATION):
            return ()
        said = record.content
        found = [uscc.fault(said["organization_code"]), _missing(said)]
        if record.kind == EVALUATION:
            found += [_reason(said), _early(said), self._channel(said)]
        return tuple(one for one in found if one is not None)

    def write(self, batch: Batch) -> bytes:
        """Return the batch as JSON."""
        records = [self._written(one) for one in batch.records]
        return own_dialect.encoded(own_dialect.envelope(batch, records))

    def answers(self, batch: Batch, body: bytes) -> Sequence[Answer]:
        """Return the answers, in the order of the batch. Raises ExchangeRefused."""
        return own_dialect.read_answers(batch, body)

    def read(self, body: bytes) -> Batch:
        """Return the batch of a body. Raises ExchangeRefused."""
        data = own_dialect.opened(body)
        return Batch(data["batch"], data["sender"], tuple(map(self._read, data["records"])))

    def reply(self, batch: Batch, answers: Sequence[Answer]) -> bytes:
        """Return the answers as JSON."""
        return own_dialect.written_answers(batch, answers)

    def _channel(self, said: Mapping[str, Any]) -> Words | None:
        if said["channel"] in self.wire.codes["channels"].values():
            return None
        return Words(
            f"渠道 {said['channel']} 没有对应的上级代码，请在 uplink.channels 中补充",
            f"The channel {said['channel']} has no code of theirs: add it to uplink.channels",
        )

    def _written(self, record: Record) -> Mapping[str, Any]:
        outer = {theirs: getattr(record, ours) for ours, theirs in _OURS.items()}
        outer[_DAY] = record.day
        if record.kind not in (SERVICE, EVALUATION):
            return {**outer, **record.content}
        said = self._service(record.content)
        return {**outer, **said, **(self._said(record) if record.kind == EVALUATION else {})}

    def _service(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        codes = {ours: theirs for theirs, ours in self.wire.codes["statuses"].items()}
        values = {
            **said,
            "no": str(said["occurrence_no"]),
            "status": codes.get(said["case_status"], ""),
            "served_at": self._local(moment(said, "served_at")),
        }
        return {theirs: values[ours] for ours, theirs in self.wire.fields["case"].items()}

    def _said(self, record: Record) -> Mapping[str, Any]:
        said = record.content
        given = moment(said, "submitted_at") or moment(said, "received_at")
        spoken = Spoken(
            case_no=said["case_no"],
            occurrence_no=said["occurrence_no"],
            grade=said["grade"],
            options=tuple(said["options"]),
            text=said["text"],
            channel=said["channel"],
            submitted_at=given,
            round=said["round"],
        )
        counts = said["status"] == EvaluationStatus.EFFECTIVE
        return {**self.wire.spell(spoken), _COUNTS: "1" if counts else "0"}

    def _read(self, data: Mapping[str, Any]) -> Record:
        outer: dict[str, Any] = {ours: data.get(theirs) for ours, theirs in _OURS.items()}
        day, kind = data.get(_DAY), outer["kind"]
        if not isinstance(outer["subject"], str) or type(outer["revision"]) is not int:
            raise ExchangeRefused(_OUTER)
        if kind not in FIELDS or not isinstance(day, str):
            raise ExchangeRefused(_OUTER)
        rest = {name: one for name, one in data.items() if name not in {*_OURS.values(), _DAY}}
        try:
            return Record(**outer, day=day, content=self._content(str(kind), rest))
        except NotUnderstood as error:
            return Record(**outer, day=day, content={}, fault=error.detail)

    def _content(self, kind: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record's content in our words. Raises NotUnderstood."""
        if kind not in (SERVICE, EVALUATION):
            return data
        content = self._read_service(data)
        if kind == EVALUATION:
            content = {**content, **self._read_said(data)}
        return MappingProxyType(content)

    def _read_service(self, data: Mapping[str, Any]) -> dict[str, Any]:
        names = self.wire.fields["case"]
        (case,) = self.wire.cases({"records": [_some(data, names.values())]})["cases"]
        (served,) = case.get("occurrences") or [{"no": 1}]
        texts = ("item_code", "organization_code")
        where = ("hall_code", "window_code", "staff_no", "stage", "service_channel")
        return {
            "case_no": case.get("case_no", ""),
            "occurrence_no": served["no"],
            "case_status": case.get("status", ""),
            "served_at": served.get("served_at"),
            **{name: case.get(name, "") for name in texts},
            **{name: served.get(name, "") for name in where},
        }

    def _read_said(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said = self.wire.evaluation(_some(data, self.wire.fields["evaluation"].values()))
        if data.get(_COUNTS) not in ("0", "1"):
            raise NotUnderstood(Words(f"{_COUNTS}：应为 0 或 1", f"{_COUNTS}: 0 or 1"))
        given = said.submitted_at.isoformat() if said.submitted_at else None
        counts = data[_COUNTS] == "1"
        return {
            "round": said.round,
            "grade": said.grade,
            "options": list(said.options),
            "text": said.text,
            "channel": said.channel,
            "provenance": str(Provenance.CITIZEN),
            "identity": str(Identity.ANONYMOUS),
            "rater_role": str(RaterRole.APPLICANT),
            "status": str(EvaluationStatus.EFFECTIVE if counts else EvaluationStatus.VOID),
            "submitted_at": given,
            "received_at": given,
        }

    def _local(self, at: datetime | None) -> str:
        return "" if at is None else at.astimezone(self.wire.zone).strftime(self.wire.moment)


def make(settings: DialectSettings) -> Dialect:
    """Make the dialect with a place's channel codes."""
    rules = WireRules("national", settings.channels, {}, {})
    return NationalDialect(wire.of(rules, ZoneInfo(settings.time_zone)))


def _some(data: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}


def _missing(said: Mapping[str, Any]) -> Words | None:
    names = {"item_code": "taskCode", "served_at": "serviceTime"}
    empty = [theirs for ours, theirs in names.items() if not said[ours]]
    if not empty:
        return None
    return Words(f"缺少 {'、'.join(empty)}", f"{', '.join(empty)} is missing")


def _reason(said: Mapping[str, Any]) -> Words | None:
    if said["grade"] >= _BAD or said["options"] or said["text"]:
        return None
    return Words(
        "差评须有 evalDetail 或 writingEvaluation",
        "A bad rating needs evalDetail or writingEvaluation",
    )


def _early(said: Mapping[str, Any]) -> Words | None:
    served = moment(said, "served_at")
    given = moment(said, "submitted_at") or moment(said, "received_at")
    if served is None or given is None or given >= served:
        return None
    return Words(
        "评价时间早于服务时间，请核对办件的服务时间",
        "It was rated before it was served: check the time of the service",
    )


_OUTER: Final = Words(
    "每条记录须有 recordKind、recordId、recordVersion 和 countDay",
    "Each record needs recordKind, recordId, recordVersion and countDay",
)
