"""A whole deployment as ops run it: pages, device line and worker as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from haochaping.access import accounts, api_keys, devices, grants, passwords
from haochaping.access.accounts import NewAccount, PasswordChange
from haochaping.access.api_keys import NewApiKey
from haochaping.access.grants import NewGrant
from haochaping.access.roles import Role
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from tests.catalogues import REGION, body, fill
from tests.web.live import free_port, wait_for

PROFILE = """\
extends: zhejiang
rectification: {release_delay: {min_minutes: 0, max_minutes: 0}}
disclosure: {min_n: 1, small_hall_windows: 1, suppress_below: 1}
"""
PASSWORD = "Kunlun-7-bridges"
STAFF = {"handler": Role.HANDLER, "supervisor": Role.SUPERVISOR}


@dataclass
class Town:
    """A running deployment and what its people need."""

    home: Path
    address: str
    api_key: str
    device_id: int
    device_key: str

    def push(self, number: int) -> dict[str, Any]:
        """Push a service that was received just now; return its result with the link."""
        with opened(self.home) as deployment:
            sent = body(deployment, number)
        headers = {"Authorization": f"Bearer {self.api_key}"}
        url = f"{self.address}/api/v1/service-cases"
        answer = requests.post(url, json=sent, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["results"][0]
        return result

    def board(self, name: str) -> dict[str, Any]:
        """Return a public board."""
        found = requests.get(f"{self.address}/api/v1/boards/{name}", timeout=10)
        board: dict[str, Any] = found.json()
        return board


@contextmanager
def running(home: Path) -> Iterator[Town]:
    """Install a deployment and run it with one command until the block ends."""
    web, line = free_port(), free_port()
    home.mkdir(parents=True)
    (home / "town.yaml").write_text(PROFILE, encoding="utf-8")
    (home / "deployment.yaml").write_text(
        f"profile: town\nbase_url: http://127.0.0.1:{web}\nline_url: http://127.0.0.1:{line}\n"
        f"listen: {{web: '127.0.0.1:{web}', line: '127.0.0.1:{line}'}}\n",
        encoding="utf-8",
    )
    install(Wish(home, "town"))
    town = _people(home, f"http://127.0.0.1:{web}")
    command = [sys.executable, "-m", "haochaping.cli", "--home", str(home), "run"]
    process = subprocess.Popen(command, env={**os.environ})
    try:
        wait_for(f"{town.address}/readyz", 60)
        wait_for(f"http://127.0.0.1:{line}/healthz", 60)
        yield town
    finally:
        process.terminate()
        assert process.wait(30) == 0


@contextmanager
def opened(home: Path) -> Iterator[Deployment]:
    """Look into the deployment beside its processes."""
    deployment = Deployment.open(home)
    yield deployment
    deployment.close()


def _people(home: Path, address: str) -> Town:
    with opened(home) as deployment:
        fill(deployment)
        at, emit = deployment.clock.now(), deployment.journal.emit
        new = NewApiKey("业务系统", frozenset({"cases.push"}), REGION)
        with deployment.store.write() as conn:
            _, api_key = api_keys.add(conn, deployment.keyring, emit, new, at)
            device = devices.add(conn, deployment.keyring, emit, (4, "8号窗口"), at)
        for login, role in STAFF.items():
            _account(deployment, login, role)
    return Town(home, address, api_key, *device)


def _account(deployment: Deployment, login: str, role: Role) -> None:
    at, emit = deployment.clock.now(), deployment.journal.emit
    hashed = passwords.hashed(PASSWORD)
    with deployment.store.write() as conn:
        account = accounts.create(conn, emit, NewAccount(login, login, hashed), at)
        unit = 1 if role is Role.HANDLER else None
        grants.give(conn, emit, NewGrant(account, role, REGION, unit), at)
        change = PasswordChange(account, hashed, initial=False)
        accounts.set_password(conn, emit, change, at)
