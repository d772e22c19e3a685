"""Old and new processes side by side: migrations add, and take away only when the old are gone."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, func, insert, inspect, select, table, text, update

from haochaping import __version__
from haochaping.containment import contained
from haochaping.operating import beats, facts, upgrading
from haochaping.operating.beats import Basis, Process
from haochaping.store import Store, migrating
from haochaping.store.migrating import CORE, Line
from haochaping.store.types import Id, Words

ROOT = Path(__file__).parents[2]
FILES = sorted(
    file
    for place in ("core/haochaping/store", "plugins/*/*")
    for file in ROOT.glob(f"{place}/migrations/versions/[a-z]*.py")
)
BEFORE_THE_FIRST_RELEASE = {"m0012_chains", "m0020_visits", "m0130_cases_by_county"}
"""They loosen unique keys; nothing had been released that could have run beside them."""
TAKES_AWAY = {"drop_column", "drop_table", "drop_constraint", "drop_index", "rename_table"}
ONLY_QUICK = {"ix_job_ready"}
"""Indexes that made a search quick and nothing else: another one has taken their place."""
AT = datetime(2026, 11, 16, 2, tzinfo=UTC)


def calls(file: Path) -> Iterator[ast.Call]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    (upgrade,) = (one for one in tree.body if getattr(one, "name", "") == "upgrade")
    yield from (node for node in ast.walk(upgrade) if isinstance(node, ast.Call))


def takes_away(call: ast.Call) -> bool:
    """Say whether a call would break a process that knows the tables as they were."""
    name = getattr(call.func, "attr", "")
    given = {word.arg: word.value for word in call.keywords}
    if name == "alter_column":
        tightened = getattr(given.get("nullable"), "value", True) is False
        return tightened or bool({"new_column_name", "type_"} & set(given))
    if name == "add_column":
        needs = [one for one in ast.walk(call) if isinstance(one, ast.keyword)]
        told = {one.arg: getattr(one.value, "value", True) for one in needs}
        return told.get("nullable") is False and "server_default" not in told
    words = " ".join(str(one.value) for one in ast.walk(call) if isinstance(one, ast.Constant))
    said = name in ("execute", "text") and any(
        one in words.upper() for one in ("DROP ", "RENAME ", "SET NOT NULL")
    )
    if name == "drop_index" and {getattr(one, "value", "") for one in call.args} & ONLY_QUICK:
        return False
    return name in TAKES_AWAY or said


def phase(file: Path) -> str:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "phase":
            return str(getattr(node.value, "value", ""))
    return "expand"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_migration_only_adds_or_says_that_it_takes_away(file: Path) -> None:
    if file.stem in BEFORE_THE_FIRST_RELEASE or phase(file) == migrating.CONTRACT:
        return
    broken = [ast.unparse(call)[:80] for call in calls(file) if takes_away(call)]
    assert not broken, 'say `phase = "contract"` at its top, and let the release before go without'


STEPS = {
    "s0001": ("", 'op.create_table("sidecar", sa.Column("id", types.Id(), primary_key=True),'
              ' sa.Column("name", types.Words(), nullable=False), sqlite_strict=True)'),
    "s0002": ("", 'op.add_column("sidecar", sa.Column("title", types.Words()))'),
    "s0003": ("", 'op.execute(sa.text("UPDATE sidecar SET title = name WHERE title IS NULL"))'),
    "s0004": ('phase = "contract"', 'op.drop_column("sidecar", "name")'),
}  # fmt: skip


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A plugin's line: a column takes the place of another one, in three migrations."""
    versions = tmp_path / "sidecar_tables" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "sidecar_tables" / "__init__.py").touch()
    before = "None"
    for name, (said, does) in STEPS.items():
        (versions / f"{name}.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\nfrom haochaping.store import types\n"
            f"revision = '{name}'\ndown_revision = {before}\n{said}\n"
            f"def upgrade():\n    {does}\ndef downgrade():\n    pass\n"
        )
        before = f"'{name}'"
    monkeypatch.syspath_prepend(tmp_path)
    yield Line("sidecar", "sidecar_tables")
    sys.modules.pop("sidecar_tables", None)


