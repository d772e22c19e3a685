"""Looking a rater up at intake: one indexed look-up on either database."""

from __future__ import annotations

from sqlalchemy import Connection, select, text

from haochaping_inner_mongolia.tables import listed

from .inner_mongolia_town import Town

WANTED = select(listed).where(listed.c.person_index == "a" * 64)


def test_a_rater_is_looked_up_by_the_key_alone(town: Town) -> None:
    with town.deployment.store.write() as conn:
        if conn.dialect.name == "sqlite":
            plan = _plan(conn, "EXPLAIN QUERY PLAN ")
            assert "SEARCH inner_mongolia_listed USING INDEX" in plan
            assert "SCAN" not in plan
        else:
            conn.execute(text("SET LOCAL enable_seqscan = off"))
            conn.execute(text("SET LOCAL enable_bitmapscan = off"))
            plan = _plan(conn, "EXPLAIN ")
            assert "Index Scan using" in plan
            assert "Index Cond: (person_index" in plan


def _plan(conn: Connection, explain: str) -> str:
    compiled = WANTED.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
    return "\n".join(str(row) for row in conn.execute(text(explain + str(compiled))))
