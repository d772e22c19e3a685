"""Whatever a plugin in its own process does: ratings are taken, cases opened, deadlines right."""

from __future__ import annotations

from typing import Any

import pytest
from tests.isolation.conftest import HOSTILE

from haochaping.evaluation import conservation, receipts
from haochaping.hooks.values import EvaluationStatus
from haochaping.kit.town import Town
from haochaping.rectification.records import Case, by_origin
from haochaping.worker import Worker

HARMLESS = {"mutates_arguments", "patches_core", "reads_environment"}
"""What these do to themselves reaches nobody."""


def case_of(town: Town, receipt: Any) -> Case:
    with town.deployment.store.read() as conn:
        found = by_origin(conn, "evaluation", receipt.evaluation.id)
    assert found is not None
    return found


def failures(town: Town, name: str) -> dict[str, str]:
    health = town.deployment.hooks.health()
    return {one.hook: one.last_error for one in health if one.plugin == name and one.failures}


@pytest.fixture(scope="module")
def usual(besieged: Town) -> Case:
    """The case of a bad rating that no plugin touches."""
    receipt = besieged.rate(grade=1, options=["110"])
    Worker(besieged.deployment).drain()
    return case_of(besieged, receipt)


LONG = {"recurses", "sleeps"}
"""They cost their whole time at each call, as `loops` does."""


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.long] * (one in LONG)) for one in HOSTILE]
)
def test_a_hostile_plugin_leaves_every_promise(besieged: Town, usual: Case, name: str) -> None:
    town, hooks = besieged, besieged.deployment.hooks
    before = {plugin: host.process_id for plugin, host in hooks.isolated()}

    good = town.rate(town.serve(stage=name))
    assert good.status in (EvaluationStatus.HELD, EvaluationStatus.EFFECTIVE)
    bad = town.rate(town.serve(stage=name), grade=1, options=["110"])
    assert bad.status is EvaluationStatus.EFFECTIVE
    Worker(town.deployment).drain()

    case = case_of(town, bad)
    assert (case.due_at, case.plan, case.state) == (usual.due_at, usual.plan, usual.state)
    with town.deployment.store.read() as conn:
        assert conservation.count(conn).holds
        held = receipts.find(conn, town.deployment.desk, good.code).current
    if good.status is EvaluationStatus.HELD:
        assert held.reason == f"plugin_failed:{name}"
        assert name in (case.plan_failure or "")
        told = failures(town, name)
        assert "evaluation_admit" in told
        assert "Leaked" not in str(told)

    after = {plugin: host.process_id for plugin, host in hooks.isolated()}
    others = [plugin for plugin in before if plugin != name]
    assert [after[one] for one in others] == [before[one] for one in others]
    assert town.rate(town.serve()).status is EvaluationStatus.EFFECTIVE


def test_every_harm_was_noticed_but_what_reaches_nobody(besieged: Town, usual: Case) -> None:
    silent = {name for name in HOSTILE if not failures(besieged, name)} - LONG
    assert silent <= HARMLESS | {"writes_junk"}
