"""Fixtures of the grading tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from haochaping.store import Store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """An empty PostgreSQL database, for what only happens where writers run side by side."""
    store = Store.open(postgres_url)
    yield store
    store.close()


@pytest.fixture(scope="module")
def sqlite_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for the many examples of a property."""
    place = tmp_path_factory.mktemp("once") / "once.db"
    shutil.copy(sqlite_template, place)
    store = Store.open(f"sqlite:///{place}")
    yield store
    store.close()
