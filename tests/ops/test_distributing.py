"""By region over several nodes: every key can be kept there, and what is hot joins by it."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Select, Table, and_, event, exists, inspect, or_, select, text, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import Join, visitors
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    Grouping,
)
from sqlalchemy.sql.selectable import SelectState

from haochaping.catalog.tables import occurrence, service_case
from haochaping.cli import main
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation, targets
from haochaping.grading import figures, periods
from haochaping.grading.tables import KINDS
from haochaping.operating import distributing
from haochaping.operating.distributing import BY_REGION, EVERYWHERE, NotDistributed
from haochaping.rectification import (
    facts,
    findings,
    likeness,
    oversight,
    publicly,
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


COMPILER = postgresql.dialect().statement_compiler(postgresql.dialect(), select(1))


def without_region(statement: Any) -> set[str]:
    """Return the joins of spread tables, however deep, that no comparison of regions holds.

    Only comparisons that always hold count: of an ON or a WHERE, joined by AND. A table within
    an EXISTS has to be held to the one outside.
    """
    found = set()
    for node in visitors.iterate(statement, {}):
        if isinstance(node, Select):
            sources, conditions = read(node)
            parts = [one for one in sources if spread(one)]
            if len(parts) > 1 and not held_together(parts, conditions):
                found.add(" + ".join(sorted(map(spread, parts))))
    return found


def read(node: Select[Any]) -> tuple[list[Any], list[Any]]:
    """Return what a SELECT reads, what is outside of it too, and what it asks of it."""
    waiting = list(SelectState(node, COMPILER)._get_display_froms())
    sources, conditions = [], list(node._where_criteria)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Join):
            waiting += [one.left, one.right]
            conditions.append(one.onclause)
        else:
            sources.append(one)
    return sources, conditions


def spread(source: Any) -> str:
    """Return the name of a source that lies by region, empty for one that lies everywhere."""
    names = {one.name for one in visitors.iterate(source, {}) if isinstance(one, Table)}
    return "/".join(sorted(names & {*BY_REGION, *ROLLED_UP}))


def held_together(parts: list[Any], conditions: list[Any]) -> bool:
    """Say whether comparisons of regions join all parts into one."""
    groups: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        while groups.setdefault(one, one) != one:
            one = groups[one]
        return one

    for one in conjuncts(conditions):
        if isinstance(one, BinaryExpression) and one.operator is operator.eq:
            sides = [region_of(one.left), region_of(one.right)]
            if all(side is not None for side in sides):
                groups[root(sides[0])] = root(sides[1])
    return len({root(one) for one in parts}) == 1


def conjuncts(conditions: list[Any]) -> Iterator[Any]:
    """Yield the conditions that must all be true."""
    for one in conditions:
        if isinstance(one, BooleanClauseList) and one.operator is operator.and_:
            yield from conjuncts(list(one.clauses))
        elif isinstance(one, Grouping):
            yield from conjuncts([one.element])
        else:
            yield one


def region_of(side: Any) -> Any:
    """Return whose region one side of a comparison is; a parameter stands for itself."""
    if isinstance(side, BindParameter):
        return side.key
    return side.table if isinstance(side, ColumnClause) and side.name == "region" else None


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
            publicly.by_public_id(conn, case.public_id, now)
            publicly.of_opinion(conn, case.public_id, now)
        span = oversight.Span(now - timedelta(days=30), now)
        for ask in (oversight.visits_satisfied, oversight.appeals_upheld, oversight.reply_time):
            ask(conn, true(), span)
        oversight.visits_to_make(conn, true())
        reply_queue.count(conn, true())
        tasks.open_tasks(conn, true())
    assert create_app(deployment).test_client().get("/").status_code == 200


def kept_by_modules(kind: type[Any]) -> list[Any]:
    """Return what our modules keep of a kind; other tests of the process keep some of their own."""
    ours = [module for name, module in sys.modules.items() if name.startswith("haochaping")]
    return [one for module in ours for one in vars(module).values() if isinstance(one, kind)]


def test_what_is_hot_joins_by_region(deployment: Deployment) -> None:
    """What a push, ratings, the worker, boards and a case's desk ask, and what modules keep."""
    statements: list[Any] = []

    def note(conn: Any, clause: Any, *rest: Any) -> None:
        statements.append(clause)

    event.listen(deployment.store.engine, "before_execute", note)
    stock(deployment, 12)
    for number in range(1, 13):
        rate(deployment, number)
    Worker(deployment).drain()
    look_at_figures(deployment)
    statements += [one._build("postgresql") for one in kept_by_modules(Prepared)]
    assert len(statements) > 200
    statements += kept_by_modules(Select)
    found = {each for one in statements for each in without_region(one)}
    assert found == set()
    asked = {name for one in statements for name in tables_of(one)}
    assert asked >= {"tally", "tally_month", "tally_entry", "case_finding", "rectification_case"}


def test_a_join_that_is_not_held_by_the_region_is_found() -> None:
    by_id = service_case.c.id == occurrence.c.case_id
    by_region = service_case.c.region == occurrence.c.region
    services = select(occurrence.c.id)
    assert without_region(services.join(service_case, by_id)) == {"occurrence + service_case"}
    assert without_region(services.where(exists().where(by_id))) == {"occurrence + service_case"}
    assert without_region(services.join(service_case, or_(by_id, by_region)))
    assert without_region(services.where(exists().where(by_id, by_region))) == set()
    assert without_region(services.join(service_case, and_(by_id, by_region))) == set()


def test_the_first_rating_of_a_service_is_found_by_its_chain(deployment: Deployment) -> None:
    """Also where nothing is known of the table yet: the primary key would read a whole month."""
    statement = targets._BY_CASE._build("postgresql").params(case_no="I-5", no=1)
    with deployment.store.read() as conn:
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        plain = statement.compile(conn, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in conn.execute(text(f"EXPLAIN {plain}")))
    assert "uq_evaluation_chain" in plan, plan
    assert "pk_evaluation" not in plan, plan
    assert "uq_service_case_case_no_region" in plan, plan
