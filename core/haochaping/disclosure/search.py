"""Full text of published comments and typical cases, in Chinese, alike on both databases.

Chinese has no spaces, and most of its words have two signs: too short for an index over three
(trigrams). The text is cut into every pair of neighbouring signs instead, and pairs one behind
the other are looked for. SQLite keeps them in an FTS5 table, PostgreSQL in a `tsvector`. What
comments can be narrowed to stands beside their words (`facets`), so that one index answers both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Subquery,
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

from haochaping.disclosure import facets
from haochaping.disclosure.facets import Facets
from haochaping.disclosure.tables import review, review_search, typical_case, typical_search
from haochaping.store import Store
from haochaping.store.types import Id

_BATCH: Final = 500
_NEWEST: Final = 4_000
"""Texts that are looked through one by one before PostgreSQL's index is asked."""
STRETCH: Final = 40_000
"""Positions of the index that share a term, by which PostgreSQL is asked for newer texts only."""
_STRETCHES: Final = 2
"""So many of the newest stretches are asked for before all."""
_MORE_STRETCHES: Final = 8
"""The same where more are wanted than a page holds."""
LONGEST: Final = 40
"""Signs of a question that are looked at."""
_SIGNS: Final = r"[\u3400-\u9fff\U00020000-\U000323af]"
_HAN: Final = re.compile(_SIGNS)
_RUNS: Final = re.compile(rf"{_SIGNS}+|(?:(?!{_SIGNS})[^\W_])+")


@dataclass(frozen=True, slots=True)
class Index:
    """One full text: the published texts, their words, and SQLite's index of those.

    `texts` yields `id` and `text` of all published texts, the oldest first, and what `facets`
    needs to tell the terms beside their words.
    """

    words: Table
    owner: ColumnElement[int]
    texts: Select[Any]
    facets: Callable[[Connection, Sequence[Row[Any]]], Mapping[int, Sequence[str]]]
    full_text: TableClause
    match: ColumnElement[Any]
    added: TextClause
    gone: TextClause


_REVIEW_FTS: Final = table("review_fts", column("rowid", Id()), column("review_fts"))
_TYPICAL_FTS: Final = table("typical_fts", column("rowid", Id()), column("typical_fts"))

