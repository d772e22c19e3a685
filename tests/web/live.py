"""A deployment that really listens: pages in this process, the device line in another."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from haochaping.access import devices
from haochaping.catalog.served import served_event
from haochaping.catalog.tables import occurrence
from haochaping.deployment import Deployment
from haochaping.hooks.values import OccurrenceKey
from haochaping.installing import Wish, install
from haochaping.web.app import create_app
from tests.serving import serving
from tests.web.conftest import WINDOW, Site, catalogue

LINE = """
import os, pathlib
from haochaping.serving import serve_line
from haochaping.settings import read_settings
serve_line(read_settings(pathlib.Path(os.environ["HAOCHAPING_HOME"])))
"""


@dataclass
class Live:
    """A listening site and where it listens."""

    site: Site
    address: str

    def serve(self) -> OccurrenceKey:
        """A service received at the window just now, told to the journal as a push does."""
        key = self.site.serve(minutes_ago=0)
        deployment = self.site.deployment
        with deployment.store.write() as conn:
            row = conn.execute(select(occurrence).where(occurrence.c.id == key.id)).mappings().one()
            deployment.journal.emit(conn, served_event(None, row), deployment.clock.now())
        return key

    def forget(self) -> None:
        """Let all services so far be too long ago for a window to wake."""
        deployment = self.site.deployment
        long_ago = deployment.clock.now() - timedelta(hours=1)
        with deployment.store.write() as conn:
            conn.execute(update(occurrence).values(served_at=long_ago))


@contextmanager
def listening(home: Path) -> Iterator[Live]:
    """Install a deployment in `home` and let it listen."""
    web, line = free_port(), free_port()
    address = f"http://127.0.0.1:{web}"
    home.mkdir(parents=True)
    (home / "deployment.yaml").write_text(
        f"profile: base\nbase_url: {address}\nline_url: http://127.0.0.1:{line}\n"
        f"listen: {{web: '127.0.0.1:{web}', line: '127.0.0.1:{line}'}}\n",
        encoding="utf-8",
    )
    install(Wish(home, "base"))
    deployment = Deployment.open(home)
    app = create_app(deployment)
    with closing(deployment), serving(app, web), running_line(home, line):
        yield Live(stocked(deployment, app), address)


@contextmanager
def running_line(home: Path, port: int) -> Iterator[None]:
    """Run the device line of `home` as its own process."""
    environment = {**os.environ, "HAOCHAPING_HOME": str(home)}
    process = subprocess.Popen([sys.executable, "-c", LINE], env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield
    finally:
        process.terminate()
        process.wait(20)


def stocked(deployment: Deployment, app: object) -> Site:
    """The site with a hall, a window and its device."""
    site = Site(deployment, app, deployment.clock)  # type: ignore[arg-type]
    now = deployment.clock.now() - timedelta(minutes=1)
    with deployment.store.write() as conn:
        for table, row in catalogue():
            conn.execute(insert(table), row)
        site.device_id, site.device_key = devices.add(
            conn, deployment.keyring, deployment.journal.emit, (WINDOW, "8号窗口"), now
        )
    return site


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: float = 30) -> None:
    """Wait until an address answers. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            threading.Event().wait(0.1)
    raise TimeoutError(address)
