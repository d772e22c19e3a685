"""Evidence about a case: pictures and PDFs handed in by its sides, read on the record."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import Attachment, Upload
from haochaping.attachments.media import Limits
from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.profile.following_up import EvidenceRules
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.context import Context
from haochaping.rectification.machine import APPEAL, HANDLE, PARTNER
from haochaping.rectification.machine import RATER as RATER_HIMSELF
from haochaping.rectification.moves import own_matter
from haochaping.rectification.problems import NeedMissing, NotPermitted, OwnMatter
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.timeline import Entry, record

KIND: Final = "evidence"
HANDLER, APPELLANT, RATER = "handler", "appellant", "rater"
SIDES: Final = {
    HANDLER: Words(N_("承办方"), "the handling side"),
    APPELLANT: Words(N_("申诉方"), "the appellant"),
    RATER: Words(N_("评价人"), "the rater"),
}
_PERMISSIONS: Final = {
    HANDLER: frozenset({HANDLE, PARTNER}),
    APPELLANT: frozenset({APPEAL}),
    RATER: frozenset({RATER_HIMSELF}),
}
_CLOSED: Final = Words(
    "工单已办结，不能再提交材料", "The case is closed: no more evidence is taken"
)
_MB: Final = 1024 * 1024


def sides_of(context: Context, case: Case, actor: Actor) -> tuple[str, ...]:
    """Return for which sides an actor may hand in evidence now."""
    if case.closed or own_matter(case, actor):
        return ()
    allowed = context.rules.handling.evidence.sides
    return tuple(one for one in allowed if actor.permissions & _PERMISSIONS[one])


def limits(rules: EvidenceRules) -> Limits:
    """Return what is taken of one side."""
    return Limits(bytes_max=rules.megabytes * _MB, files_max=rules.files_max)


def add(
    context: Context, conn: Connection, vault: Vault, order: Order, upload: tuple[str, str, bytes]
) -> int:
    """Keep a file about a case; `order.text` is the page's key, `upload` side, name and bytes.

    Raises OwnMatter, NotPermitted, NeedMissing when the case is closed, FileRefused, TooManyFiles.
    """
    case = by_public_id(conn, order.public_id)
    side, name, data = upload
    if own_matter(case, order.actor):
        raise OwnMatter
    if case.closed:
        raise NeedMissing(_CLOSED)
    if side not in sides_of(context, case, order.actor):
        raise NotPermitted(needed=sorted(_PERMISSIONS.get(side, ())))
    handed = Upload(
        owner=case.subject,
        region=case.region,
        kind=KIND,
        side=side,
        name=name,
        data=data,
        key=f"{case.subject}:{order.text}",
        account_id=order.actor.account_id,
    )
    known = {one.id for one in of(conn, vault, case)}
    what = (handed, limits(context.rules.handling.evidence))
    file_id = files.add(conn, vault, context.emit, what, order.at)
    if file_id not in known:
        facts = {"file_id": file_id, "side": side}
        record(conn, case, Entry(order.at, "evidence", order.actor.account_id, details=facts))
    return file_id


def of(conn: Connection, vault: Vault, case: Case) -> tuple[Attachment, ...]:
    """Return the evidence about a case, oldest first."""
    return files.of(conn, vault, case.subject, KIND)


def read(
    context: Context, conn: Connection, vault: Vault, order: Order, which: tuple[str, int]
) -> tuple[Attachment, bytes]:
    """Return a file about the case of `order` and note who read it. Raises UnknownFile.

    :param which: the side that handed it in, and its number there.
    """
    case = by_public_id(conn, order.public_id)
    found = files.placed(conn, vault, (case.subject, KIND, *which))
    who = (found, order.actor.account_id)
    return found, files.read(conn, vault, context.emit, who, order.at)
