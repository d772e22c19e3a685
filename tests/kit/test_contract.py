"""The contract of hooks, checked: what each way of breaking it is told as."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.regions import REGIONS

from haochaping import Plugin, hookimpl
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.rectification import CaseView, Route, Visit
from haochaping.hooks.values import Duration, Unit
from haochaping.kit.watching import watched
from haochaping.plugins import PluginManager
from haochaping.plugins.assembly import load_class
from haochaping.testing.contract import assert_golden, assert_hook_contract


class Good(Plugin):
    name = "good"

    @hookimpl
    def rectification_visits(self, case: CaseView) -> Iterable[Visit]:
        return [Visit("phone", Duration(3, Unit.WORKDAY))] if case.grade == 1 else []


def plugin(**members: Any) -> type[Plugin]:
    return type("Odd", (Plugin,), {"name": "odd", "__module__": __name__, **members})


@hookimpl
def _fails_on_some(self: Any, case: CaseView) -> Route | None:
    return Route(case.occurrence.organization.id)  # type: ignore[union-attr]


@hookimpl
def _another_type(self: Any, case: CaseView) -> Any:
    return "unit 1"


@hookimpl
def _reads_the_clock(self: Any, submission: Submission) -> Admission | None:
    late = datetime.now(UTC).year > 2100
    return Admission(Verdict.HOLD, "late") if late else None


@hookimpl
def _throws_dice(self: Any, submission: Submission) -> Admission | None:
    return Admission(Verdict.HOLD, "unlucky") if random.random() < 0.5 else None


@hookimpl
def _counts(self: Any, submission: Submission) -> Admission | None:
    self.seen = getattr(self, "seen", 0) + 1
    return Admission(Verdict.HOLD, "third") if self.seen % 3 == 0 else None


@hookimpl
def _dials(self: Any, submission: Submission) -> Admission | None:
    with socket.socket() as line:
        line.connect_ex(("127.0.0.1", 9))
    return None


@hookimpl
def _writes(self: Any, submission: Submission) -> Admission | None:
    self.services.audit("seen", "x", {})
    return None


@hookimpl
def _dawdles(self: Any, submission: Submission) -> Admission | None:
    time.sleep(0.004)
    return None


@hookimpl
def _alters(self: Any, submission: Submission) -> Admission | None:
    object.__setattr__(submission, "text", "…")
    return None


@pytest.mark.parametrize("region", REGIONS)
def test_the_plugins_of_all_regions_keep_the_contract(region: str) -> None:
    found = load_class(PluginManager().discover()[region])
    assert isinstance(found, type)
    assert_hook_contract(found)


@pytest.mark.parametrize(
    ("hook", "implementation", "told"),
    [
        ("rectification_route", _fails_on_some, "unexpected input"),
        ("rectification_route", _another_type, "expected Route, got str"),
        ("evaluation_admit", _reads_the_clock, "reads the clock"),
        ("evaluation_admit", _throws_dice, "uses chance"),
        ("evaluation_admit", _counts, "order of questions"),
        ("evaluation_admit", _dials, "uses the network"),
        ("evaluation_admit", _writes, "services.audit"),
        ("evaluation_admit", _dawdles, "takes"),
        ("evaluation_admit", _alters, "changes the values"),
    ],
)
def test_what_breaks_the_contract_is_told(hook: str, implementation: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=f"odd: {hook}: .*{told}"):
        assert_hook_contract(plugin(**{hook: implementation}))


def test_golden_answers_are_written_once_and_compared_ever_after(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "golden.txt"
    with pytest.raises(AssertionError, match="HAOCHAPING_GOLDEN=write"):
        assert_golden(Good, file)
    monkeypatch.setenv("HAOCHAPING_GOLDEN", "write")
    assert_golden(Good, file)
    monkeypatch.delenv("HAOCHAPING_GOLDEN")
    assert_golden(Good, file)
    assert len(file.read_text(encoding="utf-8").splitlines()) == 30
    file.write_text(file.read_text(encoding="utf-8").replace("phone", "sms", 1), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"\+ rectification_visits 001: .*phone"):
        assert_golden(Good, file)


def test_what_happens_outside_a_watched_block_is_not_held_against_it() -> None:
    touched = set[str]()
    with watched(touched):
        sum(range(10))
    datetime.now(UTC)
    assert touched == set()
