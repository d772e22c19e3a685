"""Fixtures of the disclosure tests."""

from __future__ import annotations

import pytest
from tests.disclosure import town

from haochaping.store import Store


@pytest.fixture
def place(store: Store) -> Store:
    """A database with a small town in it."""
    with store.write() as conn:
        town.build(conn)
    return store
