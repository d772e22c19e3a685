"""Settings of the whole suite; its other fixtures come from `haochaping.testing`."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from haochaping.testing.fixtures import MONDAY, RecordingEmit
from tests.browser import opened

__all__ = ["MONDAY", "RecordingEmit"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test with a browser fail once on a busy machine; the report names it as rerun."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module.

    Playwright allows no second one beside it, nor another event loop in its thread.
    """
    with opened() as found:
        yield found


@pytest.fixture
def console_url(request: pytest.FixtureRequest) -> str:
    """The console's database: SQLite, or what a test names by an indirect parameter."""
    found: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return found
