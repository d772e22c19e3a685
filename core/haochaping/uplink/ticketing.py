"""Tickets of other systems: a service, a rating and its case here, each ticket once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping.catalog.cases import push
from haochaping.catalog.pushes import Applicant, PushedCase, PushedOccurrence
from haochaping.evaluation import stored, targets
from haochaping.evaluation.intake import SOURCE_CLIENT
from haochaping.evaluation.problems import AlreadyRated
from haochaping.evaluation.rules import ROUND
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.exchange import Ticket
from haochaping.hooks.values import Identity, OccurrenceKey, Provenance, Words
from haochaping.ids import new_id
from haochaping.problems import Problem
from haochaping.rectification.records import by_origin
from haochaping.store.types import canonical_json
from haochaping.store.upsert import insert_or_ignore
from haochaping.uplink.collecting import RECORDED, SOURCE_REFUSED, STATUS, Wanted, queue
from haochaping.uplink.desk import Exchange
from haochaping.uplink.placing import Refused
from haochaping.uplink.tables import exchange_ticket

TAKEN, RATED_BEFORE, REFUSED, DUPLICATE = "taken", "rated_before", "refused", "duplicate"
_PURPOSE: Final = "exchange.ticket"
_MOMENTS: Final = ("served_at", "submitted_at")

Reach = Callable[[str, str], bool]


class UnknownSource(Problem):
    """Tickets come from a source that the settings do not name, or none are taken here."""

    code = "HCP-UNKNOWN-SOURCE"
    status = 404
    title = Words(
        "本地没有登记这个工单来源，请在 deployment.yaml 的 exchange.sources 中登记，"
        "并把配置档 uplink.intake 设为 upstream 或 both",
        "No such source of tickets is known here: name it in deployment.yaml under"
        " exchange.sources, and set uplink.intake to upstream or both in the profile",
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a ticket: taken, rated_before (counted once), duplicate or refused."""

    no: str
    status: str
    fault: Words | None = None


def anywhere(region_path: str, organization_path: str) -> bool:
    """Permit every place: the deployment's own settings name the source."""
    return True


def take_pushed(
    exchange: Exchange, source: str, given: Sequence[Mapping[str, Any]], reaches: Reach
) -> Sequence[Taken]:
    """Take tickets that a source hands in, in its order. Raises UnknownSource."""
    require_source(exchange, source)
    take = partial(take_one, exchange, source, reaches=reaches, via="push")
    return [take(ticket_of(one)) for one in given]


def require_source(exchange: Exchange, source: str) -> None:
    """Raise UnknownSource unless tickets of a source are taken here."""
    if exchange.rules.intake == "local" or source not in exchange.settings:
        raise UnknownSource


def numbered(given: Any) -> bool:
    """Say whether something is an object with a ticket's number."""
    return (
        isinstance(given, dict) and isinstance(given.get("no"), str) and 1 <= len(given["no"]) <= 64
    )


def ticket_of(given: Mapping[str, Any]) -> Ticket:
    """Return the ticket of an object in the core's words; what is amiss is found later."""
    known = {name: one for name, one in given.items() if name in Ticket.__slots__}
    grade = known.get("grade")
    known["grade"] = grade if type(grade) is int else 0
    known["options"] = tuple(map(str, known.get("options") or ()))
    for name in _MOMENTS:
        known[name] = _moment(known.get(name))
    return Ticket(**known)


def take_one(
    exchange: Exchange, source: str, ticket: Ticket, *, reaches: Reach = anywhere, via: str = "pull"
) -> Taken:
    """Take one ticket in; the same number and content again changes nothing."""
    said = _digest(ticket)
    with exchange.store.read() as conn:
        row = _row(conn, source, ticket.no)
    if row is not None and row.state != REFUSED and row.first_id is not None:
        return _again(ticket, row.body_digest == said)
    try:
        key = _placed(exchange, source, ticket, (reaches, via, said))
        return _rated(exchange, source, ticket, key)
    except Refused as error:
        return _refused(exchange, source, ticket, (via, said), error.why)
    except Problem as error:
        return _refused(exchange, source, ticket, (via, said), error.detail)


