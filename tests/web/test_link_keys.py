"""Keys of rating links are rotated in the settings: new ones sign, old ones are still read."""

from __future__ import annotations

from pathlib import Path

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.settings import write_secrets
from tests.web.conftest import SETTINGS, Site, catalogue

KEYS = "link_keys: {keys}\n"


def opened(home: Path, url: str, clock: FakeClock, keys: str) -> Deployment:
    said = SETTINGS.format(database=url) + KEYS.format(keys=keys)
    (home / "deployment.yaml").write_text(said, encoding="utf-8")
    return Deployment.open(home, clock=clock, checked=False)


def test_a_deployment_rotates_its_link_keys(
    sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    from sqlalchemy import insert

    from haochaping.web.app import create_app

    home = tmp_path / "home"
    home.mkdir()
    write_secrets(home)
    codes: list[str] = []
    found: dict[str, list[int]] = {}
    key = None
    for keys in ("[1]", "[1, 2]", "[2]"):
        deployment = opened(home, sqlite_url, clock, keys)
        site = Site(deployment, create_app(deployment), clock)
        if key is None:
            with deployment.store.write() as conn:
                for table, row in catalogue():
                    conn.execute(insert(table), row)
            key = site.serve()
        codes.append(site.link(key))
        found[keys] = [site.client().get(f"/r/{code}").status_code for code in codes]
        deployment.close()
    assert found == {"[1]": [200], "[1, 2]": [200, 200], "[2]": [404, 200, 200]}
