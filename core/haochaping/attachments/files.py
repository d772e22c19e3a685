"""Keeping files: sealed in one row each, counted, read on the record, destroyed by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select, update

from haochaping.access.vault import Vault
from haochaping.attachments.media import SUFFIXES, FileRefused, Limits, inspect
from haochaping.attachments.tables import attachment
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

ADDED, READ = "attachment.added", "attachment.read"
NAME_MAX: Final = 80
BATCH: Final = 200
_SEPARATORS: Final = str.maketrans({sign: "_" for sign in '/\\:*?"<>|'})


class UnknownFile(Problem):
    """There is no such file, or it was destroyed."""

    code = "HCP-FILE-UNKNOWN"
    status = 404
    title = Words("没有这个文件，或已按期限销毁", "There is no such file, or it was destroyed")


class TooManyFiles(FileRefused):
    """The owner's side has handed in as many files as its place takes."""

    code = "HCP-FILES-FULL"
    status = 409
    title = Words("文件已达最多个数", "No more files are taken")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is handed in.

    owner: the row it belongs to (`case:17`). kind: what it is for. side: who hands it in.
    person_id: the rater in whose vault key it is sealed, None for a key of its own.
    key: minted by the page; the same key is the same file.
    """

    owner: str
    region: str
    kind: str
    side: str
    name: str
    data: bytes = field(repr=False)
    key: str
    account_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was handed in. `name` is empty once it was destroyed (`gone`)."""

    id: int
    owner: str
    region: str
    kind: str
    side: str
    no: int
    media: str
    size: int
    name: str
    account_id: int | None
    at: datetime
    gone: bool


def add(
    conn: Connection, vault: Vault, emit: Emit, what: tuple[Upload, Limits], at: datetime
) -> int:
    """Keep a file and return its id; sent again with the same key it is kept once.

    Row and bytes are written in the caller's transaction. Raises FileRefused, TooManyFiles.
    """
    upload, limits = what
    known = select(attachment.c.id).where(attachment.c.idempotency_key == upload.key)
    found = conn.execute(known).scalar_one_or_none()
    if found is not None:
        return int(found)
    content = inspect(upload.data, limits)
    file_id = new_id()
    sealed, key_id = vault.seal_text(
        conn, content.data, upload.person_id, _context(file_id, "data"), at
    )
    name = _named(upload.name, content.media).encode()
    row = {
        "id": file_id,
        **{name: getattr(upload, name) for name in ("region", "owner", "kind", "side")},
        "media": content.media,
        "size": len(content.data),
        "name_sealed": vault.seal_beside(conn, name, key_id, _context(file_id, "name")),
        "sealed": sealed,
        "key_id": key_id,
        "account_id": upload.account_id,
        "idempotency_key": upload.key,
        "at": at,
    }
    if not _placed(conn, row, limits.files_max):
        raise TooManyFiles
    told = {"file_id": file_id, "kind": upload.kind, "side": upload.side}
    told |= {"account_id": upload.account_id, "size": len(content.data)}
    emit(conn, Event(ADDED, upload.owner, told, upload.region), at)
    return file_id


def of(conn: Connection, vault: Vault, owner: str, kind: str) -> tuple[Attachment, ...]:
    """Return an owner's files of one kind, oldest first, those destroyed included."""
    mine = (attachment.c.owner == owner, attachment.c.kind == kind)
    rows = conn.execute(_listed().where(*mine).order_by(attachment.c.id)).all()
    return tuple(_shown(conn, vault, row) for row in rows)


def find(conn: Connection, vault: Vault, file_id: int) -> Attachment:
    """Return a file without its bytes. Raises UnknownFile."""
    row = conn.execute(_listed().where(attachment.c.id == file_id)).one_or_none()
    if row is None:
        raise UnknownFile
    return _shown(conn, vault, row)


def placed(conn: Connection, vault: Vault, place: tuple[str, str, str, int]) -> Attachment:
    """Return the file at a place: owner, kind, side, number. Raises UnknownFile."""
    names = ("owner", "kind", "side", "no")
    mine = (attachment.c[name] == value for name, value in zip(names, place, strict=True))
    row = conn.execute(_listed().where(*mine)).one_or_none()
    if row is None:
        raise UnknownFile
    return _shown(conn, vault, row)


