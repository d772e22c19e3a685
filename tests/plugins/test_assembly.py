"""Plugins are found, configured, ordered and examined before anything starts."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from haochaping import Plugin, hookimpl
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.values import Words
from haochaping.plugins import DeploymentRefused, PluginManager, discovery


class Enabled:
    def __init__(self, **plugins: Any) -> None:
        self.plugins = plugins


def said(faults: Any) -> str:
    return "\n".join(fault.text("en") for fault in faults)


@hookimpl
def evaluation_admit(self: Any, submission: Any) -> None:
    return None


def test_the_profile_decides_which_plugins_are_used_and_in_which_order(make) -> None:
    classes = [make("a"), make("b"), make("c")]
    manager = PluginManager(classes, installed=False)
    hooks = manager.assemble(Enabled(c={}, a={}))
    assert [one.name for one in hooks.plugins] == ["c", "a"]


def test_a_plugin_in_use_says_what_it_implements_and_how_it_is_configured(assemble, make) -> None:
    (loaded,) = assemble(make("a", title_zh="甲", evaluation_admit=evaluation_admit)).plugins
    assert loaded.hooks == ("evaluation_admit",)
    assert loaded.title == Words("甲")
    assert loaded.config == {}
    assert loaded.api_version == 1


def test_an_unknown_plugin_is_named_with_the_nearest_known_one(make) -> None:
    manager = PluginManager([make("zhejiang")], installed=False)
    (fault,) = manager.check(Enabled(zhejang={}))
    assert (fault.key, fault.nearest, fault.expected) == (
        "plugins.zhejang",
        "zhejiang",
        "zhejiang",
    )
    assert "Did you mean zhejiang?" in fault.text("en")
    assert "是否想写 zhejiang" in fault.text("zh")


def test_all_faults_of_all_plugins_are_told_at_once(make) -> None:
    manager = PluginManager(
        [make("a", api_version=9), make("b", evaluation_admitt=evaluation_admit)], installed=False
    )
    faults = manager.check(Enabled(a={}, b={"x": 1}, nobody={}))
    assert {fault.plugin for fault in faults} == {"a", "b", "nobody"}
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("stated", "todo"),
    [(2, "upgrade haochaping"), (0, "newer version of the plugin"), ("1", "newer version")],
)
def test_another_version_of_the_contract_is_refused_in_words(
    refused, make, stated: Any, todo: str
) -> None:
    (fault,) = refused(make("a", api_version=stated))
    assert f"version {stated} of the plugin contract, understood are 1 to 1" in fault.text("en")
    assert todo in fault.text("en")


def test_a_misspelt_hook_is_refused_with_the_nearest_real_one(refused, make) -> None:
    (fault,) = refused(make("a", evaluation_admitt=evaluation_admit))
    assert (fault.plugin, fault.hook) == ("a", "evaluation_admitt")
    assert fault.nearest == "evaluation_admit"


def test_an_argument_that_is_not_passed_is_refused_with_those_that_are(refused, make) -> None:
    @hookimpl
    def evaluation_admit(self: Any, submision: Any) -> None:
        return None

    (fault,) = refused(make("a", evaluation_admit=evaluation_admit))
    assert (fault.hook, fault.nearest) == ("evaluation_admit", "submission")
    assert "it passes: submission" in fault.text("en")


def test_an_implementation_may_be_a_static_method(assemble, make) -> None:
    @hookimpl
    def evaluation_admit(submission: Any) -> None:
        return None

    hooks = assemble(make("a", evaluation_admit=staticmethod(evaluation_admit)))
    assert hooks.decide("evaluation_admit", submission=1).failures == ()


def test_a_method_named_like_a_hook_must_be_marked(refused, make) -> None:
    (fault,) = refused(make("a", case_opened=lambda self, event: None))
    assert "not marked with @hookimpl" in fault.text("en")


def test_pluggys_options_are_refused_because_order_comes_from_the_profile(refused, make) -> None:
    marked = hookimpl(tryfirst=True)(lambda self, event: None)
    (fault,) = refused(make("a", case_opened=marked))
    assert "tryfirst" in fault.text("en")


def test_an_asynchronous_implementation_is_refused(refused, make) -> None:
    @hookimpl
    async def case_opened(self: Any, event: Any) -> None:
        return None

    (fault,) = refused(make("a", case_opened=case_opened))
    assert "cannot be async" in fault.text("en")


def test_a_plugin_comes_behind_those_it_wants_to_come_after(assemble, make) -> None:
    hooks = assemble(make("a", after=("c", "not_installed")), make("b"), make("c"))
    assert [one.name for one in hooks.plugins] == ["b", "c", "a"]


def test_a_plugin_without_the_one_it_needs_is_refused(refused, make) -> None:
    (fault,) = refused(make("a", needs=("bb",)), make("b"))
    assert "needs plugin bb, which is not enabled" in fault.text("en")
    assert fault.nearest == "b"


def test_plugins_that_wait_for_each_other_are_named_in_their_circle(refused, make) -> None:
    (fault,) = refused(make("a", needs=("b",)), make("b", after=("a",)), make("c"))
    text = fault.text("en")
    assert "circle" in text
    assert "a → b → a" in text or "b → a → b" in text


def test_a_class_that_is_no_plugin_is_refused() -> None:
    manager = PluginManager([type("Other", (), {"name": "other"})], installed=False)
    assert "no subclass of haochaping.Plugin" in said(manager.check(Enabled(other={})))


def test_a_name_unlike_the_entry_point_is_refused(monkeypatch: pytest.MonkeyPatch, make) -> None:
    announce(monkeypatch, ("vendor", make("other")))
    text = said(PluginManager().check(Enabled(vendor={})))
    assert "name 'other'; it must equal the entry point's name 'vendor'" in text


def test_a_plugin_that_cannot_be_imported_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announce(monkeypatch, ("vendor", None))
    text = said(PluginManager().check(Enabled(vendor={})))
    assert "vendor_package.plugin:Vendor cannot be imported: ModuleNotFoundError" in text


def test_installed_plugins_are_not_imported_before_they_are_enabled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announce(monkeypatch, ("vendor", None))
    assert list(PluginManager().discover()) == ["vendor"]


def test_two_distributions_with_one_plugin_name_are_both_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    announce(monkeypatch, ("vendor", None), ("vendor", None, "second_package.plugin:Vendor"))
    with pytest.raises(DeploymentRefused, match=r"second_package\.plugin:Vendor"):
        PluginManager().discover()


def test_a_class_given_by_hand_takes_the_place_of_an_installed_one(
    monkeypatch: pytest.MonkeyPatch, make
) -> None:
    announce(monkeypatch, ("vendor", None))
    mine = make("vendor")
    assert PluginManager([mine]).discover()["vendor"].load() is mine


def test_our_own_four_plugins_are_announced() -> None:
    found = {"guangdong", "inner_mongolia", "shanghai", "shenzhen", "yantai", "zhejiang"}
    assert found <= PluginManager().discover().keys()


def test_a_plugin_that_fails_while_it_is_made_is_refused(refused, make) -> None:
    def broken(self: Any, config: Any, services: Any) -> None:
        raise ValueError("no licence")

    (fault,) = refused(make("a", __init__=broken))
    assert "making it failed: ValueError: no licence" in fault.text("en")


def test_services_come_for_the_plugin_by_name(make) -> None:
    manager = PluginManager([make("a"), make("b")], installed=False)
    hooks = manager.assemble(Enabled(a={}, b={}), lambda name: f"services of {name}")
    assert [one.plugin.services for one in hooks.plugins] == ["services of a", "services of b"]


def test_what_a_plugin_contributes_may_not_depend_on_services(refused, make) -> None:
    @hookimpl
    def disclosure_boards(self: Any) -> Any:
        return [self.services.lookup.one("board")]

    (fault,) = refused(make("a", disclosure_boards=disclosure_boards))
    assert "uses services.lookup while it is being assembled" in fault.text("en")


def announce(monkeypatch: pytest.MonkeyPatch, *points: Any) -> None:
    """Let the named plugins be installed; None for a class means a module that is missing."""

    def entry_points(group: str) -> list[metadata.EntryPoint]:
        assert group == "haochaping.plugins"
        return [announced(monkeypatch, *point) for point in points]

    monkeypatch.setattr(discovery.metadata, "entry_points", entry_points)
    monkeypatch.setattr(discovery, "_announced_in", discovery._announced_in.__wrapped__)


def announced(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    plugin: type[Plugin] | None,
    target: str = "vendor_package.plugin:Vendor",
) -> metadata.EntryPoint:
    if plugin is not None:
        monkeypatch.setattr(sys.modules[__name__], "Given", plugin, raising=False)
        target = f"{__name__}:Given"
        monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    return metadata.EntryPoint(name, target, "haochaping.plugins")


SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ladder"],
    "properties": {
        "ladder": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"level": {"type": "integer"}, "to": {"default": "handler"}},
            },
        },
        "days": {"type": "integer", "minimum": 1, "default": 2, "examples": [3]},
        "gateway": {"type": "object", "default": {"name": "inbox"}},
    },
}


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a plugin from a package on disk, with a schema file beside its module."""

    def configured(schema: Any) -> type[Plugin]:
        package = tmp_path / "vendor_demo"
        package.mkdir()
        (package / "__init__.py").write_text('"""A vendor."""\n')
        (package / "config.schema.json").write_text(
            schema if isinstance(schema, str) else json.dumps(schema)
        )
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "vendor_demo", raising=False)
        members = {"name": "a", "config_schema": "config.schema.json"}
        return type("A", (Plugin,), {**members, "__module__": "vendor_demo.plugin"})

    return configured


