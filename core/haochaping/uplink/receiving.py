"""Taking in what a lower platform sends: each record once, each answered for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from haochaping.catalog import occurrences, regions
from haochaping.hooks.exchange import Answer, Batch, ExchangeRefused, Record, Sealed
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.problems import Problem
from haochaping.rectification import mirrored
from haochaping.store import is_duplicate
from haochaping.store.upsert import upsert
from haochaping.uplink import chains, shapes
from haochaping.uplink.desk import Exchange
from haochaping.uplink.packing import digest
from haochaping.uplink.placing import Refused, place
from haochaping.uplink.shapes import CASE, EVALUATION, REPLY, SERVICE, moment
from haochaping.uplink.tables import exchange_received

STORED, DUPLICATE, LATER, REFUSED = "stored", "duplicate", "later", "refused"

Reach = Callable[[str, str], bool]
"""Says whether the sender's key may write at a place, by the paths of region and organization."""


class SenderUnknown(Problem):
    """The sender's code lies outside the region of its key."""

    code = "HCP-SENDER-UNKNOWN"
    status = 403
    title = Words(
        "发送方代码不在该密钥的地区范围内，请核对下级平台的行政区划代码和密钥",
        "The sender's code is not within the region of its key: compare code and key",
    )


class NotReadable(Problem):
    """A batch is not signed as agreed, or is not in the language agreed."""

    code = "HCP-EXCHANGE-BODY"
    status = 422
    title = Words("批次无法读取", "The batch cannot be read")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the platform's code, the id of its key, and how far the key reaches."""

    code: str
    key_id: int
    reaches: Reach


class _Later(Exception):
    """Something else has to be here first."""


def answer(exchange: Exchange, sender: Sender, sealed: Sealed) -> bytes:
    """Take a batch as it travels and return the body that answers it.

    Raises NotReadable, SenderUnknown and StoreUnavailable.
    """
    dialect = exchange.receiving_dialect()
    try:
        body = exchange.receiving_crypto(sender.code).open(sealed, exchange.clock.now())
        batch = dialect.read(body)
    except ExchangeRefused as error:
        raise NotReadable(error.why) from error
    return dialect.reply(batch, take(exchange, sender, batch))


def take(exchange: Exchange, sender: Sender, batch: Batch) -> tuple[Answer, ...]:
    """Store the records of a batch, each in a transaction of its own; answer for each, in order.

    Raises SenderUnknown, and StoreUnavailable: what was stored until then is a duplicate the
    next time.
    """
    with exchange.store.read() as conn:
        known(conn, sender.code, sender.reaches)
    if batch.sender != sender.code:
        raise SenderUnknown
    return tuple(_one(exchange, sender, batch.id, record) for record in batch.records)


def known(conn: Connection, code: str, reaches: Reach) -> str:
    """Return the code of a sender within the reach of the key. Raises SenderUnknown.

    The key is that of a platform: one that is bound to an organization will not do.
    """
    path = regions.path_of(conn, code)
    if path is None or not reaches(path, ""):
        raise SenderUnknown
    return code


def _one(exchange: Exchange, sender: Sender, batch_id: str, record: Record) -> Answer:
    try:
        if record.fault.zh:
            raise ExchangeRefused(record.fault)
        shapes.require(record)
        with exchange.store.write() as conn:
            status = _stored(exchange, conn, (sender, batch_id), record)
        return Answer(record.kind, record.subject, status)
    except (ExchangeRefused, Refused) as error:
        return Answer(record.kind, record.subject, REFUSED, error.why)
    except Problem as error:
        return Answer(record.kind, record.subject, REFUSED, error.detail)
    except _Later:
        return Answer(record.kind, record.subject, LATER, _FIRST)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return Answer(record.kind, record.subject, LATER, _AT_ONCE)


