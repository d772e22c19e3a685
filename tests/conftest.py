"""Settings of the whole suite; its other fixtures come from `haochaping.testing`."""

from collections.abc import Iterator

import pytest
from haochaping.testing.fixtures import MONDAY, RecordingEmit
from playwright.sync_api import Browser

from tests.browser import opened

__all__ = ["MONDAY", "RecordingEmit"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of a process: Playwright allows no second one beside it."""
    with opened() as found:
        yield found
