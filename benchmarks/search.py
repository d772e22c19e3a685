"""Searching 1,000,000 published comments beside a scan with LIKE, on both databases.

    python benchmarks/search.py [--rows 1000000] [--asks 60] [--postgres URL | none] [--skip-scan]
        [--keep FOLDER]

Both are asked for the newest twenty comments that hold the words: the page of the public site
on one side, the same rows by `text LIKE '%words%'` on the other. Words of one, two and many
signs that are common, rare and not there at all take turns, alone and narrowed to large and
small halls, items, grades, tags and regions, and by votes. Without `--postgres` a server of the
tests' kind is started. `--keep` leaves the filled databases there, for another run.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from haochaping import deployment
from haochaping.catalog.tables import region
from haochaping.clock import stopwatch
from haochaping.disclosure import facets, narrowing, reviews, search
from haochaping.disclosure.tables import review, review_batch, review_search, review_tag
from haochaping.store import Store
from haochaping.store.tables import metadata
from haochaping.testing.postgres import start_postgres

CHUNK = 20_000
ROOMS = deployment.__name__
"""The rooms whose tables there are, all of them imported with the deployment."""
LIMIT_MS = 100.0
AT = datetime(2026, 11, 30, tzinfo=UTC)
PARTS = (
    "排队两小时,材料清单不清楚,窗口人员很耐心,系统登录不了,办理很快,网上说可以代办,叫号屏看不清,"
    "没有座位,一次就讲清楚了,跑了三趟,停车不方便,电话没人接,填表太复杂,态度冷淡,指引清楚,"
    "资料要复印好几份,自助机坏了,等候区太热,工作人员主动帮忙,当场就办好了"
).split(",")
WORDS = (
    "队",
    "很",
    "戒",
    "排队",
    "材料清单",
    "自助机坏",
    "耐心",
    "戒指",
    "公证处",
    "老人",
    "慢",
    "排队 停车",
    "复印件",
    "网上说可以代办",
    "窗口人员很耐心态度",
)
RARE = {"公证处": 5000, "老人": 700, "戒指": 90_000}
"""Words that only one comment in so many holds."""
HALLS, ITEMS, UNITS = 300, 500, 60
TAGS = tuple(str(number) for number in range(101, 131))
NARROWED: dict[str, dict[str, Any]] = {
    "alone": {},
    "large hall": {"hall_id": 1},
    "small hall": {"hall_id": HALLS},
    "grade": {"grade": 2},
    "bad": {"bad_only": True},
    "hall, item, grade": {"hall_id": 2, "item_id": 9, "grade": 1},
    "common tag": {"tag": TAGS[0]},
    "rare tag, hall": {"tag": TAGS[-1], "hall_id": 40},
    "county": {"region": "330113"},
    "city": {"region": "330100"},
    "by votes": {"order": "useful"},
    "by votes, city": {"order": "useful", "region": "330200"},
}
"""What a search is narrowed to."""


def main() -> None:
    """Fill the databases and print what each search took."""
    asked = _arguments()
    with _stores(asked.postgres, asked.keep) as stores:
        for name, store in stores:
            took = _fill(store, asked.rows)
            if took:
                print(f"{name}: {asked.rows:,} comments written and indexed in {took:,.0f} s")
            every: list[float] = []
            for what, narrowed in NARROWED.items():
                found = _times(store, max(asked.asks, len(WORDS)), partial(_search, narrowed))
                _print(name, what, found, LIMIT_MS)
                every += found
            _print(name, "all searches", every, LIMIT_MS)
            if not asked.skip_scan:
                _print(name, "LIKE", _times(store, min(asked.asks, 10), _scan), None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=60)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--skip-scan", action="store_true")
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


@contextmanager
def _stores(url: str, keep: Path | None) -> Iterator[list[tuple[str, Store]]]:
    with tempfile.TemporaryDirectory(prefix="haochaping-search-") as folder:
        file = (keep or Path(folder)) / "search.db"
        found = [("SQLite", Store.open(f"sqlite:///{file}"))]
        server: Any = None
        if url != "none":
            server = None if url else start_postgres()
            found.append(("PostgreSQL", Store.open(url or server.url())))
        try:
            yield found
        finally:
            for _name, store in found:
                store.close()
            if server is not None:
                server.stop()


def _fill(store: Store, rows: int) -> float:
    """Write comments and their words in bulk; return the seconds it took, 0 if they are there."""
    started, chance = stopwatch(), random.Random(7)
    with store.write() as conn:
        metadata.create_all(conn)
        if conn.execute(select(func.max(review.c.id))).scalar_one_or_none() == rows:
            return 0.0
        if store.dialect == "postgresql":
            conn.execute(text("DROP INDEX ix_review_search_grams"))  # made at the end, at once
        batch = {"id": 1, "region": "330111", "day": date(2026, 11, 15), "size": rows}
        conn.execute(insert(review_batch).values(**batch, published_at=AT))
        conn.execute(insert(region), list(_regions()))
    for start in range(1, rows + 1, CHUNK):
        _write(store, range(start, min(start + CHUNK, rows + 1)), rows, chance)
    if store.dialect == "postgresql":
        with store.write() as conn:
            made = "CREATE INDEX ix_review_search_grams ON review_search USING gin (grams)"
            conn.execute(text("SET LOCAL statement_timeout = 0"))
            conn.execute(text(made))
            conn.execute(text("ANALYZE"))
    return stopwatch() - started


def _regions() -> Iterator[dict[str, Any]]:
    """Yield a province of three cities of ten counties each."""
    top = {"code": "330000", "level": "province", "parent": None, "path": "/330000/"}
    yield {**top, "name": "省", "county": ""}
    for city in ("330100", "330200", "330300"):
        path = f"/330000/{city}/"
        row = {"code": city, "name": city, "level": "city", "parent": "330000", "path": path}
        yield {**row, "county": ""}
        for no in range(11, 21):
            county = f"{city[:4]}{no}"
            own = {"code": county, "name": county, "level": "county", "county": county}
            yield {**own, "parent": city, "path": f"{path}{county}/"}


def _write(store: Store, numbers: range, rows: int, chance: random.Random) -> None:
    texts = [(number, _text(chance, number)) for number in numbers]
    made = [_review(number, rows, words, chance) for number, words in texts]
    tags = [{"option": _tag(chance), "review_id": number} for number in numbers]
    with store.write() as conn:
        conn.execute(insert(review), made)
        conn.execute(insert(review_tag), tags)
        first = search.REVIEWS.texts.where(review.c.id >= numbers[0])
        found = conn.execute(first.order_by(None)).all()
        beside = {row.id: list(facets.columns(row)) for row in found}
        for tag in tags:
            beside[tag["review_id"]].append(facets.term(facets.TAG, tag["option"]))
        grams = [
            {
                "position": row.id,
                "review_id": row.id,
                "grams": search.indexed(row, beside, row.id),
            }
            for row in found
        ]
        conn.execute(insert(review_search), grams)
        if store.dialect == "sqlite":
            conn.execute(search.REVIEWS.added, grams)


def _skewed(chance: random.Random, most: int) -> int:
    """Return a number of 1 to `most`; small ones are much more common."""
    return min(most, int(most ** chance.random()))


def _tag(chance: random.Random) -> str:
    return TAGS[_skewed(chance, len(TAGS)) - 1]


def _text(chance: random.Random, number: int) -> str:
    parts = chance.sample(PARTS, 3)
    parts += [word for word, one_in in RARE.items() if number % one_in == 0]
    return f"{'，'.join(parts)}。第{number % 977}次来。"


def _review(number: int, rows: int, words: str, chance: random.Random) -> dict[str, Any]:
    county = f"330{number % 3 + 1}{11 + number % 10}"
    return {
        "id": number, "region": county, "served_month": 202611, "evaluation_id": number,
        "occurrence_id": number, "organization_id": _skewed(chance, UNITS),
        "hall_id": _skewed(chance, HALLS), "item_id": _skewed(chance, ITEMS),
        "grade": number % 5 + 1, "text": words, "useful": 0 if number % 9 else number % 7,
        "day": date(2026, 11, 15), "state": "published", "batch_id": 1, "place": rows - number,
    }  # fmt: skip


def _times(store: Store, asks: int, ask: Callable[[Connection, str], int]) -> list[float]:
    took = []
    for number in range(asks):
        with store.read() as conn:
            started = stopwatch()
            ask(conn, WORDS[number % len(WORDS)])
            took.append((stopwatch() - started) * 1000)
    return took


def _search(narrowed: dict[str, Any], conn: Connection, words: str) -> int:
    wanted = narrowing.Filter(text=words, **narrowed)
    return len(reviews.recent(conn, reviews.no_notes, wanted).reviews)


def _scan(conn: Connection, words: str) -> int:
    rows = review.c
    statement = select(review).where(
        *(rows.text.contains(word, autoescape=True) for word in words.split()),
        rows.state == "published",
    )
    return len(conn.execute(statement.order_by(rows.batch_id.desc(), rows.place).limit(20)).all())


def _print(name: str, what: str, took: list[float], limit: float | None) -> None:
    ordered = sorted(took)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    verdict = "" if limit is None else f"  {'met' if p95 <= limit else 'MISSED'} (≤ {limit:.0f} ms)"
    median, most = statistics.median(ordered), ordered[-1]
    print(f"{name} {what}: median {median:.1f} ms, p95 {p95:.1f} ms, most {most:.1f} ms{verdict}")


if __name__ == "__main__":
    main()
