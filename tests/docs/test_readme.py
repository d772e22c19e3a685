"""The way that the README shows with curl, step by step against a server that listens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.docs.conftest import ROOT, examples
from tests.docs.test_documents import run_shell
from tests.serving import serving
from tests.web.live import free_port

from haochaping.demonstration import home as folder
from haochaping.demonstration import people, places
from haochaping.demonstration.home import Demonstration
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from haochaping.web.app import create_app

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A demonstration without a past that listens."""
    port = free_port()
    home = tmp_path / "var" / "demo"
    folder.write_settings(home, "zhejiang", port)
    install(Wish(home, "zhejiang"))
    deployment = Deployment.open(home)
    _stock(deployment)
    with closing(deployment), serving(create_app(deployment), port) as address:
        yield address


def _stock(deployment: Deployment) -> None:
    places.take_in(deployment, places.example_of(deployment.profile))
    with deployment.store.read() as conn:
        counters = places.counters(conn)
        root, county = places.root_region(conn), places.county(conn)
    stage = people.Stage(root, county, people.home_of(counters))
    people.make_accounts(deployment, stage)
    made = Demonstration("zhejiang", True, people.make_key(deployment, stage))
    made.keep(deployment.home)


def test_the_way_of_the_readme_leads_to_a_case_and_a_board(address: str, tmp_path: Path):
    script = "\n".join(each.text for each in examples("sh", ROOT / "README.md"))
    assert ADDRESS in script
    done = run_shell(script.replace(ADDRESS, address), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    pushed = json.loads((tmp_path / "push.json").read_text("utf-8"))["results"][0]
    receipt = json.loads((tmp_path / "receipt.json").read_text("utf-8"))
    assert pushed["status"] == "created"
    assert receipt["status"] == "effective"
    assert "HCP-ALREADY-RATED" in done.stdout
    assert "/console/cases/" in done.stdout
    assert '"rated_withheld": true' in done.stdout
