"""The public site of a province with a year of ratings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from haochaping.deployment import Deployment
from haochaping.web.app import create_app
from tests.web.public import town


@pytest.fixture(scope="module")
def province(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """A stocked deployment of Guangdong's rules, which award honours; tests only read it."""
    home = tmp_path_factory.mktemp("province")
    shutil.copy(sqlite_template, home / "town.db")
    with town.deployment_of(home / "home", "guangdong", f"sqlite:///{home / 'town.db'}") as found:
        town.stock(found)
        yield found


@pytest.fixture
def client(province: Deployment) -> FlaskClient:
    """A browser without cookies on the public site."""
    app = create_app(province)
    app.testing = True
    return app.test_client()
