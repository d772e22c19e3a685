"""Settings of the whole suite; its other fixtures come from `haochaping.testing`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import URL, Engine, create_engine
from werkzeug.routing import Rule

from haochaping.store import engine
from haochaping.testing.fixtures import MONDAY, RecordingEmit
from tests.browser import opened

__all__ = ["MONDAY", "RecordingEmit"]


@pytest.fixture(scope="session", autouse=True)
def _routes_are_compiled_once() -> Iterator[None]:
    """Keep what Werkzeug compiles of a route: the suite makes thousands of applications.

    The function depends on nothing but the route's text, as no route of ours has defaults.
    """
    kept: dict[tuple[str, bool], Callable[..., tuple[str, str]]] = {}
    compiled = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (rule.rule, append_unknown)
        if key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        changed: Any = Rule
        patch.setattr(changed, "_compile_builder", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Keep what SQLAlchemy compiles of a statement: the suite opens thousands of databases.

    Compiled statements are kept by dialect, so engines of one kind share it too, as soon as one
    of them has met its database.
    """
    shared: dict[str, Engine] = {}

    def sharing(url: URL, **options: Any) -> Engine:
        made = create_engine(url, **options)
        kept = shared.setdefault(made.dialect.name, made)
        if getattr(kept.dialect, "server_version_info", None) is None:
            shared[made.dialect.name] = made
        elif kept is not made:
            made.dialect = made.pool._dialect = kept.dialect
            made._compiled_cache = kept._compiled_cache
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", sharing)
        yield


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
