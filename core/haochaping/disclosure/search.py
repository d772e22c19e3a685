"""Full text of published comments and typical cases, in Chinese, alike on both databases.

Chinese has no spaces, and most of its words have two signs: too short for an index over three
(trigrams). The text is cut into every pair of neighbouring signs instead, and pairs one behind
the other are looked for. SQLite keeps them in an FTS5 table, PostgreSQL in a `tsvector`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    TableClause,
    TextClause,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from haochaping.disclosure.tables import review, review_search, typical_case, typical_search
from haochaping.store import Store
from haochaping.store.types import Id

_BATCH: Final = 500
_NEWEST: Final = 10_000
LONGEST: Final = 40
"""Signs of a question that are looked at."""
_SIGNS: Final = r"[\u3400-\u9fff\U00020000-\U000323af]"
_HAN: Final = re.compile(_SIGNS)
_RUNS: Final = re.compile(rf"{_SIGNS}+|(?:(?!{_SIGNS})[^\W_])+")


@dataclass(frozen=True, slots=True)
class Index:
    """One full text: the published texts, their words, and SQLite's index of those.

    `texts` yields `id` and `text` of all published texts, the oldest first.
    """

    words: Table
    owner: ColumnElement[int]
    texts: Select[Any]
    full_text: TableClause
    match: ColumnElement[Any]
    added: TextClause
    gone: TextClause


_REVIEW_FTS: Final = table("review_fts", column("rowid", Id()), column("review_fts"))
_TYPICAL_FTS: Final = table("typical_fts", column("rowid", Id()), column("typical_fts"))

REVIEWS: Final = Index(
    words=review_search,
    owner=review_search.c.review_id,
    texts=select(review.c.id, review.c.text)
    .where(review.c.text.is_not(None), review.c.batch_id.is_not(None))
    .order_by(review.c.batch_id, review.c.place.desc()),
    full_text=_REVIEW_FTS,
    match=_REVIEW_FTS.c.review_fts,
    added=text("INSERT INTO review_fts(rowid, grams) VALUES (:position, :grams)"),
    gone=text(
        "INSERT INTO review_fts(review_fts, rowid, grams) VALUES ('delete', :position, :grams)"
    ),
)
"""Published comments."""

_told: Final = typical_case.c
_SPACE: Final = literal("\n")
TYPICAL: Final = Index(
    words=typical_search,
    owner=typical_search.c.typical_id,
    texts=select(
        _told.id,
        _told.title.concat(_SPACE)
        .concat(_told.said.concat(_SPACE).concat(_told.found))
        .concat(_SPACE)
        .concat(_told.done.concat(_SPACE).concat(_told.learnt))
        .concat(_SPACE)
        .concat(_told.english)
        .label("text"),
    )
    .where(_told.state == "published")
    .order_by(_told.published_at, _told.id),
    full_text=_TYPICAL_FTS,
    match=_TYPICAL_FTS.c.typical_fts,
    added=text("INSERT INTO typical_fts(rowid, grams) VALUES (:position, :grams)"),
    gone=text(
        "INSERT INTO typical_fts(typical_fts, rowid, grams) VALUES ('delete', :position, :grams)"
    ),
)
"""Published typical cases."""

INDEXES: Final = (REVIEWS, TYPICAL)


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


def keep(conn: Connection, index: Index, ids: Iterable[int]) -> None:
    """Index published texts, later ones behind all others; those there already stay."""
    wanted = list(ids)
    own = index.texts.selected_columns["id"]
    known = select(index.owner).where(index.owner.in_(wanted))
    there = set(conn.execute(known).scalars())
    texts = conn.execute(index.texts.where(own.in_(wanted))).all()
    last = conn.execute(select(func.coalesce(func.max(index.words.c.position), 0))).scalar_one()
    rows = [
        {"position": position, index.owner.name: row.id, "grams": grams(row.text)}
        for position, row in enumerate((row for row in texts if row.id not in there), last + 1)
    ]
    if rows:
        conn.execute(insert(index.words), rows)
        if conn.dialect.name == "sqlite":
            conn.execute(index.added, rows)


def rebuild(conn: Connection, index: Index) -> None:
    """Index all published texts anew, after they were copied from another database."""
    forget(conn, index, conn.execute(select(index.owner)).scalars())
    for ids in batched(_missing(conn, index)):
        keep(conn, index, ids)


def complete(store: Store) -> int:
    """Index what is published and not in the index, and return how much that was.

    A database that is older than the search has comments that nobody indexed.
    """
    return sum(_complete(store, index) for index in INDEXES)


def _complete(store: Store, index: Index) -> int:
    with store.read() as conn:
        missing = _missing(conn, index)
    for ids in batched(missing):
        with store.write() as conn:
            keep(conn, index, ids)
    return len(missing)


def _missing(conn: Connection, index: Index) -> list[int]:
    own = index.texts.selected_columns["id"]
    unknown = ~exists().where(index.owner == own)
    return list(conn.execute(index.texts.with_only_columns(own).where(unknown)).scalars())


def batched(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield so many ids at a time as one statement may name."""
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def forget(conn: Connection, index: Index, ids: Iterable[int]) -> None:
    """Forget the words of texts that are no longer published."""
    for some in batched(list(ids)):
        gone = index.owner.in_(some)
        if conn.dialect.name == "sqlite":
            for row in conn.execute(select(index.words).where(gone)).mappings().all():
                conn.execute(index.gone, dict(row))
        conn.execute(delete(index.words).where(gone))


def newest(
    conn: Connection, index: Index, owner: Table, words: str, before: int | None
) -> Select[Any] | None:
    """Return what `matching` does, of the newest texts only; None where that is no quicker.

    PostgreSQL's index yields everything a common word finds, to be sorted; most pages are
    full after the newest few thousand texts, which are read in their order.
    """
    asked = question(words, conn.dialect.name)
    if not asked or conn.dialect.name == "sqlite":
        return None
    places = index.words.c.position
    last = before or conn.execute(select(func.max(places))).scalar_one_or_none() or 0
    some = select(index.words).where(places > last - _NEWEST, places < (before or last + 1))
    window = some.order_by(places.desc()).offset(0).subquery()
    query = cast(literal(asked), TSQUERY)
    return (
        select(owner, window.c.position)
        .join(window, window.c[index.owner.name] == owner.c.id)
        .where(window.c.grams.op("@@")(query))
        .order_by(window.c.position.desc())
    )


def matching(
    conn: Connection, index: Index, owner: Table, words: str, before: int | None
) -> Select[Any] | None:
    """Return the published rows of `owner` that a question finds, newest first, with `position`.

    `before` is the position after which to go on. None when nothing can be looked for.
    """
    asked = question(words, conn.dialect.name)
    if not asked:
        return None
    place: ColumnElement[int] = index.words.c.position
    found = select(owner, place).join(index.words, index.owner == owner.c.id)
    if conn.dialect.name == "sqlite":
        rowid = index.full_text.c.rowid
        found = found.join(index.full_text, rowid == place).order_by(rowid.desc())
        found = found.where(index.match.op("MATCH")(bindparam("asked", asked)))
        place = rowid
    else:
        query = cast(literal(asked), TSQUERY)
        found = found.where(index.words.c.grams.op("@@")(query)).order_by(place.desc())
    return found if before is None else found.where(place < before)
