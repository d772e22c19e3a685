"""`plugin rehearse`: what a plugin would have changed in a past period; nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from haochaping import Plugin, hookimpl
from haochaping.cli import main
from haochaping.grading import periods
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.evaluation import Admission, Submission, Verdict
from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.rectification import CaseView, Plan, PlanStep, Route
from haochaping.hooks.values import Duration, Period, Subject, Unit, Words
from haochaping.kit.rehearsing import Change, Rehearsal, rehearse, with_plugins
from haochaping.plugins import PluginManager
from haochaping.store import migrating
from haochaping.testing.towns import OTHER, Town

NOVEMBER = periods.parse("2026-11")


class Strict(Plugin):
    """Changes everything that can be rehearsed."""

    name = "strict"

    @hookimpl
    def evaluation_admit(self, submission: Submission) -> Admission | None:
        return Admission(Verdict.HOLD, "by_strict") if submission.grade == 1 else None

    @hookimpl
    def rectification_plan(self, case: CaseView) -> Plan | None:
        days = Duration(2, Unit.CALENDAR_DAY)
        return Plan((PlanStep("reply", days, holiday_end="stays"),))

    @hookimpl
    def rectification_route(self, case: CaseView) -> Route | None:
        return Route(OTHER)

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        return [BoardSpec("strict.units", Words("榜", "Board"), "organization", "bad_rate")]

    @hookimpl
    def grading_appraise(
        self, subject: Subject, period: Period, measures: Measures
    ) -> Iterable[Award]:
        words = Words("扣分", "Off")
        return [Award("points", words, words, points=-100)]


@pytest.fixture
def profile_snippet() -> str:
    return "extends: zhejiang\n"


@pytest.fixture
def lived(site: Town) -> Town:
    """A town with three ratings, one of them bad, and a closed month."""
    for grade in (5, 4, 1):
        site.rate(grade=grade)
    site.work()
    site.work(days=20)
    return site


def contents(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored."""
    with town.deployment.store.read() as conn:
        tables = inspect(conn).get_table_names()
        return {
            name: [tuple(row) for row in conn.execute(text(f'SELECT * FROM "{name}"'))]
            for name in tables
        }


def rehearsed(town: Town) -> Rehearsal:
    deployment = town.deployment
    now = deployment.profile.plugins
    before = with_plugins(deployment, now, PluginManager())
    after = with_plugins(deployment, {**now, "strict": {}}, PluginManager([Strict]))
    return rehearse(deployment, NOVEMBER, before, after)


def test_what_changes_is_listed_by_kind(lived: Town) -> None:
    found = rehearsed(lived)
    counts = found.counts()
    assert (found.evaluations, found.cases) == (3, 1)
    assert counts["verdict"] == counts["due"] == counts["route"] == counts["board"] == 1
    (verdict,) = (one for one in found.changes if one.kind == "verdict")
    assert verdict == Change("verdict", verdict.about, "effective", "held by_strict")
    (due,) = (one for one in found.changes if one.kind == "due")
    assert due.after == "reply 2026-11-19 00:00"
    assert counts["score"] >= 1
    assert "-1" in next(one.after for one in found.changes if one.kind == "score")


def test_nothing_is_stored(lived: Town) -> None:
    before = contents(lived)
    rehearsed(lived)
    assert contents(lived) == before


def test_the_same_plugins_change_nothing(lived: Town) -> None:
    deployment = lived.deployment
    same = with_plugins(deployment, deployment.profile.plugins, PluginManager())
    assert rehearse(deployment, NOVEMBER, same, deployment.hooks).changes == ()


def test_the_command_tells_what_a_plugin_of_the_profile_changes(lived: Town) -> None:
    home = str(lived.deployment.home)
    words = [
        "--home",
        home,
        "--lang",
        "en",
        "plugin",
        "rehearse",
        "zhejiang",
        "--period",
        "2026-11",
    ]
    for line in lived.deployment.migration_lines()[1:]:
        migrating.adopt(lived.deployment.store, line)
    lived.deployment.store.close()
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 0, told.output
    assert "Boards (" in told.stdout
    assert "nothing was stored" in told.stderr
    as_json = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert {one["kind"] for one in as_json["changes"]} >= {"board"}
