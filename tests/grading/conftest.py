"""Fixtures of the grading tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from haochaping.store import Store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """An empty PostgreSQL database, for what only happens where writers run side by side."""
    store = Store.open(postgres_url)
    yield store
    store.close()
