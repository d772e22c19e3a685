"""Photos that raters add to a rating: kept sealed with its chain, published only when decided.

Plugins keep photos of their own the same way (`plugin_photos`).

They belong to the chain, so a changed rating keeps them. Each is drawn anew before it is
kept, sealed under the rater's key or one of its own, and sent again it is kept once. Nobody
but who handles the case, the supervisor's side and the publisher sees one; the public sees
those that a publisher let through, beside published words, while these stand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, delete, literal, select, update

from haochaping.access.vault import Vault
from haochaping.attachments import files
from haochaping.attachments.files import Attachment, Upload
from haochaping.attachments.tables import attachment
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.retouching import PhotoLimits, redrawn
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.tables import photo_decision
from haochaping.ids import random_code
from haochaping.journal import Emit, Event
from haochaping.store.types import Flag
from haochaping.store.upsert import insert_or_ignore

KIND: Final = "photo"
SIDE: Final = "rater"
DECIDED: Final = "photo.decided"
REMOVED: Final = "photo.removed"
CODE_SIGNS: Final = 20


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a rating; `open` once a publisher let it through, under `code`."""

    file: Attachment
    decided: bool = False
    open: bool = False
    code: str = ""


class Owned(Protocol):
    """What photos belong to: a name of its own, in a county."""

    @property
    def name(self) -> str:
        """The name that files know it by."""
        ...

    @property
    def region(self) -> str:
        """The county (6 digits)."""
        ...


AnOwner = TypeVar("AnOwner", bound=Owned)


@dataclass(frozen=True, slots=True)
class Owner:
    """The chain that photos belong to."""

    region: str
    served_month: int
    first_id: int

    @classmethod
    def of(cls, row: Evaluation) -> Owner:
        """Return the chain of a rating."""
        return cls(row.region, row.served_month, row.first_id)

    @property
    def name(self) -> str:
        """The chain as files know their owner."""
        return f"evaluation:{self.region}:{self.served_month}:{self.first_id}"


def drawn(uploads: Sequence[bytes], limits: PhotoLimits) -> tuple[bytes, ...]:
    """Return photos drawn anew, before anything is stored. Raises FileRefused."""
    return tuple(redrawn(one, limits) for one in uploads)


def add(
    conn: Connection, desk: Desk, row: Evaluation, photos: Sequence[bytes], limits: PhotoLimits
) -> int:
    """Keep photos of a rating in the caller's transaction; return how many the chain has.

    The same photo sent again is kept once. Raises TooManyFiles, and nothing is kept.
    """
    return keep(conn, desk, Owner.of(row), (photos, limits), row.person_id)


def keep(
    conn: Connection,
    desk: Desk,
    owner: Owned,
    what: tuple[Sequence[bytes], PhotoLimits],
    person_id: int | None = None,
) -> int:
    """Keep photos, sealed under the key of a person or under one of their own, as `add` does."""
    (photos, limits), at, vault = what, desk.clock.now(), Vault(desk.keyring)
    for number, photo in enumerate(photos, 1):
        digest = desk.keyring.mac("photo", owner.name.encode() + b"\n" + photo).hex()[:40]
        upload = Upload(
            owner.name, owner.region, KIND, SIDE, f"{number}.jpg", photo, f"photo:{digest}",
            person_id=person_id,
        )  # fmt: skip
        files.add(conn, vault, desk.emit, (upload, limits.kept), at)
    return len(of(conn, vault, owner))


def of(conn: Connection, vault: Vault, owner: Owned) -> tuple[Photo, ...]:
    """Return a chain's photos in the order they came, without those that are gone."""
    found = [one for one in files.of(conn, vault, owner.name, KIND) if not one.gone]
    decided = _decisions(conn, [one.id for one in found])
    return tuple(_photo(one, decided) for one in found)