def _stored(exchange: Exchange, conn: Connection, by: tuple[Sender, str], record: Record) -> str:
    sender, batch_id = by
    before = _known(conn, sender.code, record)
    if before is not None and before.revision >= record.revision:
        return DUPLICATE
    at = exchange.clock.now()
    ref = _APPLY[record.kind](exchange, conn, sender, record, before)
    row = {
        "sender": sender.code,
        "kind": record.kind,
        "subject": record.subject,
        "revision": record.revision,
        "digest": digest(record),
        "day": date.fromisoformat(record.day),
        "region": ref.region,
        "served_month": ref.served_month,
        "ref_id": ref.id,
        "key_id": sender.key_id,
        "batch_id": batch_id,
        "received_at": at,
    }
    changing = [name for name in row if name not in ("sender", "kind", "subject")]
    upsert(conn, exchange_received, [row], ["sender", "kind", "subject"], changing)
    return STORED


def _known(conn: Connection, sender: str, record: Record) -> Any:
    mine = exchange_received.c
    statement = select(exchange_received).where(
        mine.sender == sender, mine.kind == record.kind, mine.subject == record.subject
    )
    return conn.execute(statement.with_for_update()).one_or_none()


def _service(
    exchange: Exchange, conn: Connection, sender: Sender, record: Record, known: Any
) -> OccurrenceKey:
    return place(exchange, conn, record.content, sender.reaches)


def _evaluation(
    exchange: Exchange, conn: Connection, sender: Sender, record: Record, known: Any
) -> OccurrenceKey:
    key = place(exchange, conn, record.content, sender.reaches)
    said = chains.Said(key, record.content, f"{sender.code}:{record.subject}:{record.revision}")
    first = None if known is None else known.ref_id
    found = chains.put(exchange, conn, said, first)
    if found is None:
        raise _Later
    return replace(key, id=found)


def _case(
    exchange: Exchange, conn: Connection, sender: Sender, record: Record, known: Any
) -> OccurrenceKey:
    said = record.content
    key = occurrences.find(conn, said["case_no"], said["occurrence_no"])
    first = None if key is None else chains.first_of(conn, key)
    if key is None or first is None:
        raise _Later
    _require_reach(conn, key, sender)
    case = mirrored.put(exchange.cases, conn, _mirror(said, first), exchange.clock.now())
    return first if case is None else replace(first, id=case.id)


def _mirror(said: Mapping[str, Any], first: OccurrenceKey) -> mirrored.Mirror:
    names = ("contacted_at", "replied_at", "first_replied_at", "closed_at")
    return mirrored.Mirror(
        first=first,
        public_id=said["public_id"],
        state=CaseState(said["state"]),
        outcome=None if said["outcome"] is None else Outcome(said["outcome"]),
        complexity=said["complexity"] or "simple",
        opened_at=_needed(said, "opened_at"),
        due_at=_needed(said, "due_at"),
        first_due_at=_needed(said, "first_due_at"),
        late=said["late"],
        round=said["round"],
        reopened=said["reopened"],
        **{name: moment(said, name) for name in names},
    )


def _reply(
    exchange: Exchange, conn: Connection, sender: Sender, record: Record, known: Any
) -> OccurrenceKey:
    said = record.content
    case = mirrored.of_public_id(conn, said["public_id"])
    if case is None:
        raise _Later
    _require_reach(conn, case.key, sender)
    values = {"round": said["round"], "outcome": said["outcome"], "text": said["text"]}
    values["at"] = _needed(said, "at")
    number = mirrored.put_reply(exchange.cases, conn, case, values, exchange.clock.now())
    return replace(case.key, id=number)


_APPLY: Final = {SERVICE: _service, EVALUATION: _evaluation, CASE: _case, REPLY: _reply}


def _require_reach(conn: Connection, key: OccurrenceKey, sender: Sender) -> None:
    target = chains.target_of(conn, key)
    if target is None or not sender.reaches(*target.place):
        raise Refused(_NOT_YOURS)


def _needed(said: Mapping[str, Any], name: str) -> datetime:
    found = moment(said, name)
    if found is None:
        raise ExchangeRefused(Words(f"缺少 {name}", f"{name} is missing"))
    return found


_FIRST: Final = Words(
    "须先收到所属的评价或工单，请稍后重发",
    "The rating or case that it belongs to has to come first: send it again later",
)
_AT_ONCE: Final = Words(
    "同一记录正在处理，请稍后重发", "The same record is just being taken in: send it again later"
)
_NOT_YOURS: Final = Words(
    "该办件不在密钥的地区或机构范围内", "The service lies outside the reach of the key"
)