def refused_again(exchange: Exchange, ticket_id: int) -> Taken | None:
    """Try a refused ticket once more, as it was handed in; None when it is not kept any more."""
    with exchange.store.read() as conn:
        mine = exchange_ticket.c
        row = conn.execute(
            select(exchange_ticket).where(mine.id == ticket_id, mine.state == REFUSED)
        ).one_or_none()
    if row is None or row.sealed is None:
        return None
    plain = exchange.desk.keyring.open(_PURPOSE, row.sealed, _context(row.origin, row.source_no))
    return take_one(exchange, row.origin, ticket_of(json.loads(plain)), via=row.via)


def forget(conn: Connection, before: datetime) -> None:
    """Forget what refused tickets said that came before a moment."""
    mine = exchange_ticket.c
    old = (mine.at < before) & mine.sealed.is_not(None)
    conn.execute(update(exchange_ticket).where(old).values(sealed=None))


def _again(ticket: Ticket, same: bool) -> Taken:
    if same:
        return Taken(ticket.no, DUPLICATE)
    return Taken(ticket.no, REFUSED, _CHANGED)


def _placed(
    exchange: Exchange, source: str, ticket: Ticket, how: tuple[Reach, str, str]
) -> OccurrenceKey:
    """Store the service and the ticket's number in one transaction; what follows can be redone."""
    reaches, via, said = how
    at = exchange.clock.now()
    with exchange.store.write() as conn:
        (result,) = push(
            conn,
            exchange.emit,
            at,
            [_pushed(source, ticket)],
            person_sink=lambda c, one: exchange.vault.remember(c, one, one.region, at),
            zone=exchange.zone,
            emit_many=exchange.emit_many,
        )
        if result.key is None:
            raise Refused(result.reason or _NO_SERVICE)
        target = targets.find(conn, result.key)
        if target is None or not reaches(*target.place):
            raise Refused(_OUTSIDE)
        _note(conn, source, ticket, {"state": TAKEN, "via": via, "at": at, "body_digest": said})
        _change(conn, source, ticket.no, _where(result.key))
    return result.key


def _pushed(source: str, ticket: Ticket) -> PushedCase:
    person = None
    if ticket.name or ticket.mobile:
        person = Applicant("applicant", "1", ticket.name, "", "", ticket.mobile)
    served = PushedOccurrence(
        no=ticket.occurrence_no,
        stage="consultation" if not ticket.case_no else "",
        service_channel="hotline" if not ticket.case_no else "",
        hall_code=ticket.hall_code,
        window_code=ticket.window_code,
        staff_no=ticket.staff_no,
        served_at=ticket.served_at,
    )
    return PushedCase(
        case_no=_case_no(source, ticket),
        item_code=ticket.item_code,
        organization_code=ticket.organization_code,
        applicant=person,
        occurrences=(served,),
    )


def _case_no(source: str, ticket: Ticket) -> str:
    return ticket.case_no or f"{source}-{ticket.no}"[:64]


def _rated(exchange: Exchange, source: str, ticket: Ticket, key: OccurrenceKey) -> Taken:
    accepted = exchange.desk.rules.identities
    known = Identity.PRESUMED in accepted and bool(ticket.name or ticket.mobile)
    operator = ticket.channel == "hotline"
    draft = Draft(
        occurrence=CaseRef(_case_no(source, ticket), ticket.occurrence_no),
        grade=ticket.grade or None,
        options=ticket.options,
        text=ticket.text,
        channel=ticket.channel,
        provenance=Provenance.HOTLINE_OPERATOR if operator else Provenance.CITIZEN,
        identity=Identity.PRESUMED if known else Identity.ANONYMOUS,
        submitted_at=ticket.submitted_at,
        idempotency_key=ticket.no,
        client=f"{SOURCE_CLIENT}{source}",
    )
    try:
        receipt = exchange.intake.submit(draft)
        state, first = TAKEN, receipt.evaluation.id
    except AlreadyRated:
        state, first = RATED_BEFORE, 0
    with exchange.store.write() as conn:
        first = first or _first(conn, key)
        _change(conn, source, ticket.no, {"state": state, "first_id": first, "sealed": None})
        _tell(exchange, conn, source, ticket, (state, first, key))
    return Taken(ticket.no, state)


