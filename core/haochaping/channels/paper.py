"""Paper batches: keyed by two people, compared, settled by a third or by looking at the scan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from haochaping.access import data_keys
from haochaping.channels.paper_tables import paper_batch, paper_scan, paper_sheet
from haochaping.channels.scans import Scan
from haochaping.crypto import Keyring, open_with, seal_with
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.problems import Problem

FIRST, SECOND, DIFFERS, DONE = "first", "second", "differs", "done"
SHEETS_MAX: Final = 20
SCANS_MAX: Final = 20
Keyed = Mapping[str, str]
"""A sheet as keyed once: `ref`, `grade`, `options`, `text`."""


class NotYours(Problem):
    """Somebody else has to do this step."""

    code = "HCP-PAPER-OTHER-CLERK"
    status = 403
    title = Words(
        "第二遍须由另一位录入员录入；差异须由第三人核定，或对照扫描件核定",
        "Somebody else keys the second time; differences are settled by a third person, "
        "or by looking at the scan",
    )


class NotNow(Problem):
    """The batch is at another step."""

    code = "HCP-PAPER-STEP"
    status = 409
    title = Words("这一批已经到了下一步，请刷新", "This batch has moved on: reload the page")


@dataclass(frozen=True, slots=True)
class Batch:
    """A pile: how many sheets, how far it has come, who worked on it."""

    id: int
    region_path: str
    organization_path: str
    sheets: int
    state: str
    first_by: int
    second_by: int | None
    settled_by: int | None
    key_id: int
    created_at: datetime
    scans: int = 0
    hall_id: int | None = None

    def may_key_second(self, account_id: int) -> bool:
        """Say whether somebody may key the batch a second time: anybody but the first."""
        return account_id != self.first_by

    def may_settle(self, account_id: int) -> bool:
        """Say whether somebody may settle differences: a third person, or any with the scan."""
        return bool(self.scans) or account_id not in (self.first_by, self.second_by)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as keyed; `outcome` is empty while it is open."""

    no: int
    first: Keyed = field(repr=False)
    second: Keyed = field(repr=False)
    outcome: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A pile about to be keyed: its place, its sheets, its first clerk."""

    region_path: str
    organization_path: str
    sheets: int
    first_by: int
    hall_id: int | None = None


@dataclass(frozen=True, slots=True)
class PaperBook:
    """Keeps batches; what was keyed is sealed."""

    keyring: Keyring

    def begin(self, conn: Connection, new: NewBatch, at: datetime) -> int:
        """Store a new batch and return its id."""
        batch_id = new_id()
        key_id, _ = data_keys.make(conn, self.keyring, at)
        row = {
            "id": batch_id,
            "region_path": new.region_path,
            "organization_path": new.organization_path,
            "hall_id": new.hall_id,
            "sheets": new.sheets,
            "state": FIRST,
            "first_by": new.first_by,
            "key_id": key_id,
            "created_at": at,
        }
        conn.execute(insert(paper_batch).values(row))
        return batch_id

    def key_first(self, conn: Connection, batch: Batch, rows: Sequence[Keyed]) -> None:
        """Store the first keying. Raises NotNow when it was stored before."""
        self._move(conn, batch, FIRST, SECOND)
        for no, keyed in enumerate(rows, 1):
            sealed = self._seal(conn, batch, f"{no}:1", keyed)
            row = {"batch_id": batch.id, "no": no, "first_sealed": sealed, "outcome": ""}
            conn.execute(insert(paper_sheet).values(row))

    def key_second(
        self, conn: Connection, batch: Batch, rows: Sequence[Keyed], account_id: int
    ) -> None:
        """Store the second keying, by somebody else. Raises NotYours, NotNow."""
        if not batch.may_key_second(account_id):
            raise NotYours
        self._move(conn, batch, SECOND, DIFFERS, second_by=account_id)
        for no, keyed in enumerate(rows, 1):
            sealed = self._seal(conn, batch, f"{no}:2", keyed)
            mine = (paper_sheet.c.batch_id == batch.id, paper_sheet.c.no == no)
            conn.execute(update(paper_sheet).where(*mine).values(second_sealed=sealed))

    def answer(
        self, conn: Connection, batch: Batch, no: int, outcome: str, grade: int | None = None
    ) -> None:
        """Note what became of a sheet."""
        mine = (paper_sheet.c.batch_id == batch.id, paper_sheet.c.no == no)
        conn.execute(update(paper_sheet).where(*mine).values(outcome=outcome, grade=grade))

    def close_if_answered(
        self, conn: Connection, batch: Batch, settled_by: int | None, at: datetime
    ) -> bool:
        """Finish a batch all of whose sheets have their answer; return whether it was."""
        open_left = select(func.count()).where(
            paper_sheet.c.batch_id == batch.id, paper_sheet.c.outcome == ""
        )
        if conn.execute(open_left).scalar_one():
            return False
        mine = (paper_batch.c.id == batch.id, paper_batch.c.state == DIFFERS)
        changes = {"state": DONE, "settled_by": settled_by, "done_at": at}
        return conn.execute(update(paper_batch).where(*mine).values(changes)).rowcount == 1

    def sheets(self, conn: Connection, batch: Batch) -> tuple[Sheet, ...]:
        """Return the sheets of a batch, in order; empty words when its key was destroyed."""
        mine = select(paper_sheet).where(paper_sheet.c.batch_id == batch.id)
        return tuple(
            Sheet(
                row.no,
                self._open(conn, batch, f"{row.no}:1", row.first_sealed),
                self._open(conn, batch, f"{row.no}:2", row.second_sealed),
                row.outcome,
                row.grade,
            )
            for row in conn.execute(mine.order_by(paper_sheet.c.no))
        )

    def attach(self, conn: Connection, batch: Batch, scan: Scan, at: datetime) -> int:
        """Keep a scan, sealed; return its id. Raises NotNow when there are too many."""
        if batch.state == DONE or batch.scans >= SCANS_MAX:
            raise NotNow
        scan_id = new_id()
        key = data_keys.get(conn, self.keyring, batch.key_id)
        if key is None:
            raise NotNow
        sealed = seal_with(key, scan.content, f"scan:{scan_id}".encode())
        row = {"id": scan_id, "batch_id": batch.id, "media": scan.media, "sealed": sealed}
        conn.execute(insert(paper_scan).values({**row, "at": at}))
        return scan_id

    def scan(self, conn: Connection, batch: Batch, scan_id: int) -> Scan | None:
        """Return a scan of a batch, None when it is not there or its key was destroyed."""
        mine = (paper_scan.c.batch_id == batch.id, paper_scan.c.id == scan_id)
        row = conn.execute(select(paper_scan).where(*mine)).one_or_none()
        key = data_keys.get(conn, self.keyring, batch.key_id)
        if row is None or key is None:
            return None
        return Scan(row.media, open_with(key, row.sealed, f"scan:{scan_id}".encode()))

    def _seal(self, conn: Connection, batch: Batch, where: str, keyed: Keyed) -> bytes:
        key = data_keys.get(conn, self.keyring, batch.key_id)
        if key is None:
            raise NotNow
        plain = json.dumps(dict(keyed), ensure_ascii=False).encode()
        return seal_with(key, plain, f"sheet:{batch.id}:{where}".encode())

    def _open(self, conn: Connection, batch: Batch, where: str, sealed: bytes | None) -> Keyed:
        key = None if sealed is None else data_keys.get(conn, self.keyring, batch.key_id)
        if sealed is None or key is None:
            return {}
        found: Keyed = json.loads(open_with(key, sealed, f"sheet:{batch.id}:{where}".encode()))
        return found

    def _move(self, conn: Connection, batch: Batch, old: str, new: str, **more: Any) -> None:
        mine = (paper_batch.c.id == batch.id, paper_batch.c.state == old)
        if conn.execute(update(paper_batch).where(*mine).values(state=new, **more)).rowcount != 1:
            raise NotNow


def find(conn: Connection, batch_id: int) -> Batch | None:
    """Return a batch."""
    row = conn.execute(_batches().where(paper_batch.c.id == batch_id)).one_or_none()
    return None if row is None else _read(row)


def unfinished(conn: Connection, limit: int = 200) -> tuple[Batch, ...]:
    """Return the batches that need work, oldest first."""
    found = _batches().where(paper_batch.c.state != DONE).order_by(paper_batch.c.created_at)
    return tuple(_read(row) for row in conn.execute(found.limit(limit)))


def scan_list(conn: Connection, batch_id: int) -> tuple[tuple[int, str], ...]:
    """Return the scans of a batch in the order they came, each with its media type."""
    mine = select(paper_scan.c.id, paper_scan.c.media).where(paper_scan.c.batch_id == batch_id)
    return tuple((row.id, row.media) for row in conn.execute(mine.order_by(paper_scan.c.id)))


def tidy(conn: Connection, before: datetime) -> int:
    """Destroy the keys of batches done before a moment, and their scans; return how many."""
    old = select(paper_batch.c.id, paper_batch.c.key_id).where(
        paper_batch.c.state == DONE, paper_batch.c.done_at < before
    )
    gone = 0
    for batch_id, key_id in conn.execute(old).all():
        gone += data_keys.destroy(conn, key_id)
        conn.execute(delete(paper_scan).where(paper_scan.c.batch_id == batch_id))
    return gone


def _batches() -> Any:
    scans = (
        select(func.count())
        .where(paper_scan.c.batch_id == paper_batch.c.id)
        .correlate(paper_batch)
        .scalar_subquery()
    )
    return select(paper_batch, scans.label("scans"))


def _read(row: Row[Any]) -> Batch:
    names = Batch.__dataclass_fields__
    return Batch(**{name: value for name, value in row._mapping.items() if name in names})
