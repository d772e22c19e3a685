"""`haochaping uplink` and what doctor says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner, Result

from haochaping.cli import main
from haochaping.examining import examine
from haochaping.uplink import collecting
from haochaping.uplink.tables import exchange_received
from tests.uplink.conftest import ALONE, Pair


def run(pair: Pair, *words: str) -> Result:
    """Run a command on the city, whose settings name the province."""
    file = pair.city.home / "deployment.yaml"
    said = f"exchange:\n  upper: {pair.url}/api/v1/exchange\n"
    if "exchange:" not in file.read_text():
        file.write_text(file.read_text() + said)
    return CliRunner().invoke(main, ["--home", str(pair.city.home), *words])


@ALONE
def test_send_status_and_reconcile_from_the_command_line(pair: Pair) -> None:
    pair.rate(1, grade=1)
    pair.province.clock.set(datetime.now(UTC))  # commands go by the machine's clock
    assert run(pair, "uplink", "send").exit_code == 0
    done = run(pair, "uplink", "status", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["sent"] == 3
    days = ("--from", "2026-11-10", "--until", "2026-11-20")
    done = run(pair, "uplink", "reconcile", *days)
    assert done.exit_code == 0, done.output
    assert "evaluation\t1\t1" in done.stdout
    with pair.province.deployment.store.write() as conn:
        conn.execute(exchange_received.delete())
    done = run(pair, "uplink", "reconcile", *days, "--resend", "--json")
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)["differences"]) == 3
    assert run(pair, "uplink", "status").exit_code == 0
    (pair.city.home / "secrets" / "uplink-key.secret").write_text("wrong")
    assert run(pair, "uplink", "send").exit_code == 0
    done = run(pair, "uplink", "status")
    assert done.exit_code == 1
    assert "401" in done.stdout
    assert run(pair, "uplink", "resend").exit_code == 0


@ALONE
def test_doctor_tells_of_what_waits_too_long_and_of_missing_keys(pair: Pair) -> None:
    deployment = pair.city.deployment
    pair.rate(1)
    collecting.collect(deployment.exchange)
    (pair.city.home / "secrets" / "uplink-key.secret").unlink()
    pair.city.clock.advance(timedelta(days=2))
    found = {one.check: one for one in examine(deployment) if one.check in ("uplink", "exchange")}
    assert found["uplink"].level == "fault"
    assert "48" in found["uplink"].what.en
    assert found["exchange"].level == "fault"
