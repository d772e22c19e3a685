"""By region over several nodes: every key can be kept there, and what is hot joins by it."""

from __future__ import annotations

import gc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Select, Table, event, inspect, text, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression, ColumnClause

from haochaping.cli import main
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.grading import figures, periods
from haochaping.grading.tables import KINDS
from haochaping.operating import distributing
from haochaping.operating.distributing import BY_REGION, EVERYWHERE, NotDistributed
from haochaping.rectification import (
    facts,
    findings,
    likeness,
    oversight,
    records,
    reply_queue,
    tasks,
)
from haochaping.store.prepared import Prepared
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.faults.ground import stock
from tests.ops.conftest import rate

STAND_IN = """
CREATE TABLE pg_temp_calls (no serial, said text);
CREATE FUNCTION create_reference_table(name text) RETURNS void LANGUAGE sql AS
  $$ INSERT INTO pg_temp_calls (said) VALUES ('everywhere ' || name::regclass) $$;
CREATE FUNCTION create_distributed_table(name text, by text, colocate_with text) RETURNS void
  LANGUAGE sql AS
  $$ INSERT INTO pg_temp_calls (said) VALUES (name::regclass || ' by ' || by || colocate_with) $$;
"""


@pytest.fixture
def store_url(postgres_url: str) -> str:
    return postgres_url


def unique_keys(deployment: Deployment) -> dict[str, list[list[str | None]]]:
    """The unique keys of the tables that are spread, as the database has them."""
    found = inspect(deployment.store.engine)
    return {
        name: [
            list(found.get_pk_constraint(name)["constrained_columns"]),
            *(list(one["column_names"]) for one in found.get_indexes(name) if one["unique"]),
        ]
        for name in BY_REGION
    }


def test_every_table_has_its_region_and_no_foreign_key_leaves_it() -> None:
    for table in distributing.tables():
        assert "region" in table.c, table.name
        assert not table.c.region.nullable
    assert distributing.foreign_keys() == ()
    for table in distributing.tables():
        others = {key.referred_table.name for key in table.foreign_key_constraints}
        assert others <= {*BY_REGION, *EVERYWHERE}, table.name


def test_the_statements_make_every_unique_key_carry_the_region(deployment: Deployment) -> None:
    """And the deployment goes on: ratings come in, once each, cases are opened and planned."""
    narrow = {key.table for key in distributing.narrow_keys()}
    assert {"evaluation", "occurrence", "rectification_case"} <= narrow
    with deployment.store.write() as conn:
        distributing.widen(conn)
    for name, keys in unique_keys(deployment).items():
        assert all("region" in key for key in keys), name
    stock(deployment, 12)
    receipts = [rate(deployment, number) for number in range(1, 13)]
    assert [rate(deployment, number) for number in range(1, 13)] == receipts
    Worker(deployment).drain()
    with deployment.store.read() as conn:
        counted = conservation.count(conn)
    assert (counted.received, counted.holds) == (12, True)


def test_with_the_extension_the_statements_are_issued_once(deployment: Deployment) -> None:
    """A stand-in for the extension writes down what it is asked for."""
    with deployment.store.write() as conn, pytest.raises(NotDistributed, match="Citus"):
        distributing.distribute(conn)
    with deployment.store.write() as conn:
        conn.exec_driver_sql(STAND_IN)
    with deployment.store.write() as conn:
        assert distributing.distribute(conn) == len(BY_REGION)
        said = list(conn.execute(text("SELECT said FROM pg_temp_calls ORDER BY no")).scalars())
    assert len(said) == len(BY_REGION) + len(EVERYWHERE)
    assert "occurrence by regionnone" in said
    assert "evaluation by regionoccurrence" in said
    assert 'everywhere "window"' in said


def test_the_plan_is_printed_and_without_the_extension_nothing_is_done(home: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(main, ["--home", str(home), "--lang", "en", *words])

    plan = run("migrate", "--distribute", "--plan").stdout
    assert 'ADD CONSTRAINT "uq_evaluation_receipt" UNIQUE ("receipt", "region");' in plan
    assert "create_distributed_table('evaluation', 'region', colocate_with => 'occurrence')" in plan
    refused = run("migrate", "--distribute")
    assert (refused.exit_code, "CREATE EXTENSION citus" in refused.stderr) == (2, True)


ROLLED_UP = {"tally", "tally_month", "frozen_figure"}
"""Figures that lie where they are counted: they must be joined with nothing that is spread."""


def without_region(statement: Any) -> set[str]:
    """Return the joins of spread tables in which the region is not compared."""
    found = set()
    for node in visitors.iterate(statement, {}):
        if not isinstance(node, Select):
            continue
        parts = [one for one in visitors.iterate(node, {}) if isinstance(one, Table)]
        names = sorted({one.name for one in parts} & {*BY_REGION, *ROLLED_UP})
        if len(names) < 2:
            continue
        compared = sum(
            isinstance(each, BinaryExpression)
            and all(
                isinstance(side, ColumnClause) and side.name == "region"
                for side in (each.left, each.right)
            )
            for each in visitors.iterate(node, {})
        )
        if compared < len(names) - 1:
            found.add(" + ".join(names))
    return found


BY_THE_CASE = "service_case"
"""A service may lie in another county than the business case it belongs to: that join goes by the
case's id and asks another node. `docs/scale.md` says so."""


def tables_of(statement: Any) -> set[str]:
    """Return the names of the tables that a statement asks, however deep."""
    return {one.name for one in visitors.iterate(statement, {}) if isinstance(one, Table)}


def look_at_figures(deployment: Deployment) -> None:
    """Ask what boards, trends, the home and a case's desk show."""
    now = deployment.clock.now()
    month = periods.of_month(now.astimezone(deployment.zone).date())
    with deployment.store.read() as conn:
        for kind in KINDS:
            figures.of(conn, kind, None, month)
            figures.split(conn, kind, None, month, "channel")
            figures.trend(conn, kind, None, [month])
            facts.of(conn, kind, None, month, (deployment.zone, now))
        for row in conn.execute(records.selection()).mappings():
            case = records.from_row(row)
            findings.newest(conn, case)
            likeness.most_alike(conn, case, "已整改", 90)
            oversight.why_due(conn, [case.public_id])
        span = oversight.Span(now - timedelta(days=30), now)
        for ask in (oversight.visits_satisfied, oversight.appeals_upheld, oversight.reply_time):
            ask(conn, true(), span)
        oversight.visits_to_make(conn, true())
        reply_queue.count(conn, true())
        tasks.open_tasks(conn, true())
    assert create_app(deployment).test_client().get("/").status_code == 200


def test_what_is_hot_joins_by_region(deployment: Deployment) -> None:
    """What a push, ratings, the worker, boards and a case's desk ask, and what is prepared."""
    statements: list[Any] = []

    def note(conn: Any, clause: Any, *rest: Any) -> None:
        statements.append(clause)

    event.listen(deployment.store.engine, "before_execute", note)
    stock(deployment, 12)
    for number in range(1, 13):
        rate(deployment, number)
    Worker(deployment).drain()
    look_at_figures(deployment)
    prepared = [one for one in gc.get_objects() if isinstance(one, Prepared)]
    statements += [one._build("postgresql") for one in prepared]
    assert len(statements) > 200
    found = {each for one in statements for each in without_region(one)}
    assert {one for one in found if BY_THE_CASE not in one} == set()
    asked = {name for one in statements for name in tables_of(one)}
    assert asked >= {"tally", "tally_month", "tally_entry", "case_finding", "rectification_case"}
