"""Sending an issued bulletin to whom the profile lists, and reminding of one that is late."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from haochaping.bulletins import short
from haochaping.bulletins.content import Content, period_words
from haochaping.bulletins.kept import Kept
from haochaping.bulletins.rules import Edition, Receiver
from haochaping.catalog.tables import organization
from haochaping.delivery import messages, receivers
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


def send(
    conn: Connection,
    listed: Sequence[Receiver],
    groups: Collection[str],
    told: Told,
    at: datetime,
) -> int:
    """Queue what every receiver is sent once; return how many messages are new.

    A gateway of `groups` reaches one group of people: it is told once, however many
    organizations there are. Of the others each person is told once, also one who stands for
    many organizations. An organization with nobody to tell gets a message that stays in the
    delivery log, where it is seen.
    """
    queued = 0
    for number, receiver in enumerate(listed):
        for to, unit, mark in _addressees(conn, receiver, receiver.gateway in groups):
            business_id = f"bulletin:{told.found.id}:{number}{mark}"
            message = _message(told, receiver, to, unit, business_id)
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


def _addressees(
    conn: Connection, receiver: Receiver, group: bool
) -> Iterator[tuple[str, int, str]]:
    """Return to whom, for which organization, and what ends the business id: each but once."""
    told = set[int]()
    for unit in _units(conn, receiver):
        if group:
            yield receiver.to, unit, ""
            return
        accounts = receivers.resolve(conn, receiver.to, unit)
        if not accounts:
            yield receiver.to, unit, f":{unit}"
        for account in accounts:
            if account not in told:
                told.add(account)
                yield f"account:{account}", unit, f"@{account}"


def _units(conn: Connection, receiver: Receiver) -> Sequence[int]:
    own = organization.c
    statement = select(own.id).where(own.active == 1).order_by(own.id)
    if receiver.organizations:
        statement = statement.where(own.code.in_(receiver.organizations))
    return conn.execute(statement).scalars().all()


def _message(
    told: Told, receiver: Receiver, to: str, unit: int, business_id: str
) -> OutgoingMessage:
    content = told.content
    return OutgoingMessage(
        business_id=business_id,
        to=to,
        organization_id=unit,
        gateway=receiver.gateway,
        subject=content.title,
        body=Words(short.media(content, "zh_Hans_CN"), short.media(content, "en")),
        link=told.link,
    )
