"""What plugins add is checked when the deployment is assembled."""

from __future__ import annotations

from typing import Any

import pytest

from haochaping import hookimpl
from haochaping.hooks.deployment import Command, MessageGateway, Page, ScheduledJob, TableSet
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.grading import Indicator
from haochaping.hooks.values import Words
from haochaping.plugins import references

TITLE = Words("名称")


def adding(hook: str, *items: Any) -> dict[str, Any]:
    return {hook: hookimpl(lambda self: items)}


def board(name: str) -> BoardSpec:
    return BoardSpec(name, TITLE, "organization", "bad_rate")


def test_two_plugins_cannot_add_the_same_name(refused, make) -> None:
    (fault,) = refused(
        make("a", **adding("disclosure_boards", board("other"), board("overdue"))),
        make("b", **adding("disclosure_boards", board("overdue"))),
    )
    text = fault.text("en")
    assert "disclosure_boards has overdue twice" in text
    assert "plugin a (disclosure_boards[1])" in text
    assert "plugin b (disclosure_boards[0])" in text


def test_codes_are_names_too(refused, make) -> None:
    one = Indicator("zj.1", TITLE, "bad_rate")
    (fault,) = refused(make("a", **adding("grading_indicators", one, one)))
    assert "zj.1" in fault.text("zh")


@pytest.mark.parametrize(
    ("hook", "item"),
    [
        ("cli_commands", Command("rebuild", "", "pkg.mod:run")),
        ("scheduled_jobs", ScheduledJob("nightly", "0 3 * * *", "pkg.mod:run")),
        ("web_pages", Page("/list", "pkg.mod:run", "public")),
        ("database_tables", TableSet("pkg.mod:metadata", "pkg.migrations")),
    ],
)
def test_names_below_the_plugins_own_name_may_repeat_between_plugins(
    assemble, refused, make, hook: str, item: Any
) -> None:
    a, b = make("a", **adding(hook, item)), make("b", **adding(hook, item))
    assert len(assemble(a, b).contribute(hook)) == 2
    (fault,) = refused(make("c", **adding(hook, item, item)))
    assert fault.hook == hook


def test_a_wrong_field_is_named_with_plugin_hook_and_field(refused, make) -> None:
    wrong = BoardSpec("x", "not words", "organization", "bad_rate")
    (fault,) = refused(make("a", **adding("disclosure_boards", board("y"), wrong)))
    assert (fault.plugin, fault.hook) == ("a", "disclosure_boards")
    assert "disclosure_boards[1].title: expected Words, got str" in fault.text("en")


def test_a_contribution_that_raises_refuses_the_start_with_its_reason(refused, make) -> None:
    def broken(self: Any) -> Any:
        raise RuntimeError("out of order")
        yield

    (fault,) = refused(make("a", disclosure_boards=hookimpl(broken)))
    assert "hook disclosure_boards failed: RuntimeError: out of order" in fault.text("en")


@pytest.mark.parametrize("reference", ["pkg.mod", "pkg.mod:", ":run", "pkg mod:run", "pkg:a.b"])
def test_code_is_named_as_module_and_function(refused, make, reference: str) -> None:
    gateway = MessageGateway("robot", TITLE, reference)
    (fault,) = refused(make("a", **adding("message_gateways", gateway)))
    assert "message_gateways[0].factory: expected package.module:name" in fault.text("en")


def test_all_plugins_with_wrong_contributions_are_told_at_once(refused, make) -> None:
    faults = refused(
        make("a", **adding("disclosure_boards", 1)), make("b", **adding("web_pages", 2))
    )
    assert {(fault.plugin, fault.hook) for fault in faults} == {
        ("a", "disclosure_boards"),
        ("b", "web_pages"),
    }


def test_a_reference_is_imported_on_first_use() -> None:
    assert references.load("json:dumps")([1]) == "[1]"


@pytest.mark.parametrize(
    ("reference", "error"),
    [("json", ValueError), ("json:nothing", ImportError), ("no_such_package:x", ImportError)],
)
def test_a_reference_that_leads_nowhere_is_an_error(reference: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        references.load(reference)
