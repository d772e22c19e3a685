"""Restoring a backup, and saying what the world outside knows that the database does not.

Everything is loaded in one transaction into empty tables. Messages that went out after the
backup are noted as sent, so that deadlines which pass once more tell nobody twice; the journal
records the break, and the seals go on from the last one of the backup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, exists, select

from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.clock import stopwatch
from haochaping.copying import rows
from haochaping.copying.archive import Reader
from haochaping.copying.backing import Header, check, sections
from haochaping.delivery.messages import SENT
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.disclosure import search
from haochaping.evaluation import conservation
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Event, append, sealing
from haochaping.operating import facts, receipts
from haochaping.problems import Problem
from haochaping.store import Store, migrating
from haochaping.store.upsert import insert_or_ignore

RESTORED: Final = "journal.restored"
BATCH: Final = 500
_NOTED: Final = "（恢复备份前已发送）"


class RestoreRefused(Problem):
    """A backup that does not fit here; nothing was changed."""

    code = "HCP-RESTORE-REFUSED"
    status = 409
    title = Words("不能恢复到这里", "The backup cannot be restored here")
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Lost:
    """A rating that was acknowledged and is not in the database."""

    evaluation: str
    at: datetime
    code: str
    case_no: str
    """Number of its service, empty when the service came after the backup as well."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored and what is missing since."""

    header: Header
    rows: int
    seconds: float
    lost: tuple[Lost, ...]
    messages: int
    seals: int
    again: bool = False
    """True when this backup had been restored before: nothing was done."""


def restore(deployment: Deployment, path: Path, key: bytes) -> Restored:
    """Restore a backup into the deployment's empty database; a second time does nothing.

    Raises BackupUnreadable, RestoreRefused or StoreUnavailable; then the tables are as before.
    """
    checked = check(path, key)
    started = stopwatch()
    if _restored_before(deployment, checked.header):
        lost = report(deployment)
        return Restored(checked.header, 0, 0.0, lost, 0, 0, again=True)
    _require_fit(deployment.store, checked.header)
    lines = deployment.migration_lines()
    migrating.migrate_to(deployment.store, lines, checked.header.revisions)
    with deployment.store.write() as conn:
        require_empty(conn, lines)
        load(conn, path, key)
        told = _follow_up(deployment, conn, checked.header)
    migrating.migrate(deployment.store, lines)
    search.complete(deployment.store)  # a backup older than the search has no words in it
    total = sum(checked.rows.values())
    return Restored(checked.header, total, stopwatch() - started, *told)


def load(conn: Connection, path: Path, key: bytes) -> None:
    """Write all rows of a backup into the empty tables of its revision."""
    with Reader(path, key) as reader:
        lines = reader.lines()
        header = Header.of(next(lines, None))
        loader = rows.Loader(conn, header.highest)
        for found, some in sections(lines):
            loader.load(found, some)
        loader.finish(rows.tables(conn, ()))


def report(deployment: Deployment) -> tuple[Lost, ...]:
    """Return the ratings that were acknowledged and are not in the database, the oldest first."""
    path = deployment.settings.receipt_journal
    if path is None:
        return ()
    told = [line for line in receipts.read(path) if line.kind == receipts.RECEIPT]
    with deployment.store.read() as conn:
        return tuple(_lost(conn, told))


def sound(store: Store) -> bool:
    """Say whether what was restored is what was written: ratings conserved, seals unbroken."""
    with store.read() as conn:
        return conservation.count(conn).holds and not list(sealing.verify(conn))


