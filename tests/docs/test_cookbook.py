"""The ten recipes of the cookbook in one deployment: each does what its heading says."""

from __future__ import annotations

import hashlib
import hmac
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.docs.conftest import ROOT, examples

from haochaping.evaluation.tables import evaluation
from haochaping.hooks.rectification import CaseEvent
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Channel, Words
from haochaping.journal.tables import journal
from haochaping.plugins import PluginManager
from haochaping.plugins.dropped import Dropped, digest_of
from haochaping.store import migrating
from haochaping.testing import builders, loopback
from haochaping.testing.towns import Town, settle

COOKBOOK = ROOT / "docs" / "cookbook.md"
PLACE = re.compile(r"# ((?:plugins|haochaping_ledger)/\S+\.py)\n")
NAMES = "helpline ladder reopened halls citychat ledger about nightly plates sheets".split()


def written(folder: Path) -> list[str]:
    """Write every block to the file that its first line names; return the names."""
    found = []
    for example in examples("python", COOKBOOK):
        place = PLACE.match(example.text)
        assert place is not None, f"{example} names no file"
        file = folder / place[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(example.text, "utf-8")
        found.append(place[1])
    for package in ("", "migrations", "migrations/versions"):
        (folder / "haochaping_ledger" / package / "__init__.py").write_text("", "utf-8")
    return found


@pytest.fixture
def kitchen(store_url, clock, tmp_path, monkeypatch) -> Iterator[Town]:
    """A deployment with all ten enabled."""
    home = tmp_path / "home"
    written(home)
    monkeypatch.syspath_prepend(str(home))
    from haochaping_ledger.plugin import Ledger

    folder = home / "plugins"
    allowed = {file.name: digest_of(file) for file in folder.glob("*.py")}
    manager = PluginManager([Ledger], installed=False, dropped=Dropped(folder, allowed))
    enabled = "".join(f"  {name}: {{}}\n" for name in NAMES)
    profile = f"extends: base\nplugins:\n{enabled}"
    town = settle(Town, home, store_url, clock, profile, manager)
    yield town
    town.deployment.close()
    for name in [one for one in sys.modules if one.startswith("haochaping_ledger")]:
        del sys.modules[name]


def test_ten_recipes_are_headings_of_the_cookbook() -> None:
    headings = re.findall(r"^## ([0-9]+)\. (.+)$", COOKBOOK.read_text("utf-8"), re.M)
    assert [int(number) for number, _ in headings] == list(range(1, 11))
    files = [PLACE.match(example.text)[1] for example in examples("python", COOKBOOK)]
    stems = {file.split("/")[0 if file.startswith("haochaping") else 1] for file in files}
    assert {stem.removesuffix(".py").removeprefix("haochaping_") for stem in stems} == set(NAMES)


def test_the_recipes_do_what_they_say(kitchen: Town) -> None:
    deployment = kitchen.deployment
    hooks, client = deployment.hooks, kitchen.client()

    blocks = hooks.decide("evaluation_receipt", occurrence=builders.occurrence()).combined
    assert [(one.kind, one.value) for one in blocks] == [("field", "12345"), ("qr", "")]

    rungs = hooks.decide("rectification_warnings", case=builders.case()).combined
    assert [(one.level, one.to) for one in rungs] == [
        (7, "handler"),
        (8, "unit_head"),
        (9, "supervisor"),
    ]

    assert [one.name for one in hooks.contribute("grading_measures")] == ["reopened.rate"]
    assert [one.code for one in hooks.contribute("grading_indicators")] == ["reopened.rate"]

    assert client.get("/boards/halls.active").status_code == 200

    assert "citychat" in deployment.gateways.names

    event = CaseEvent("rectified", "e1", builders.case(), kitchen.clock.now())
    for _ in range(2):
        assert hooks.observe("case_closed", "ledger", event=event) is None
    from haochaping_ledger.tables import entry

    with deployment.store.read() as conn:
        assert len(conn.execute(select(entry)).all()) == 1

    page = client.get("/x/about/")
    assert page.status_code == 200
    assert "<h1>本地说明</h1>" in page.get_data(as_text=True)

    kitchen.work(days=1)
    noted = select(journal.c.kind).where(journal.c.kind == "plugin.nightly.noted")
    with deployment.store.read() as conn:
        assert len(conn.execute(noted).all()) == 1

    masks = hooks.decide(
        "disclosure_redact", review=builders.review("车号浙A12345停在门口")
    ).combined
    assert [(one.start, one.end) for one in masks] == [(2, 9)]

    kitchen.rate(grade=1, text="慢", channel=Channel.PAPER)
    with deployment.store.read() as conn:
        (row,) = conn.execute(select(evaluation.c.status, evaluation.c.reason))
    assert row.status == "held"


def test_the_gateway_of_the_recipe_sends_signed_messages(kitchen: Town) -> None:
    make = sys.modules["haochaping_dropped_citychat"].make
    message = OutgoingMessage("m1", "supervisor", None, "chat", Words("题"), Words("文"))
    with loopback.listening() as chat:
        settings = {"url": f"{chat.url}/send", "secret": "s"}
        send = make(settings, loopback.client(kitchen.clock))
        chat.answer = b'{"code": 0, "message": "77"}'
        assert send(message) == "77"
        chat.answer = b'{"code": 4}'
        with pytest.raises(loopback.OutgoingFault) as refused:
            send(message)
    assert not refused.value.retry
    (received, _) = chat.received
    assert received.json() == {"id": "m1", "to": "supervisor", "text": "文"}
    signature = hmac.new(b"s", received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Signature"] == signature


def test_the_migration_of_the_recipe_makes_its_table(kitchen: Town) -> None:
    from haochaping_ledger.tables import metadata

    store = kitchen.deployment.store
    metadata.drop_all(store.engine)
    line = next(one for one in kitchen.deployment.migration_lines() if one.name == "ledger")
    (state,) = migrating.migrate(store, (line,))
    assert state.wanted == "m0001"
    with store.read() as conn:
        assert conn.execute(select(metadata.tables["ledger_entry"])).all() == []