OLD = table("sidecar", column("id", Id()), column("name", Words()))
NEW = table("sidecar", column("id", Id()), column("name", Words()), column("title", Words()))


def beat(store: Store, version: str) -> None:
    told = Process("old:1", "worker", Basis(version, "", ""), AT, AT, {})
    with store.write() as conn:
        beats.beat(conn, told)


def test_under_load_old_and_new_work_side_by_side_through_all_steps(
    store: Store, line: Line
) -> None:
    migrating.migrate_to(store, [line], {"sidecar": "s0001"})
    beat(store, "0.0.1")
    numbers, failures, over = iter(range(1, 100_000)), list[str](), threading.Event()
    lock, written = threading.Lock(), list[int]()

    def write(*, new: bool) -> None:
        while not over.is_set():
            with lock:
                number = next(numbers)
            result = contained("write", lambda number=number: put(number, new=new))
            failures.extend([] if result.ok else [result.message])
            written.append(number)

    def put(number: int, *, new: bool) -> None:
        row = {"id": number, "name": f"n{number}"}
        with store.write() as conn:
            if new:
                conn.execute(insert(NEW), {**row, "title": row["name"]})
            else:
                conn.execute(insert(OLD), row)

    old = [threading.Thread(target=write, kwargs={"new": False}) for _ in range(2)]
    for thread in old:
        thread.start()
    waits = upgrading.upgrade(store, [line], AT)
    assert waits.waiting_for == ("old:1 (0.0.1)",)
    assert not waits.required
    fresh = threading.Thread(target=write, kwargs={"new": True})
    fresh.start()
    again = upgrading.upgrade(store, [line], AT)
    assert again.waiting_for
    while len(written) < 200:
        threading.Event().wait(0.01)
    over.set()
    for thread in (*old, fresh):
        thread.join()
    assert failures == []
    with store.write() as conn:  # what the old ones wrote meanwhile is filled before they go
        conn.execute(update(NEW).where(NEW.c.title.is_(None)).values(title=NEW.c.name))
    later = AT + timedelta(minutes=5)
    assert upgrading.upgrade(store, [line], later).waiting_for == ()
    names = {each["name"] for each in inspect(store.engine).get_columns("sidecar")}
    assert names == {"id", "title"}
    with store.read() as conn:
        rows = select(func.count()).select_from(NEW).where(NEW.c.title.is_not(None))
        assert conn.execute(rows).scalar_one() == len(written)
        fact = facts.last(conn, "contracted:sidecar")
    assert fact is not None
    assert fact.value == {"revision": "s0004"}


def test_only_adding_is_left_to_be_done_by_hand(store: Store, line: Line) -> None:
    upgrading.upgrade(store, [line], AT, expand_only=True)
    (state,) = migrating.states(store, [line])
    assert (state.current, state.pending, state.required) == ("s0003", True, False)
    assert [step.revision for step in state.steps if step.contracts] == ["s0004"]


def test_processes_of_this_version_stand_in_no_way(store: Store, line: Line) -> None:
    beat(store, __version__)
    assert upgrading.upgrade(store, [line], AT).waiting_for == ()
    assert not migrating.states(store, [line])[0].pending


def test_old_code_starts_on_tables_that_were_only_added_to(store: Store) -> None:
    """And no longer once something was taken away that it does not know of."""
    with store.write() as conn:
        conn.execute(text("UPDATE haochaping_version SET version_num = 'z9999'"))
    (state,) = migrating.states(store)
    assert (state.newer, state.pending, state.required) == (True, False, False)
    with store.read() as conn:
        assert upgrading.taken_away(conn, [state]) == []
    with store.write() as conn:
        facts.note(conn, "contracted:core", {"revision": "m0012"}, AT)
        assert upgrading.taken_away(conn, [state]) == []
        facts.note(conn, "contracted:core", {"revision": "z9998"}, AT)
        assert upgrading.taken_away(conn, [state]) == ["core"]
    assert replace(state, current=state.wanted).newer is False


def test_the_core_s_own_line_takes_nothing_away_now(store: Store) -> None:
    assert migrating.states(store, [CORE])[0].steps == ()
