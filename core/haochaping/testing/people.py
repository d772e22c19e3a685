"""Fixtures: a deployment from a profile snippet, browsers of those who use it, a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from haochaping.clock import FakeClock
from haochaping.testing import loopback

if TYPE_CHECKING:  # a deployment takes a second to import: only tests that want one pay for it
    from flask.testing import FlaskClient

    from haochaping.testing.towns import Town


@pytest.fixture
def profile_snippet() -> str:
    """Return the profile of `town` and `site`; override it to enable a plugin."""
    return "extends: base\njurisdiction: {code: '110000', name: {zh: 示例市, en: Sample}}\n"


@pytest.fixture
def town_class() -> type[Town]:
    """Return the class of `town` and `site`; override it with a subclass of your own."""
    from haochaping.testing.towns import Town

    return Town


@pytest.fixture
def town(
    store_url: str, clock: FakeClock, tmp_path: Path, profile_snippet: str, town_class: type[Town]
) -> Iterator[Town]:
    """Yield a deployment of the profile snippet, on both databases in turn."""
    yield from _open(town_class, tmp_path, store_url, clock, profile_snippet)


@pytest.fixture
def site(
    sqlite_url: str, clock: FakeClock, tmp_path: Path, profile_snippet: str, town_class: type[Town]
) -> Iterator[Town]:
    """Yield the same on SQLite alone, for pages."""
    yield from _open(town_class, tmp_path, sqlite_url, clock, profile_snippet)


@pytest.fixture
def rater(site: Town) -> FlaskClient:
    """Return a browser of somebody who rates: nobody has signed in."""
    return site.client()


@pytest.fixture
def handler(site: Town) -> FlaskClient:
    """Return a browser of somebody who handles the cases of the first unit."""
    from haochaping.access.roles import Role

    unit = next(iter(site.place.units))
    account = site.account(Role.HANDLER, organization_id=unit)
    return site.client(account)


@pytest.fixture
def supervisor(site: Town) -> FlaskClient:
    """Return a browser of somebody who supervises the county."""
    return site.client(site.account())


@pytest.fixture
def gateway() -> Iterator[loopback.LoopbackGateway]:
    """Yield a server on this machine that keeps what it is sent."""
    with loopback.listening() as found:
        yield found


def _open(
    kind: type[Town], folder: Path, database: str, clock: FakeClock, profile: str
) -> Iterator[Town]:
    from haochaping.testing.towns import settle

    found = settle(kind, folder / "home", database, clock, profile)
    yield found
    found.deployment.close()
