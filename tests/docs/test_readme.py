"""The way that the README shows with curl, step by step against a server that listens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
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


@pytest.mark.long
@pytest.mark.timeout(900)
def test_from_a_clone_to_the_first_rating_within_ten_minutes(tmp_path: Path) -> None:
    """By the README alone: `make demo` in a fresh clone, then its lines in a second terminal."""
    clone, port = tmp_path / "haochaping", free_port()
    started = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = ["make", "demo", f"PORT={port}", f"PYTHON={sys.executable}"]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (tmp_path / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            command, cwd=clone, env=kept, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while not answers(f"http://127.0.0.1:{port}/readyz"):
            assert time.monotonic() < started + 600, (tmp_path / "demo.log").read_text()[-3000:]
            assert demo.poll() is None, (tmp_path / "demo.log").read_text()[-3000:]
            time.sleep(0.5)
        ready = time.monotonic() - started
        script = "\n".join(each.text for each in examples("sh", ROOT / "README.md"))
        done = run_shell(script.replace(ADDRESS, f"http://127.0.0.1:{port}"), clone)
        took = time.monotonic() - started
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((clone / "receipt.json").read_text("utf-8"))["status"] == "effective"
    assert took <= 600
    print(
        f"\nfrom a clone: ready after {ready:.0f} s, first rating and its case after {took:.0f} s"
    )


def answers(url: str) -> bool:
    """Say whether the pages take ratings."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
