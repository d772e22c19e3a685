"""A plugin in a process of its own: asked like any other, replaced when it hangs, kept in."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.isolation.conftest import Enabled, dropped

from haochaping.hooks.evaluation import Verdict
from haochaping.hooks.specs import specs
from haochaping.isolation import guards, seccomp
from haochaping.isolation.guards import GUARDS
from haochaping.kit import samples
from haochaping.plugins import DeploymentRefused

HEAD = """
import time
from haochaping import Plugin, hookimpl
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.values import Words
"""
LAKE = (
    HEAD
    + """
class Lake(Plugin):
    name = "lake"
    title_zh = "湖"

    @hookimpl
    def disclosure_boards(self):
        return [BoardSpec("lake.halls", Words("榜"), "hall", "active_rate")]

    @hookimpl
    def evaluation_admit(self, submission):
        if submission.text == "hang":
            time.sleep(60)
        if submission.text == "listed":
            row = self.services.lookup.one("lake_person", person_index="p")
            return Admission(Verdict.EXCLUDE, row["reason"], Words("已排除"))
        if submission.text == "writes":
            self.services.audit("x", "y", {})
        if submission.text == "boom":
            raise ValueError(submission.text)

    @hookimpl
    def case_opened(self, event):
        services = self.services
        number = services.opinions.record(
            idempotency_key=event.idempotency_key, kind="x", organization_id=1, grade=2, text="差"
        )
        case = services.cases.open(idempotency_key="k", opinion_id=number, reason="r")
        told = {"at": services.now(), "zone": str(services.worktime.zone), "less": -1}
        services.audit("followed", f"case {case}", told)
"""
)
NOW = datetime(2026, 11, 16, 2, tzinfo=UTC)


class Core:
    """The services, writing down what they are asked to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.lookup = SimpleNamespace(one=lambda table, **key: {"reason": table, **key})
        self.opinions = SimpleNamespace(record=lambda **told: self.did(told, 77))
        self.cases = SimpleNamespace(open=lambda **told: self.did(told, "C-9"))
        self.worktime = SimpleNamespace(zone=ZoneInfo("Asia/Shanghai"))

    def did(self, told: Any, gives: Any) -> Any:
        self.done.append(told)
        return gives

    def now(self) -> datetime:
        return NOW

    def audit(self, kind: str, subject: str, details: Any) -> None:
        self.done.append((kind, subject, details))


def asked(text: str) -> Any:
    return replace(samples.passed(specs()["evaluation_admit"])["submission"], text=text)


def test_a_plugin_contributes_decides_and_observes_from_its_own_process(
    isolated, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "haochaping_dropped_lake"
    monkeypatch.delitem(sys.modules, module, raising=False)  # other tests load one like it
    core = Core()
    hooks = isolated(core, lake=LAKE)
    ((_, board),) = hooks.contributions("disclosure_boards")
    assert (board.name, board.title.zh) == ("lake.halls", "榜")
    assert module not in sys.modules

    assert hooks.decide("evaluation_admit", submission=asked("")).answers == ()
    listed = hooks.decide("evaluation_admit", submission=asked("listed")).combined
    assert (listed.verdict, listed.reason) == (Verdict.EXCLUDE, "lake_person")
    for text, said in (("boom", "ValueError at lake.py"), ("writes", "RuntimeError at")):
        (failure,) = hooks.decide("evaluation_admit", submission=asked(text)).failures
        assert failure.message.startswith(said)
        assert failure.plugin == "lake"

    event = samples.passed(specs()["case_opened"])["event"]
    assert hooks.observe("case_opened", "lake", event=event) is None
    recorded, opened, audited = core.done
    assert recorded["idempotency_key"] == event.idempotency_key
    assert opened["opinion_id"] == 77
    told = {"at": NOW, "zone": "Asia/Shanghai", "less": -1}
    assert audited == ("followed", "case C-9", told)


def test_every_guard_is_in_force_here(isolated) -> None:
    hooks = isolated(Core(), lake=LAKE)
    ((_, host),) = hooks.isolated()
    assert [one.name for one in host.guards] == list(GUARDS)
    assert [one for one in host.guards if one.missing] == []


def test_a_host_that_hangs_is_replaced_within_its_budget_and_half_a_second(isolated) -> None:
    hooks = isolated(Core(), {"seconds": 0.5}, lake=LAKE)
    ((_, host),) = hooks.isolated()
    for _ in range(3):  # the one in reserve is made ready meanwhile
        assert not hooks.decide("evaluation_admit", submission=asked("")).failed
    deadline = time.monotonic() + 20
    while host.in_reserve != "ready" and time.monotonic() < deadline:
        time.sleep(0.05)
    first, started = host.process_id, time.monotonic()
    (failure,) = hooks.decide("evaluation_admit", submission=asked("hang")).failures
    assert failure.message == "no answer within 0.5 s; replaced"
    assert not hooks.decide("evaluation_admit", submission=asked("")).failed
    assert time.monotonic() - started < 1.0
    assert host.process_id != first
    assert host.replaced == 1


PAGES = (
    HEAD
    + """
from haochaping.hooks.deployment import Page

class Pages(Plugin):
    name = "pages"

    @hookimpl
    def web_pages(self):
        return [Page("/", "pages:show", "public")]
"""
)
ODD = (
    HEAD
    + """
class Odd(Plugin):
    name = "odd"

    @hookimpl
    def evaluation_admitt(self, submission):
        return None
"""
)
BROKEN = "raise RuntimeError('secret')\n"


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("pages", PAGES, "hook web_pages hands the core code of the plugin to run"),
        ("odd", ODD, "there is no hook named evaluation_admitt"),
        ("broken", BROKEN, "cannot be imported: RuntimeError at broken.py:1"),
    ],
)
def test_what_cannot_be_isolated_is_refused_in_words(
    tmp_path: Path, name: str, source: str, said: str
) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        dropped(tmp_path, {name: source}).assemble(Enabled(name))
    (fault,) = refused.value.faults
    assert said in fault.text("en")


def test_a_guard_that_the_system_does_not_grant_is_named(monkeypatch) -> None:
    monkeypatch.setattr(seccomp, "MACHINES", {})
    assert "there is no filter for" in seccomp.deny()

    def refused() -> str:
        raise OSError("not here")

    assert guards.tried("files", refused).missing == "OSError: not here"


def test_the_filter_jumps_to_its_own_lines() -> None:
    for machine in seccomp.MACHINES.values():
        lines = len(seccomp.program(machine)) // 8
        assert lines == len(set(machine.refused.values())) + 7
        assert len(machine.refused) < 250
