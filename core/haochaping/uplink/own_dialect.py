"""The dialect `haochaping`: batches between two instances, in the core's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from haochaping.hooks.exchange import (
    Answer,
    Batch,
    Dialect,
    DialectSettings,
    ExchangeRefused,
    Record,
)
from haochaping.hooks.values import Words

FORMAT: Final = "haochaping/1"
STATUSES: Final = ("stored", "duplicate", "later", "refused")
MOST: Final = 1000


class OwnDialect:
    """Everything as it is here; nothing is lost on the way."""

    def faults(self, record: Record) -> Sequence[Words]:
        """Return nothing: what may leave at all can be said."""
        return ()

    def write(self, batch: Batch) -> bytes:
        """Return the batch as JSON."""
        return encoded(envelope(batch, [_written(one) for one in batch.records]))

    def answers(self, batch: Batch, body: bytes) -> Sequence[Answer]:
        """Return the answers, in the order of the batch. Raises ExchangeRefused."""
        return read_answers(batch, body)

    def read(self, body: bytes) -> Batch:
        """Return the batch of a body. Raises ExchangeRefused."""
        data = opened(body)
        return Batch(data["batch"], data["sender"], tuple(map(_read, data["records"])))

    def reply(self, batch: Batch, answers: Sequence[Answer]) -> bytes:
        """Return the answers as JSON."""
        return written_answers(batch, answers)


def make(settings: DialectSettings) -> Dialect:
    """Make the dialect."""
    return OwnDialect()


def envelope(batch: Batch, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the outer form of a batch, which all dialects of the core share."""
    return {"format": FORMAT, "batch": batch.id, "sender": batch.sender, "records": records}


def encoded(data: Mapping[str, Any]) -> bytes:
    """Return JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def opened(body: bytes) -> Mapping[str, Any]:
    """Return the outer form with its records as objects. Raises ExchangeRefused."""
    data = _object(body)
    records = data.get("records")
    if data.get("format") != FORMAT or set(data) != {"format", "batch", "sender", "records"}:
        raise ExchangeRefused(_FORMAT)
    for name, most in (("batch", 100), ("sender", 12)):
        value = data[name]
        if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
            raise ExchangeRefused(
                Words(f"{name}：应为 1 至 {most} 个字符", f"{name}: 1 to {most} signs")
            )
    if not isinstance(records, list) or not 1 <= len(records) <= MOST:
        raise ExchangeRefused(Words(f"records：应为 1 至 {MOST} 条", f"records: 1 to {MOST}"))
    if not all(isinstance(one, dict) for one in records):
        raise ExchangeRefused(Words("records：每条应为对象", "records: each must be an object"))
    return data


def read_answers(batch: Batch, body: bytes) -> Sequence[Answer]:
    """Return the answers of a body for every record of a batch. Raises ExchangeRefused."""
    results = _object(body).get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise ExchangeRefused(_NO_RESULTS)
    found = {(one.get("kind"), one.get("subject")): one for one in results}
    answers = []
    for record in batch.records:
        one = found.get((record.kind, record.subject))
        if one is None or one.get("status") not in STATUSES:
            raise ExchangeRefused(_NO_RESULTS)
        reason = one.get("reason") or {}
        said = Words(str(reason.get("zh", ""))[:500], str(reason.get("en", ""))[:500])
        answers.append(Answer(record.kind, record.subject, one["status"], said))
    return answers


def written_answers(batch: Batch, answers: Sequence[Answer]) -> bytes:
    """Return answers as JSON."""
    results = [
        {
            "kind": one.kind,
            "subject": one.subject,
            "status": one.status,
            "reason": {"zh": one.reason.zh, "en": one.reason.en} if one.reason.zh else None,
        }
        for one in answers
    ]
    return encoded({"batch": batch.id, "results": results})


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise ExchangeRefused(_FORMAT) from None
    if not isinstance(data, dict):
        raise ExchangeRefused(_FORMAT)
    return data


def _written(record: Record) -> Mapping[str, Any]:
    return {
        "kind": record.kind,
        "subject": record.subject,
        "revision": record.revision,
        "day": record.day,
        "content": dict(record.content),
    }


def _read(data: Mapping[str, Any]) -> Record:
    kinds = {"kind": str, "subject": str, "revision": int, "day": str, "content": dict}
    for name, kind in kinds.items():
        if type(data.get(name)) is not kind:
            raise ExchangeRefused(
                Words(
                    f"records.{name}：缺少或类型不对", f"records.{name}: missing or of another type"
                )
            )
    if set(data) != set(kinds):
        raise ExchangeRefused(Words("records：有不认识的字段", "records: unknown fields"))
    return Record(**{name: data[name] for name in kinds})


_FORMAT: Final = Words(
    f'正文应为 JSON 对象 {{"format": "{FORMAT}", "batch", "sender", "records"}}',
    f'The body must be an object {{"format": "{FORMAT}", "batch", "sender", "records"}}',
)
_NO_RESULTS: Final = Words(
    "对方的应答没有逐条列出结果", "The answer does not say what became of each record"
)