def _follow_up(
    deployment: Deployment, conn: Connection, header: Header
) -> tuple[tuple[Lost, ...], int, int]:
    at, path = deployment.clock.now(), deployment.settings.receipt_journal
    later = [line for line in receipts.read(path) if line.at >= header.at] if path else []
    lost = tuple(_lost(conn, [line for line in later if line.kind == receipts.RECEIPT]))
    sent = _note_sent(conn, [line for line in later if line.kind == receipts.MESSAGE])
    heads = [line for line in later if line.kind == receipts.SEAL]
    void = [line for line in heads if int(line.told["number"]) > header.seal]
    break_ = {
        "backup": header.id,
        "backup_at": header.at.isoformat(),
        "seal": header.seal,
        "head": header.head,
        "void_heads": [str(line.told["head"]) for line in void][-20:],
        "void_seals": len(void),
        "lost": len(lost),
    }
    append(conn, [Event(RESTORED, f"backup:{header.id}", break_)], at)
    facts.note(conn, "restore", {"id": header.id, "lost": len(lost)}, at)
    return lost, sent, len(void)


def _lost(conn: Connection, told: list[receipts.Line]) -> Iterator[Lost]:
    for start in range(0, len(told), BATCH):
        some = told[start : start + BATCH]
        ids = {int(str(line.told["evaluation"]).rpartition(":")[2]) for line in some}
        known = set(conn.execute(select(evaluation.c.id).where(evaluation.c.id.in_(ids))).scalars())
        gone = [
            line
            for line in some
            if int(str(line.told["evaluation"]).rpartition(":")[2]) not in known
        ]
        names = _case_numbers(conn, {int(line.told["occurrence"]) for line in gone})
        for line in gone:
            number = names.get(int(line.told["occurrence"]), "")
            yield Lost(str(line.told["evaluation"]), line.at, str(line.told["code"]), number)


def _case_numbers(conn: Connection, occurrences: set[int]) -> dict[int, str]:
    statement = (
        select(occurrence.c.id, service_case.c.case_no)
        .join(service_case, SAME_CASE)
        .where(occurrence.c.id.in_(occurrences))
    )
    return {row.id: row.case_no for row in conn.execute(statement)}


def _note_sent(conn: Connection, told: list[receipts.Line]) -> int:
    """Note messages as sent that went out after the backup; return how many were new."""
    number = 0
    for line in told:
        row: dict[str, Any] = {
            "id": new_id(),
            "business_id": line.told["business_id"],
            "gateway": line.told["gateway"],
            "receiver": "handler",
            "subject_zh": _NOTED,
            "body_zh": "",
            "state": SENT,
            "queued_at": line.at,
            "sent_at": line.at,
        }
        number += insert_or_ignore(conn, message, [row])
    return number


def _restored_before(deployment: Deployment, header: Header) -> bool:
    states = migrating.states(deployment.store, (migrating.CORE,))
    if any(state.current is None for state in states):
        return False
    with deployment.store.read() as conn:
        done = facts.last(conn, "restore")
        return done is not None and done.value.get("id") == header.id


def _require_fit(store: Store, header: Header) -> None:
    if header.dialect == "postgresql" and store.dialect == "sqlite":
        raise RestoreRefused(
            Words(
                "这是 PostgreSQL 的备份，请恢复到 PostgreSQL（--database）",
                "this is a backup of PostgreSQL; restore it into one (--database)",
            )
        )


def require_empty(conn: Connection, lines: tuple[migrating.Line, ...]) -> None:
    """Raise RestoreRefused when a table has rows already."""
    for table in rows.tables(conn, lines):
        if conn.execute(select(exists(select(1).select_from(table)))).scalar_one():
            raise RestoreRefused(
                Words(
                    f"数据库不是空的（{table.name} 有记录）。请指定空的数据库：--database",
                    f"the database is not empty ({table.name}); name an empty one: --database",
                )
            )


def lay_out(home: Path, header: Header) -> None:
    """Write settings, profiles and calendars of a backup that are not there yet."""
    for name, content in header.files.items():
        path = (home / name).resolve()
        if not path.is_relative_to(home.resolve()):
            raise RestoreRefused(
                Words(f"路径 {name} 不在目录内", f"{name} lies outside the folder")
            )
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    (home / "data").mkdir(exist_ok=True)