def test_defaults_of_the_schema_are_applied_all_the_way_down(assemble, configured) -> None:
    (loaded,) = assemble(configured(SCHEMA), a={"ladder": [{"level": 1}]}).plugins
    assert loaded.config["ladder"] == ({"level": 1, "to": "handler"},)
    assert loaded.config["days"] == 2
    assert loaded.config["gateway"] == {"name": "inbox"}


def test_a_configuration_cannot_be_changed(assemble, configured) -> None:
    (loaded,) = assemble(configured(SCHEMA), a={"ladder": []}).plugins
    with pytest.raises(TypeError):
        loaded.config["days"] = 3
    with pytest.raises(TypeError):
        loaded.config["gateway"]["name"] = "x"


def test_every_wrong_setting_is_named_with_its_key(refused, configured) -> None:
    faults = refused(configured(SCHEMA), a={"ladder": [{"level": "x"}], "days": 0, "dayz": 1})
    by_key = {fault.key: fault for fault in faults}
    assert by_key.keys() == {"plugins.a.ladder.0.level", "plugins.a.days", "plugins.a.dayz"}
    assert by_key["plugins.a.dayz"].nearest == "days"
    assert (by_key["plugins.a.days"].expected, by_key["plugins.a.days"].example) == (
        'type "integer", minimum 1',
        "3",
    )


