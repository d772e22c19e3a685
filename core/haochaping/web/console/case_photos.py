"""Photos of raters on the console: for who handles the case, and for the publisher."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response
from sqlalchemy import Connection

from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import UnknownFile
from haochaping.evaluation import photos
from haochaping.evaluation.photos import Owner
from haochaping.rectification.origins import EVALUATION
from haochaping.rectification.records import Case
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal
from haochaping.web.i18n import _
from haochaping.web.site import site


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo on a page: where it is, what it is called, whether the public may see it."""

    id: int
    href: str
    name: str
    open: bool
    decided: bool


def owner_of(case: Case) -> Owner:
    """Return the chain behind a case. Raises NotFound for the case of an opinion."""
    if case.origin_kind != EVALUATION:
        raise NotFound
    return Owner(case.region, case.served_month, case.origin_id)


def of_case(conn: Connection, case: Case) -> tuple[ShownPhoto, ...]:
    """Return the photos of a case's rating; none for the case of an opinion."""
    if case.origin_kind != EVALUATION:
        return ()
    return listed(conn, owner_of(case), f"/console/cases/{case.public_id}")


def listed(conn: Connection, owner: Owner, below: str) -> tuple[ShownPhoto, ...]:
    """Return a chain's photos with their addresses below a page's own."""
    found = photos.of(conn, Vault(site().keyring), owner)
    return tuple(
        ShownPhoto(
            one.file.id,
            f"{below}/photos/{one.file.id}",
            _("评价人的照片 %(n)s", n=number),
            one.open,
            one.decided,
        )
        for number, one in enumerate(found, 1)
    )


def given(conn: Connection, owner: Owner, number: int) -> Response:
    """Answer with one photo of a chain, and note who looked. Raises NotFound for another's."""
    deployment, at = site(), site().clock.now()
    vault = Vault(deployment.keyring)
    try:
        file = files.find(conn, vault, number)
        if (file.owner, file.kind) != (owner.name, photos.KIND):
            raise NotFound
        who = (file, principal().account_id)
        data = files.read(conn, vault, deployment.journal.emit, who, at)
    except UnknownFile as gone:
        raise NotFound from gone
    response = Response(data, mimetype=file.media)
    response.headers["Cache-Control"] = "no-store"
    return response
