"""Layers: extends, merging, sources and origins."""

from __future__ import annotations

from pathlib import Path

import pytest

from haochaping.profile import ProfileError, Source, load

from .conftest import FaultsOf, Loaded, Write


def test_maps_merge_and_keep_what_the_layer_below_says(loaded: Loaded) -> None:
    profile = loaded("disclosure: {k: 8}\n")
    assert profile.rules.disclosure.k == 8
    assert profile.rules.disclosure.min_n == 30


def test_lists_replace(loaded: Loaded) -> None:
    assert loaded("channels: {enabled: [qr]}\n").rules.channels.enabled == ("qr",)


def test_null_removes_a_key(loaded: Loaded) -> None:
    profile = loaded("indicators: {tree: {trips: null, speed: {weight: '0.45'}}}\n")
    assert [node.code for node in profile.rules.indicators] == [
        "materials",
        "speed",
        "clarity",
        "attitude",
    ]


def test_a_required_key_that_null_removed_is_missing(faults_of: FaultsOf) -> None:
    faults = faults_of("extends: base\nscale: null\n")
    assert [(fault.key, fault.message.en) for fault in faults] == [("scale", "“scale” is missing")]


def test_every_value_knows_the_file_and_line_it_came_from(loaded: Loaded) -> None:
    profile = loaded("disclosure:\n  k: 8\n")
    assert profile.origin("disclosure.k").endswith("place.yaml:3")
    assert profile.origin("disclosure.min_n").startswith("profiles/base.yaml:")


def test_a_value_with_its_source_is_the_value(loaded: Loaded) -> None:
    profile = loaded(
        "disclosure: {k: {value: 8, source: {document: 通知, status: in_force, level: city}}}\n"
    )
    assert profile.rules.disclosure.k == 8
    assert profile.source("disclosure.k") == Source("通知", "in_force", level="city")


def test_a_source_beside_rules_holds_for_all_of_them(loaded: Loaded) -> None:
    profile = loaded("disclosure:\n  k: 8\n  source: {document: 通知, status: example}\n")
    assert profile.source("disclosure.k") == Source("通知", "example")


def test_the_source_of_one_layer_never_covers_the_value_of_another(loaded: Loaded) -> None:
    profile = loaded("disclosure: {k: 8}\n")
    assert profile.source("disclosure.k") is None
    below = profile.source("disclosure.min_n")
    assert below is not None
    assert below.status == "assumption"


def test_a_duration_is_governed_by_the_source_of_its_count() -> None:
    source = load("zhejiang").source("rectification.deadlines.contact")
    assert source is not None
    assert (source.level, source.status) == ("province", "in_force")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{status: in_force}", "the source lacks “document”"),
        ("{document: x}", "the source lacks “status”"),
        ("{document: x, status: valid}", "“valid” is not a value a source may have"),
        ("{document: x, status: example, level: town}", "“town” is not a value a source may have"),
        ("{document: x, status: example, page: '3'}", "a source has no “page”"),
    ],
)
def test_a_faulty_source_is_named(faults_of: FaultsOf, source: str, found: str) -> None:
    faults = faults_of(f"extends: base\ndisclosure: {{k: 8, source: {source}}}\n")
    assert [fault.message.en for fault in faults] == [found]


def test_a_chain_of_files_is_laid_from_the_general_to_the_special(write: Write) -> None:
    write("extends: base\ndisclosure: {k: 6, min_n: 40}\n", "province")
    profile = load(write("extends: ./province.yaml\ndisclosure: {k: 7}\n", "city"))
    assert [layer.name for layer in profile.layers] == ["base", "province", "city"]
    assert (profile.rules.disclosure.k, profile.rules.disclosure.min_n) == (7, 40)


def test_a_circle_of_layers_is_refused_where_it_closes(write: Write) -> None:
    write("extends: ./b.yaml\n", "a")
    path = write("extends: ./a.yaml\n", "b")
    with pytest.raises(ProfileError) as caught:
        load(path)
    assert "goes round in a circle" in caught.value.faults[0].message.en
    assert caught.value.faults[0].line == 1


def test_a_chain_without_end_is_refused(write: Write) -> None:
    for number in range(12):
        write(f"extends: ./p{number + 1}.yaml\n", f"p{number}")
    with pytest.raises(ProfileError) as caught:
        load(write("extends: ./p0.yaml\n"))
    assert "more than 8 layers" in caught.value.faults[0].message.en


def test_an_unknown_layer_is_blamed_on_the_line_that_names_it(faults_of: FaultsOf) -> None:
    faults = faults_of("# a place\nextends: zhejang\n")
    assert (faults[0].line, faults[0].key, faults[0].nearest) == (2, "extends", "zhejiang")


@pytest.mark.parametrize("extends", ["[base]", "5", "''", "{a: b}", "true"])
def test_extends_is_one_name(faults_of: FaultsOf, extends: str) -> None:
    faults = faults_of(f"extends: {extends}\n")
    assert faults[0].key == "extends"


def test_a_fault_in_a_lower_layer_is_named_with_its_own_file(write: Write) -> None:
    write("extends: base\ndisclosure: {k: x}\n", "province")
    with pytest.raises(ProfileError) as caught:
        load(write("extends: ./province.yaml\n", "city"))
    assert caught.value.faults[0].file.endswith("province.yaml")


def test_a_name_is_sought_in_the_deployment_first(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "zhejiang.yaml").write_text("extends: base\ndisclosure: {k: 9}\n")
    assert load("zhejiang", deployment_dir=tmp_path).rules.disclosure.k == 9


def test_a_name_is_sought_in_the_profiles_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "chengdu.yaml").write_text("extends: base\n")
    assert load("chengdu", plugin_profiles=[tmp_path]).name == "chengdu"


def test_a_name_cannot_leave_the_folders_in_which_it_is_sought(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load("..", deployment_dir=tmp_path)
