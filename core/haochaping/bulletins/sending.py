"""Sending an issued bulletin to whom the profile lists, and reminding of one that is late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from haochaping.bulletins import short
from haochaping.bulletins.content import Content, period_words
from haochaping.bulletins.kept import Kept
from haochaping.bulletins.rules import Edition, Receiver
from haochaping.catalog.tables import organization
from haochaping.delivery import messages
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Period, Words

HERE = "/console/bulletins"


@dataclass(frozen=True, slots=True)
class Told:
    """What is sent: a bulletin, what it says, and the address of the site."""

    found: Kept
    content: Content
    site: str

    @property
    def link(self) -> str:
        """Where it can be read: on the public page, or in the console."""
        if self.found.edition is Edition.PUBLIC:
            return f"{self.site.rstrip('/')}{public_address(self.found)}"
        return f"{HERE}/{self.found.id}"


def public_address(found: Kept) -> str:
    """Return the lasting address of a published version."""
    return f"/bulletins/{found.period.name}/{found.version}"


def send(conn: Connection, receivers: Sequence[Receiver], told: Told, at: datetime) -> int:
    """Queue one message a receiver and organization; return how many are new."""
    queued = 0
    for number, receiver in enumerate(receivers):
        for unit in _units(conn, receiver):
            message = _message(told, receiver, number, unit)
            queued += messages.queue(conn, message, at) is not None
    return queued


def remind(conn: Connection, period: Period, edition: Edition, at: datetime) -> None:
    """Tell the supervisors, once, that a bulletin is later than the profile wants."""
    when = period_words(period)
    first = conn.execute(select(organization.c.id).order_by(organization.c.id).limit(1)).scalar()
    if first is None:
        return
    message = OutgoingMessage(
        business_id=f"bulletin-late:{period.name}:{edition}",
        to="supervisor",
        organization_id=first,
        gateway="inbox",
        subject=Words(f"{when.zh}通报已超过最迟发布日", f"The bulletin of {when.en} is late"),
        body=Words(
            "通报还没有发布，请尽快提交、批准并发布。",
            "It is not issued yet: submit, approve and issue it soon.",
        ),
        link=HERE,
    )
    messages.queue(conn, message, at)


def _units(conn: Connection, receiver: Receiver) -> Iterator[int]:
    own = organization.c
    statement = select(own.id).where(own.active == 1).order_by(own.id)
    if receiver.organizations:
        statement = statement.where(own.code.in_(receiver.organizations))
    yield from conn.execute(statement).scalars()


def _message(told: Told, receiver: Receiver, number: int, unit: int) -> OutgoingMessage:
    content = told.content
    return OutgoingMessage(
        business_id=f"bulletin:{told.found.id}:{number}:{unit}",
        to=receiver.to,
        organization_id=unit,
        gateway=receiver.gateway,
        subject=content.title,
        body=Words(short.media(content, "zh_Hans_CN"), short.media(content, "en")),
        link=told.link,
    )
