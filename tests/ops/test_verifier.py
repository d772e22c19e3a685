"""The verifier in `examples/` finds what was changed, and imports nothing of ours."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text, update

from haochaping.deployment import Deployment
from haochaping.journal.tables import journal
from haochaping.worker import Worker

FILE = Path(__file__).parents[2] / "examples" / "verifier" / "verify_journal.py"


def run(deployment: Deployment, key: str = "") -> subprocess.CompletedProcess[str]:
    store = deployment.store
    url = store.engine.url
    place = str(url.database)
    if store.dialect == "postgresql":
        place = url.set(drivername="postgresql").render_as_string(hide_password=False)
    arguments = [sys.executable, "-I", str(FILE), place, *([key] if key else [])]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_it_is_short_and_imports_nothing_of_ours() -> None:
    source = FILE.read_text(encoding="utf-8")
    tree = ast.parse(source)
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    froms = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not [name for name in names | froms if name.startswith("haochaping")]
    body = source[source.index('"""', 10) + 3 :]
    code = [line for line in body.splitlines() if line.strip()]
    assert len(code) <= 60


def test_it_agrees_that_nothing_was_changed_and_names_what_was(rated: Deployment) -> None:
    Worker(rated).drain()
    key = rated.secrets.seal_key.public_key().public_bytes_raw().hex()
    sound = run(rated, key)
    assert (sound.returncode, sound.stdout.splitlines()[-1]) == (0, "sound"), sound.stderr
    assert run(rated, "00" * 32).returncode == 5
    with rated.store.write() as conn:
        off = "DROP TRIGGER journal_no_update"
        if rated.store.dialect == "postgresql":
            off = "ALTER TABLE journal DISABLE TRIGGER journal_append_only"
        conn.execute(text(off))
        row = update(journal).where(journal.c.seq == 3)
        conn.execute(row.values(payload='{"grade":5}'))
    changed = run(rated, key)
    assert changed.returncode == 5
    assert "seal 1\trow 3\twas changed" in changed.stdout
