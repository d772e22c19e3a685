"""Full text of published comments, in Chinese, alike on both databases.

Chinese has no spaces, and most of its words have two signs: too short for an index over three
(trigrams). The text is cut into every pair of neighbouring signs instead, and pairs one behind
the other are looked for. SQLite keeps them in an FTS5 table, PostgreSQL in a `tsvector`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from haochaping.disclosure.tables import review, review_search
from haochaping.store.types import Id

_BATCH: Final = 500
LONGEST: Final = 40
"""Signs of a question that are looked at."""
_SIGNS: Final = r"[\u3400-\u9fff\U00020000-\U000323af]"
_HAN: Final = re.compile(_SIGNS)
_RUNS: Final = re.compile(rf"{_SIGNS}+|(?:(?!{_SIGNS})[^\W_])+")
_ADDED: Final = text("INSERT INTO review_fts(rowid, grams) VALUES (:position, :grams)")
_GONE: Final = text(
    "INSERT INTO review_fts(review_fts, rowid, grams) VALUES ('delete', :position, :grams)"
)
_FULL_TEXT: Final = table("review_fts", column("rowid", Id()), column("review_fts"))


def _runs(words: str) -> Iterator[list[str]]:
    """Yield the terms of each run of signs that belong together, in order."""
    for found in _RUNS.finditer(unicodedata.normalize("NFKC", words).lower()):
        run = found[0]
        yield [run[at : at + 2] for at in range(len(run))] if _HAN.match(run) else [run]


def grams(words: str) -> str:
    """Return what is indexed of a text: 排队久 → `排队 队久 久`."""
    return " ".join(term for run in _runs(words) for term in run)


def question(words: str, dialect: str) -> str:
    """Return a question in a database's own language; empty when nothing can be looked for.

    All words of the question must occur, each as it is written.
    """
    runs = [_asked(run) for run in _runs(words[:LONGEST])]
    if dialect == "sqlite":
        return " AND ".join(_fts(run) for run in runs)
    return " & ".join(f"({_tsquery(run)})" for run in runs)


def _asked(run: list[str]) -> list[str]:
    """Return a run without its last sign alone: the pairs before hold it already."""
    return run[:-1] if len(run) > 1 else run


def _fts(run: list[str]) -> str:
    phrase = f'"{" ".join(run)}"'
    return f"{phrase}*" if _is_open(run) else phrase


def _tsquery(run: list[str]) -> str:
    mark = ":*" if _is_open(run) else ""
    return " <-> ".join(f"'{term}'{mark}" for term in run)


def _is_open(run: list[str]) -> bool:
    """Say whether a longer term may follow: one sign alone, or the beginning of a Latin word."""
    return len(run) == 1 and (len(run[0]) == 1 or not _HAN.match(run[0]))


def keep(conn: Connection, ids: Iterable[int]) -> None:
    """Index published comments, later ones behind all others; those there already stay."""
    wanted = list(ids)
    known = select(review_search.c.review_id).where(review_search.c.review_id.in_(wanted))
    there = set(conn.execute(known).scalars())
    texts = conn.execute(
        select(review.c.id, review.c.text)
        .where(review.c.id.in_(wanted), review.c.text.is_not(None))
        .order_by(review.c.batch_id, review.c.place.desc())
    ).all()
    last = conn.execute(select(func.coalesce(func.max(review_search.c.position), 0))).scalar_one()
    rows = [
        {"position": position, "review_id": row.id, "grams": grams(row.text)}
        for position, row in enumerate((row for row in texts if row.id not in there), last + 1)
    ]
    if rows:
        conn.execute(insert(review_search), rows)
        if conn.dialect.name == "sqlite":
            conn.execute(_ADDED, rows)


def rebuild(conn: Connection) -> None:
    """Index all published comments anew, after they were copied from another database."""
    forget(conn, conn.execute(select(review_search.c.review_id)).scalars())
    statement = (
        select(review.c.id)
        .where(review.c.text.is_not(None), review.c.batch_id.is_not(None))
        .order_by(review.c.batch_id, review.c.place.desc())
    )
    ids = conn.execute(statement).scalars().all()
    for start in range(0, len(ids), _BATCH):
        keep(conn, ids[start : start + _BATCH])


def forget(conn: Connection, ids: Iterable[int]) -> None:
    """Forget the words of comments that are no longer published."""
    gone = review_search.c.review_id.in_(list(ids))
    if conn.dialect.name == "sqlite":
        rows = conn.execute(select(review_search).where(gone)).mappings().all()
        for row in rows:
            conn.execute(_GONE, dict(row))
    conn.execute(delete(review_search).where(gone))


def matching(conn: Connection, words: str, before: int | None) -> Select[Any] | None:
    """Return the published comments that a question finds, newest first, with `position`.

    `before` is the position after which to go on. None when nothing can be looked for.
    """
    asked = question(words, conn.dialect.name)
    if not asked:
        return None
    place: ColumnElement[int] = review_search.c.position
    found = select(review, place).join(review_search, review_search.c.review_id == review.c.id)
    if conn.dialect.name == "sqlite":
        rowid = _FULL_TEXT.c.rowid
        found = found.join(_FULL_TEXT, rowid == place).order_by(rowid.desc())
        found = found.where(_FULL_TEXT.c.review_fts.op("MATCH")(bindparam("asked", asked)))
        place = rowid
    else:
        query = cast(literal(asked), TSQUERY)
        found = found.where(review_search.c.grams.op("@@")(query)).order_by(place.desc())
    return found if before is None else found.where(place < before)
