"""How often each reason was chosen in a period: counted from the ratings that count."""

from __future__ import annotations

from sqlalchemy import Connection, TableValuedAlias, cast, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus, Period, Provenance


def counts(conn: Connection, period: Period) -> dict[str, int]:
    """Return how many effective first ratings of a period carry each option, by its code."""
    listed = _options(conn)
    rows, code = evaluation.c, listed.c.value
    statement = (
        select(code, func.count())
        .select_from(evaluation.join(listed, true()))
        .where(
            rows.counted_on.between(period.first, period.last),
            rows.status == str(EvaluationStatus.EFFECTIVE),
            rows.round == 1,
            rows.provenance != str(Provenance.SYSTEM_DEFAULT),
        )
        .group_by(code)
    )
    return {str(each): int(number) for each, number in conn.execute(statement)}


def _options(conn: Connection) -> TableValuedAlias:
    """Return the options of a rating as rows with their code, `value`."""
    if conn.dialect.name == "sqlite":
        return func.json_each(evaluation.c.options).table_valued("value")
    return func.jsonb_array_elements_text(cast(evaluation.c.options, JSONB)).table_valued("value")