def read(
    conn: Connection, vault: Vault, emit: Emit, who: tuple[Attachment, int | None], at: datetime
) -> bytes:
    """Return the bytes of a file and write into the journal who read it (None: the rater).

    The caller has checked that the reader may. Commit before showing anything. Raises UnknownFile.
    """
    file, account_id = who
    told = {"file_id": file.id, "account_id": account_id}
    emit(conn, Event(READ, file.owner, told, file.region), at)
    data = _bytes(conn, vault, file.id)
    if data is None:
        raise UnknownFile
    return data


def published_bytes(conn: Connection, vault: Vault, file_id: int) -> bytes | None:
    """Return the bytes of a file that the public may see, off the record; None when gone."""
    return _bytes(conn, vault, file_id)


def destroy(conn: Connection, vault: Vault, condition: ColumnElement[bool], at: datetime) -> int:
    """Destroy the bytes and names of up to BATCH files; the rows stay. Return how many."""
    statement = select(attachment.c.id, attachment.c.key_id).where(
        condition, attachment.c.gone_at.is_(None)
    )
    rows = conn.execute(statement.order_by(attachment.c.id).limit(BATCH)).all()
    if not rows:
        return 0
    gone = update(attachment).where(attachment.c.id.in_([row.id for row in rows]))
    conn.execute(gone.values(sealed=b"", name_sealed=b"", gone_at=at))
    for row in rows:
        vault.forget_text(conn, row.key_id)  # a person's key stays for what else it seals
    return len(rows)


def expire(conn: Connection, vault: Vault, before: datetime, at: datetime) -> int:
    """Destroy up to BATCH files handed in before a moment; return how many."""
    return destroy(conn, vault, attachment.c.at < before, at)


def _placed(conn: Connection, row: dict[str, Any], most: int) -> bool:
    """Insert a row at the first free place; two at once cannot take the same one."""
    mine = (attachment.c[name] == row[name] for name in ("owner", "kind", "side"))
    taken: Sequence[int] = conn.execute(select(attachment.c.no).where(*mine)).scalars().all()
    for no in range(1, most + 1):
        if no not in taken and insert_or_ignore(conn, attachment, [{**row, "no": no}]):
            return True
    return False


def _listed() -> Any:
    hidden = {"sealed", "idempotency_key"}
    return select(*(column for column in attachment.c if column.name not in hidden))


def _shown(conn: Connection, vault: Vault, row: Row[Any]) -> Attachment:
    sealed = None
    if row.gone_at is None:
        sealed = vault.open_text(conn, row.name_sealed, row.key_id, _context(row.id, "name"))
    plain = ("id", "owner", "region", "kind", "side", "no", "media", "size", "account_id", "at")
    return Attachment(
        **{name: getattr(row, name) for name in plain},
        name="" if sealed is None else sealed.decode(),
        gone=sealed is None,
    )


def _bytes(conn: Connection, vault: Vault, file_id: int) -> bytes | None:
    columns = (attachment.c.sealed, attachment.c.key_id)
    row = conn.execute(select(*columns).where(attachment.c.id == file_id)).one_or_none()
    return None if row is None or not row.sealed else _opened(conn, vault, row, file_id)


def _opened(conn: Connection, vault: Vault, row: Any, file_id: int) -> bytes | None:
    return vault.open_text(conn, row.sealed, row.key_id, _context(file_id, "data"))


def _named(name: str, media: str) -> str:
    """Return a file's name without path and control signs, ending as its content does."""
    plain = "".join(
        sign for sign in name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1] if sign.isprintable()
    )
    stem = plain.translate(_SEPARATORS).rpartition(".")[0] or plain or "file"
    return stem[:NAME_MAX] + SUFFIXES[media]


def _context(file_id: int, part: str) -> bytes:
    return f"attachment:{file_id}:{part}".encode()
