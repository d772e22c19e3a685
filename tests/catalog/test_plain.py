"""Whole chunks at once: the same rows and the same words as line by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from tests.catalog.conftest import BUREAU

from haochaping.catalog import importing
from haochaping.catalog.importing import running
from haochaping.catalog.plain import NotPlain, columns
from haochaping.catalog.tables import item
from haochaping.ids import IdSource
from haochaping.store import Store

HEAD = "事项编码,事项名称,英文名称,机构代码,敏感事项,对外名称,启用"
ROWS = (
    f"I-1,企业设立登记,Register,{BUREAU},否,,是",
    f"I-2, 居住证办理 ,,{BUREAU},是,证件办理,",
    "I-3,无机构事项,,,,,否",
)
ODD = (
    "I-1,改名,,,,,",
    "I-4,,,,,,",
    "I-4,甲,,KS99,,,",
    "I-4,甲,,,也许,,",
    "I-4,甲,,,YES,对外,",
    "I-4,甲,,,是,,",
    f"{'9' * 65},甲,,,,,",
    f"I-4,{'长' * 201},,,,,",
    "I-4,甲\u200b乙,,,,,",
    "I-4,e\u0301,,,,,",
    "I”4,甲,,,,,",
    "I-4,甲,,,,,,多",
    "I-4,甲",
    "'=1+1,甲,,,,,",
)


@pytest.fixture(autouse=True)
def no_items(store: Store, jurisdiction: Any) -> None:
    with store.write() as conn:
        conn.execute(item.delete())


@pytest.fixture
def take_in(store: Store, tmp_path: Path, clock: Any, emit: Any) -> Callable[..., Any]:
    def run(*lines: str) -> Any:
        path = tmp_path / f"in-{len(list(tmp_path.iterdir()))}.csv"
        path.write_text("\n".join((HEAD, *lines)), encoding="utf-8")
        context = importing.ImportContext(clock=clock, emit=emit)
        return importing.run(
            importing.ImportJob(store.write, importing.kind_of("items"), path, context)
        )

    return run


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as conn:
        names = [column for column in item.columns if column.name != "id"]
        return [tuple(row) for row in conn.execute(select(*names).order_by(item.c.code))]


def told(report: Any) -> tuple[Any, ...]:
    counts = (report.created, report.updated, report.unchanged, report.refused)
    return (*counts, [(each.number, each.reason.zh) for each in report.first_refused])


def test_new_and_faultless_lines_are_stored_at_once(
    take_in: Callable[..., Any], store: Store, jurisdiction: Any
) -> None:
    statements: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert told(take_in(*ROWS))[:4] == (3, 0, 0, 0)
    few = len(statements)
    assert told(take_in(*(f"N-{n},事项{n},,{BUREAU},,," for n in range(500))))[0] == 500
    assert len(statements) - few == few
    assert len(rows(store)) == 503
    assert rows(store)[1][:2] == ("I-2", "居住证办理")


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_odd_goes_the_way_line_by_line(
    odd: str, take_in: Callable[..., Any], store: Store, jurisdiction: Any, monkeypatch: Any
) -> None:
    quick = told(take_in(*ROWS, odd))
    found = rows(store)
    with store.write() as conn:
        conn.execute(item.delete())
    monkeypatch.setattr(running, "MISSES", 0)
    assert told(take_in(*ROWS, odd, "")) == quick
    assert rows(store) == found


def test_a_file_that_is_known_already_is_soon_taken_line_by_line(
    take_in: Callable[..., Any], store: Store, jurisdiction: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    monkeypatch.setattr(running, "PLAIN", 1)
    many = [f"N-{n},事项{n},,,,," for n in range(8)]
    assert told(take_in(*many))[0] == 8
    assert told(take_in(*many[:4], "N-9,新,,,,,", *many[4:]))[:4] == (1, 0, 8, 0)
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(item)).scalar_one() == 9


def test_cells_that_would_have_to_be_cleaned_are_not_plain() -> None:
    assert columns(["a"], [["x "], [" y"]]).text("a") == ["x", "y"]
    for cell in ("\u200b", "e\u0301", "\ufffd", "x\ny"):
        with pytest.raises(NotPlain):
            columns(["a"], [["x"], [cell]])


def test_many_ids_are_unique_and_grow() -> None:
    source = IdSource()
    found = [source.next(), *source.many(10_000), source.next(), *source.many(3)]
    assert found == sorted(set(found))