def test_a_setting_that_is_required_is_asked_for(refused, configured) -> None:
    (fault,) = refused(configured(SCHEMA))
    assert "'ladder' is a required property" in fault.text("en")


def test_a_plugin_without_a_schema_takes_no_settings(refused, make) -> None:
    (fault,) = refused(make("a"), a={"x": 1})
    assert (fault.key, fault.expected) == ("plugins.a.x", "no settings")


@pytest.mark.parametrize("schema", ["{", "[]", '{"type": "nonsense"}'])
def test_a_schema_that_is_none_is_the_plugins_fault(refused, configured, schema: str) -> None:
    (fault,) = refused(configured(schema))
    assert "its configuration schema config.schema.json cannot be used" in fault.text("en")


def test_schemas_of_all_plugins_can_be_asked_for(configured, make) -> None:
    manager = PluginManager([configured(SCHEMA)], installed=False)
    assert manager.schemas() == {"a": SCHEMA}


def test_a_schema_that_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, ("vendor", None))
    assert PluginManager().schemas() == {"vendor": None}


def test_plugins_may_bring_profiles(configured, tmp_path: Path) -> None:
    manager = PluginManager([configured(SCHEMA)], installed=False)
    assert manager.profile_folders() == ()
    (tmp_path / "vendor_demo" / "profiles").mkdir()
    assert [folder.name for folder in manager.profile_folders()] == ["profiles"]


def test_a_refusal_lists_its_faults_in_both_languages(refused, make) -> None:
    faults = refused(make("a", evaluation_admitt=evaluation_admit))
    refusal = DeploymentRefused(faults)
    assert "evaluation_admitt" in refusal.detail.zh
    assert "there is no hook named evaluation_admitt" in refusal.detail.en
    assert refusal.exit_code == 3


def test_boards_reach_the_core_with_the_name_of_their_plugin(assemble, make) -> None:
    board = BoardSpec("overdue", Words("超期榜"), "organization", "overdue_rate")

    @hookimpl
    def disclosure_boards(self: Any) -> Any:
        yield board

    hooks = assemble(make("a", disclosure_boards=disclosure_boards), make("b"))
    assert hooks.contribute("disclosure_boards") == (board,)
    assert hooks.contributions("disclosure_boards") == (("a", board),)
    assert hooks.contribute("web_pages") == ()


def test_a_distribution_is_found_as_soon_as_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "late" not in discovery.discover()
    told = tmp_path / "late-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[haochaping.plugins]\nlate = late.plugin:Late\n")
    assert discovery.discover()["late"].origin == "late 1.0 (late.plugin:Late)"
    assert discovery.discover() == discovery.discover()