def _tell(
    exchange: Exchange,
    conn: Connection,
    source: str,
    ticket: Ticket,
    what: tuple[str, int, OccurrenceKey],
) -> None:
    """Tell the source at once what no case will tell it: recorded, or rated before."""
    state, first, key = what
    row = _row(conn, source, ticket.no)
    if state == TAKEN and by_origin(conn, "evaluation", first) is not None:
        return
    said = RECORDED if state == TAKEN else RATED_BEFORE
    subject = f"ticket:{row.id}:{said}:0"
    wanted = Wanted(source, STATUS, subject, key.region, ticket.no)
    queue(conn, [wanted], exchange.clock.now())


def _refused(
    exchange: Exchange, source: str, ticket: Ticket, how: tuple[str, str], why: Words
) -> Taken:
    """Keep a ticket that cannot be taken in, sealed, with the reason; who is asked is told."""
    via, said = how
    at = exchange.clock.now()
    plain = canonical_json(_plain(ticket)).encode()
    sealed = exchange.desk.keyring.seal(_PURPOSE, plain, _context(source, ticket.no))
    values = {"state": REFUSED, "via": via, "at": at, "body_digest": said}
    faults = {"fault_zh": why.zh[:500], "fault_en": (why.en or why.zh)[:500]}
    with exchange.store.write() as conn:
        _note(conn, source, ticket, values)
        _change(conn, source, ticket.no, {**values, **faults, "sealed": sealed})
        if via == "pull":
            row = _row(conn, source, ticket.no)
            subject = f"ticket:{row.id}:{hashlib.sha256(why.zh.encode()).hexdigest()[:8]}"
            queue(conn, [Wanted(source, SOURCE_REFUSED, subject, "", ticket.no)], at)
    return Taken(ticket.no, REFUSED, why)


def _note(conn: Connection, source: str, ticket: Ticket, values: Mapping[str, Any]) -> None:
    row = {"id": new_id(), "origin": source, "source_no": ticket.no, **values}
    insert_or_ignore(conn, exchange_ticket, [row])


def _change(conn: Connection, source: str, no: str, values: Mapping[str, Any]) -> None:
    mine = exchange_ticket.c
    conn.execute(
        update(exchange_ticket).where(mine.origin == source, mine.source_no == no).values(**values)
    )


def _row(conn: Connection, source: str, no: str) -> Any:
    mine = exchange_ticket.c
    return conn.execute(
        select(exchange_ticket).where(mine.origin == source, mine.source_no == no)
    ).one_or_none()


def _first(conn: Connection, key: OccurrenceKey) -> int:
    rows = [row for row in stored.of_occurrence(conn, key) if row.round == ROUND]
    return rows[0].first_id


def _where(key: OccurrenceKey) -> dict[str, Any]:
    where = {"region": key.region, "served_month": key.served_month, "occurrence_id": key.id}
    return {**where, "state": TAKEN, "fault_zh": "", "fault_en": ""}


def _digest(ticket: Ticket) -> str:
    return hashlib.sha256(canonical_json(_plain(ticket)).encode()).hexdigest()[:32]


def _plain(ticket: Ticket) -> dict[str, Any]:
    given = asdict(replace(ticket, options=tuple(ticket.options)))
    moments = {name: given[name] and given[name].isoformat() for name in _MOMENTS}
    return {**given, **moments, "options": list(ticket.options)}


def _context(source: str, no: str) -> bytes:
    return f"{source}:{no}".encode()


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


_NO_SERVICE: Final = Words("办件未能保存", "The service was not stored")
_OUTSIDE: Final = Words(
    "该办件不在密钥的地区或机构范围内", "The service lies outside the reach of the key"
)
_CHANGED: Final = Words(
    "这个工单编号已收到过，内容不同；如有更正请用新的编号",
    "This ticket number was taken with another content: use a new number for a correction",
)