REVIEWS: Final = Index(
    words=review_search,
    owner=review_search.c.review_id,
    texts=select(review.c.id, review.c.text, *(review.c[name] for name in facets.COLUMNS))
    .where(review.c.text.is_not(None), review.c.batch_id.is_not(None))
    .order_by(review.c.batch_id, review.c.place.desc()),
    facets=facets.of_reviews,
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
    facets=facets.none,
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


def question(words: str, dialect: str, among: Facets = ()) -> str:
    """Return a question in a database's own language; empty when nothing can be looked for.

    All words of the question must occur, each as it is written, and a term of each group.
    """
    runs = [_asked(run) for run in _runs(words[:LONGEST])]
    if not runs:
        return ""
    if dialect == "sqlite":
        groups = (" OR ".join(f'"{term}"' for term in group) for group in among)
        return " AND ".join([*(_fts(run) for run in runs), *(f"({group})" for group in groups)])
    groups = (" | ".join(f"'{term}'" for term in group) for group in among)
    return " & ".join(f"({part})" for part in (*(_tsquery(run) for run in runs), *groups))


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
    beside = index.facets(conn, texts)
    rows = [
        {"position": position, index.owner.name: row.id, "grams": indexed(row, beside, position)}
        for position, row in enumerate((row for row in texts if row.id not in there), last + 1)
    ]
    if rows:
        conn.execute(insert(index.words), rows)
        if conn.dialect.name == "sqlite":
            conn.execute(index.added, rows)


def indexed(row: Row[Any], beside: Mapping[int, Sequence[str]], position: int) -> str:
    """Return what the index holds of a text: its words, the terms beside them, its stretch."""
    return " ".join((grams(row.text), *beside.get(row.id, ()), _stretch(position // STRETCH)))


def _stretch(number: int) -> str:
    return facets.term(facets.STRETCH, number)


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: words, and terms beside them; `before` is the position to go on from."""

    words: str
    among: Facets = ()
    before: int | None = None


def newest(conn: Connection, index: Index, owner: Table, asked: Asked) -> Select[Any] | None:
    """Return what `matching` does, of the newest texts only; None where that is no quicker.

    PostgreSQL's index yields everything a common word finds, to be sorted; most pages are
    full after the newest few thousand texts, which are read in their order.
    """
    wanted = question(asked.words, conn.dialect.name, asked.among)
    if not wanted or conn.dialect.name == "sqlite":
        return None
    return _owners(index, owner, _window(conn, index, wanted, _NEWEST, asked.before))


def newer(conn: Connection, index: Index, owner: Table, asked: Asked) -> Select[Any] | None:
    """Return what `matching` does, of the newest stretches; None where that is no quicker.

    A word and a county that are both common have thousands of texts. PostgreSQL reads each of
    them before the newest twenty are known, since its index does not know their order.
    """
    if not question(asked.words, conn.dialect.name) or conn.dialect.name == "sqlite":
        return None
    found = _by_stretches(conn, index, asked, _STRETCHES)
    return _owners(index, owner, found.offset(0).subquery())


def _by_stretches(conn: Connection, index: Index, asked: Asked, number: int) -> Select[Any]:
    """Return what a question finds in so many stretches before a position, or the newest."""
    last = _end(conn, index, asked.before)
    newest_one = max(last - 1, 0) // STRETCH
    some = tuple(_stretch(newest_one - back) for back in range(min(number, newest_one + 1)))
    found = _by_words(index, question(asked.words, conn.dialect.name, (*asked.among, some)))
    return found.where(index.words.c.position < last)


def _end(conn: Connection, index: Index, before: int | None) -> int:
    """Return the position behind the last text that is looked at."""
    if before is not None:
        return before
    newest_one = select(func.max(index.words.c.position))
    return (conn.execute(newest_one).scalar_one_or_none() or 0) + 1


def _window(
    conn: Connection, index: Index, wanted: str, size: int, before: int | None = None
) -> Subquery:
    """Return what a question finds among the newest texts, which are read in their order."""
    places, last = index.words.c.position, _end(conn, index, before)
    some = select(index.words).where(places >= last - size, places < last)
    window = some.order_by(places.desc()).offset(0).subquery()
    found = select(window.c[index.owner.name], window.c.position)
    return found.where(_holds(window, wanted)).subquery()


def _by_words(index: Index, wanted: str) -> Select[Any]:
    words = index.words
    return select(words.c[index.owner.name], words.c.position).where(_holds(words, wanted))


def newest_of(conn: Connection, index: Index, asked: Asked, most: int) -> list[int]:
    """Return the ids of the newest texts that a question finds, at most so many."""
    wanted = question(asked.words, conn.dialect.name, asked.among)
    if not wanted:
        return []
    if conn.dialect.name == "sqlite":
        rowid, match = index.full_text.c.rowid, index.match.op("MATCH")
        rows = select(rowid).where(match(bindparam("asked", wanted))).order_by(rowid.desc())
        places = list(conn.execute(rows.limit(most)).scalars())
        some = select(index.owner).where(index.words.c.position.in_(places))
        return list(conn.execute(some).scalars())
    some_ids: list[int] = []
    looked = _NEWEST
    for size in (_NEWEST, _STRETCHES * STRETCH, _MORE_STRETCHES * STRETCH, None):
        if size and size > looked and len(some_ids) * size < most * looked:
            continue  # as rare as among those looked at, there would be too few once more
        there = _among_newest(conn, index, asked, size)
        ids = select(there.c[index.owner.name]).order_by(there.c.position.desc()).limit(most)
        some_ids, looked = list(conn.execute(ids).scalars()), size or looked
        if len(some_ids) == most:
            break
    return some_ids


def _among_newest(conn: Connection, index: Index, asked: Asked, size: int | None) -> Subquery:
    """Return what a question finds among about so many of the newest texts; None: among all."""
    wanted = question(asked.words, conn.dialect.name, asked.among)
    if size is None:
        return _by_words(index, wanted).offset(0).subquery()
    if size == _NEWEST:
        return _window(conn, index, wanted, size)
    return _by_stretches(conn, index, asked, size // STRETCH).offset(0).subquery()


def matching(conn: Connection, index: Index, owner: Table, asked: Asked) -> Select[Any] | None:
    """Return the published rows of `owner` that a question finds, newest first, with `position`.

    None when nothing can be looked for.
    """
    wanted = question(asked.words, conn.dialect.name, asked.among)
    if not wanted:
        return None
    if conn.dialect.name == "sqlite":
        return _by_fts(index, owner, wanted, asked.before)
    found = _by_words(index, wanted)
    if asked.before is not None:
        found = found.where(index.words.c.position < asked.before)
    # OFFSET 0: else a walk in the order asked for, row by row, may seem cheaper than the index
    return _owners(index, owner, found.offset(0).subquery())


def _by_fts(index: Index, owner: Table, wanted: str, before: int | None) -> Select[Any]:
    place, rowid = index.words.c.position, index.full_text.c.rowid
    found = (
        select(owner, place)
        .join(index.words, index.owner == owner.c.id)
        .join(index.full_text, rowid == place)
        .where(index.match.op("MATCH")(bindparam("asked", wanted)))
        .order_by(rowid.desc())
    )
    return found if before is None else found.where(rowid < before)


def _holds(words: FromClause, wanted: str) -> ColumnElement[bool]:
    return words.c.grams.op("@@")(cast(literal(wanted), TSQUERY))


def _owners(index: Index, owner: Table, found: Subquery) -> Select[Any]:
    """Return the rows that own the texts found, in order."""
    place = found.c.position
    there = select(found).order_by(place.desc()).offset(0).subquery()
    return (
        select(owner, there.c.position)
        .join(there, there.c[index.owner.name] == owner.c.id)
        .order_by(there.c.position.desc())
    )
