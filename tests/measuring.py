"""Where branch coverage is not measured: tests that walk through lines which others measure.

The tracer costs half as much again as a test does. It rests while a browser is driven, while
other processes are waited for, and while a test that has run on SQLite is repeated on PostgreSQL:
what these prove is no line of ours. They are run and asserted like all others. `coverage run`
with HAOCHAPING_MEASURE=all measures them too; the two reports are to agree but for lines that
only another process or PostgreSQL can reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from coverage import Coverage

ELSEWHERE: Final = (
    "tests/architecture/",
    "tests/docs/",
    "tests/e2e/",
    "tests/faults/",
    "tests/kit/test_hunan.py",
    "tests/kit/test_scaffold.py",
    "tests/packaging/",
    "tests/security/test_every_door.py",
    "tests/security/test_matrix.py",
    "tests/security/test_pages_shut.py",
    "tests/test_whole_way.py",
)
"""Tests that read the sources, wait for other processes, or knock at all doors once more."""

ON_BOTH: Final = ("tests/jobs/", "tests/journal/", "tests/ops/", "tests/store/")
"""Where the two databases have lines of their own."""

PROCESSES: Final = "COVERAGE_PROCESS_CONFIG"
"""What lets a process that a test starts measure itself."""

CURRENT: Final = pytest.StashKey[Coverage | None]()
TESTS: Final = pytest.StashKey[frozenset[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Find the coverage that this process was started with."""
    everything = os.environ.get("HAOCHAPING_MEASURE") == "all"
    config.stash[CURRENT] = None if everything else Coverage.current()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give out the dear files first in a run of several processes, so that all end together."""
    if hasattr(config, "workerinput"):
        dear = {item.path for item in items if is_dear(item)}
        items.sort(key=lambda item: item.path not in dear)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember which tests are run at all: a test on PostgreSQL alone is measured."""
    session.config.stash[TESTS] = frozenset(item.nodeid for item in session.items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let the tracer rest during a test that measures nothing new."""
    found = item.config.stash[CURRENT]
    if found is None or is_measured(item, item.config.stash[TESTS]):
        return (yield)
    found.stop()
    config = os.environ.pop(PROCESSES, None)
    try:
        return (yield)
    finally:
        if config is not None:
            os.environ[PROCESSES] = config
        found.start()


def is_measured(item: pytest.Item, others: frozenset[str]) -> bool:
    """Say whether lines are counted while a test runs; `others` are the tests of the run."""
    if is_dear(item):
        return False
    repeated = item.nodeid.replace("postgresql", "sqlite")
    same = repeated == item.nodeid or repeated not in others
    return same or item.nodeid.startswith(ON_BOTH)


def is_dear(item: pytest.Item) -> bool:
    """Say whether a test drives a browser, waits for other processes or visits everything."""
    return bool(item.get_closest_marker("browser")) or item.nodeid.startswith(ELSEWHERE)