def remove(conn: Connection, desk: Desk, row: Evaluation, number: int) -> bool:
    """Destroy one photo at its rater's wish; False when it is not this rating's."""
    owner, at = Owner.of(row), desk.clock.now()
    mine = (attachment.c.id == number) & (attachment.c.owner == owner.name)
    gone = files.destroy(conn, Vault(desk.keyring), mine & (attachment.c.kind == KIND), at)
    if gone:
        conn.execute(delete(photo_decision).where(photo_decision.c.attachment_id == number))
        desk.emit(conn, Event(REMOVED, owner.name, {"file_id": number}, owner.region), at)
    return bool(gone)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which of a chain's photos the public may see, who says so, and when."""

    open: Collection[int]
    account_id: int
    at: datetime


def decide(conn: Connection, vault: Vault, emit: Emit, owner: Owned, by: Decision) -> None:
    """Let some photos of a chain through and keep the others; may be decided anew."""
    for photo in of(conn, vault, owner):
        shown = photo.file.id in by.open
        row = {
            "attachment_id": photo.file.id,
            "public_code": random_code(CODE_SIGNS),
            "shown": shown,
            "decided_by": by.account_id,
            "decided_at": by.at,
        }
        if not insert_or_ignore(conn, photo_decision, [row]):
            again = {name: row[name] for name in ("shown", "decided_by", "decided_at")}
            mine = photo_decision.c.attachment_id == photo.file.id
            conn.execute(update(photo_decision).where(mine).values(**again))
        if shown != photo.open or not photo.decided:
            told = {"file_id": photo.file.id, "shown": shown, "account": by.account_id}
            emit(conn, Event(DECIDED, owner.name, told, photo.file.region), by.at)


def shown(conn: Connection, owners: Sequence[AnOwner]) -> Mapping[AnOwner, tuple[str, ...]]:
    """Return the public codes of the photos that were let through, by what they belong to."""
    names = {owner.name: owner for owner in owners}
    rows = attachment.c
    statement = (
        select(rows.owner, photo_decision.c.public_code)
        .join(photo_decision, photo_decision.c.attachment_id == rows.id)
        .where(rows.owner.in_(names), rows.kind == KIND, rows.gone_at.is_(None), _OPEN)
        .order_by(rows.owner, rows.no)
    )
    found: dict[AnOwner, tuple[str, ...]] = {}
    for name, code in conn.execute(statement) if names else ():
        owner = names[name]
        found[owner] = (*found.get(owner, ()), code)
    return found


def behind(conn: Connection, vault: Vault, code: str) -> tuple[Owner, bytes] | None:
    """Return the chain and the bytes of a photo that was let through, by its public code."""
    found = let_through(conn, vault, code)
    if found is None or not found[0].startswith("evaluation:"):
        return None
    _, region, month, first = found[0].split(":")
    return Owner(region, int(month), int(first)), found[1]


def let_through(conn: Connection, vault: Vault, code: str) -> tuple[str, bytes] | None:
    """Return the name of what a photo belongs to and its bytes, by its public code."""
    statement = (
        select(attachment.c.id)
        .join(photo_decision, photo_decision.c.attachment_id == attachment.c.id)
        .where(photo_decision.c.public_code == code, attachment.c.gone_at.is_(None), _OPEN)
    )
    number = conn.execute(statement).scalar_one_or_none()
    if number is None:
        return None
    data = files.published_bytes(conn, vault, number)
    return None if data is None else (files.find(conn, vault, number).owner, data)


def _decisions(conn: Connection, ids: Sequence[int]) -> Mapping[int, Any]:
    wanted = select(photo_decision).where(photo_decision.c.attachment_id.in_(ids))
    return {row.attachment_id: row for row in conn.execute(wanted)} if ids else {}


def _photo(file: Attachment, decided: Mapping[int, Any]) -> Photo:
    row = decided.get(file.id)
    return Photo(file) if row is None else Photo(file, True, row.shown, row.public_code)


_OPEN: Final = photo_decision.c.shown == literal(True, Flag())
