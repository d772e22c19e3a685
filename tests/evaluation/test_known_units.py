"""Units that served somebody a moment ago are not looked up again, and never mistaken."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from tests.evaluation.conftest import Town

from haochaping.catalog.tables import hall
from haochaping.evaluation import known_units, targets
from haochaping.evaluation.known_units import KnownUnits
from haochaping.evaluation.submission import CaseRef
from haochaping.store import Store


def _case_no(store: Store, town: Town) -> str:
    with store.look() as conn:
        found = targets.find(conn, town.occurrence)
    assert found is not None
    return found.occurrence.case_no


def test_what_is_remembered_is_what_is_found(store: Store, town: Town) -> None:
    known, by_case = KnownUnits(), CaseRef(_case_no(store, town), 1)
    with store.look() as conn:
        for wanted in (town.occurrence, by_case, *town.others) * 3:
            assert known.find(conn, wanted) == targets.find(conn, wanted)


def test_an_unknown_service_is_unknown_either_way(store: Store, town: Town) -> None:
    known = KnownUnits()
    with store.look() as conn:
        for _ in range(5):
            assert known.find(conn, CaseRef("nothing", 1)) is None
            known.find(conn, town.occurrence)


def test_a_change_of_the_catalogue_is_seen_when_the_memory_has_faded(
    store: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(known_units, "stopwatch", lambda: now[0])
    known = KnownUnits()

    def name() -> Any:
        with store.look() as conn:
            found = known.find(conn, town.occurrence)
        assert found is not None
        assert found.occurrence.hall is not None
        return found.occurrence.hall.name.zh

    before = [name() for _ in range(3)][-1]
    with store.write() as conn:
        conn.execute(update(hall).values(name="新中心"))
    assert name() == before
    now[0] += known_units.FRESH_SECONDS + 0.1
    assert name() == "新中心"


def test_where_nothing_comes_again_it_is_looked_for_less_often(
    store: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    service, whole = targets.service, targets.whole
    monkeypatch.setattr(targets, "service", lambda *it: looks.append("s") or service(*it))
    monkeypatch.setattr(targets, "whole", lambda *it: looks.append("w") or whole(*it))
    monkeypatch.setattr(known_units, "MOST", 0)  # forgets at once
    monkeypatch.setattr(known_units, "FRESH_SECONDS", -1.0)
    known = KnownUnits()
    with store.look() as conn:
        for _ in range(300):
            known.find(conn, town.occurrence)
    assert looks.count("w") == 300
    assert looks.count("s") < 15
