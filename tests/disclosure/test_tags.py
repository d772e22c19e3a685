"""Comments of before have the options their raters chose, on both databases."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import insert, select, text
from tests.disclosure.town import AT, DAY

from haochaping.disclosure.tables import review, review_tag
from haochaping.evaluation.tables import evaluation
from haochaping.store import Store
from haochaping.store.types import Day, Id, Int, Json, Moment

MADE = import_module("haochaping.store.migrations.versions.m0110_useful_reviews")


def filled(column):
    """Return some value that a column takes."""
    kinds = ((Moment, AT), (Day, DAY), (Json, {}), ((Id, Int), 1))
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "1")


def test_the_migration_notes_what_was_chosen_before(place: Store) -> None:
    needed = [c for c in evaluation.columns if not c.nullable and c.server_default is None]
    blank = {column.name: filled(column) for column in needed}
    said = {1: ["207", "209", "207"], 2: ["local.hall.seats.yes"], 3: ["108"]}
    with place.write() as conn:
        for number, options in said.items():
            own = {"id": number, "first_id": number, "occurrence_id": number, "options": options}
            row = blank | own | {"region": "330106", "served_month": 202611, "status": "effective"}
            row |= dict.fromkeys(("receipt", "idempotency_key"), str(number))
            conn.execute(insert(evaluation).values(**row))
        about = {"region": "330106", "served_month": 202611, "organization_id": 1, "grade": 2}
        kept = {"day": DAY, "state": "published"}
        for number in (1, 2):
            own = {"id": 10 + number, "evaluation_id": number, "occurrence_id": number}
            conn.execute(insert(review).values(**about, **kept, **own))
        conn.execute(text(MADE._TAGS[conn.dialect.name]))
        found = conn.execute(select(review_tag.c.review_id, review_tag.c.option)).all()
    assert sorted(found) == [(11, "207"), (11, "209")]
