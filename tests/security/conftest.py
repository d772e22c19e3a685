"""One assembled deployment a module: these tests only look, or act on objects of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from haochaping.access import passwords
from haochaping.access.roles import MACHINES, Role
from haochaping.clock import FakeClock
from haochaping.testing.fixtures import MONDAY
from tests.security.town import OWN, Town, opened


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash quickly: what a hash costs is tested where passwords are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")
        yield


@pytest.fixture(scope="module")
def town(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, _cheap_passwords: None
) -> Iterator[Town]:
    """Two counties with their pages, on SQLite, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, folder / "town.db")
    yield from opened(folder / "home", f"sqlite:///{folder / 'town.db'}", FakeClock(MONDAY))


@pytest.fixture(scope="module")
def everybody(town: Town) -> dict[str, FlaskClient]:
    """A browser of every role, and one of nobody."""
    roles = [role for role in Role if role not in MACHINES]
    found = {str(role): town.someone(role, region=OWN.region) for role in roles}
    return {**found, "nobody": town.browser()}


@pytest.fixture(autouse=True)
def _fresh_limits(town: Town) -> None:
    """Let every test begin with full buckets."""
    town.app.extensions["haochaping.limiter"]._buckets.clear()
