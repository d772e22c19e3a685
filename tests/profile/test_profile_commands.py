"""`haochaping check`, `explain` and `profile diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.regions import REGIONS

from haochaping import Plugin, hookimpl
from haochaping.cli import main
from haochaping.hooks.deployment import PayloadCrypto, TicketGateway, UplinkDialect
from haochaping.hooks.evaluation import ChannelSpec
from haochaping.hooks.values import Channel, Words
from haochaping.plugins import PluginManager
from haochaping.profile import Known, load
from haochaping.uplink import naming

from .conftest import Write


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("name", REGIONS)
def test_check_passes_the_shipped_profiles_without_a_deployment(name: str) -> None:
    assert run("check", name).exit_code == 0


def test_check_prints_every_fault_and_leaves_with_3(write: Write) -> None:
    result = run("check", str(write("extends: base\ndisclosure: {k: 1, minn: 2}\n")))
    assert result.exit_code == 3
    assert "disclosure.k: 写的是 1" in result.stdout
    assert "是否想写：min_n" in result.stdout


def test_check_speaks_english(write: Write) -> None:
    result = run("check", str(write("extends: base\nfoo: 1\n")), "--lang", "en")
    assert "there is no key “foo”" in result.stdout


def test_check_json_is_all_there_is_on_stdout(write: Write) -> None:
    result = run("check", str(write("extends: base\nplugins: {zhejang: {}}\n")), "--json")
    document = json.loads(result.stdout)
    assert document["ok"] is False
    (fault,) = document["faults"]
    assert (fault["line"], fault["key"], fault["nearest"]) == (2, "plugins.zhejang", "zhejiang")
    assert json.loads(run("check", "base", "--json").stdout)["ok"] is True


@pytest.mark.parametrize("content", ["", "- a\n", "a: [", "\0"])
def test_a_file_that_cannot_be_used_leaves_with_3_and_no_traceback(
    write: Write, content: str
) -> None:
    for command in ("check", "explain"):
        result = run(command, str(write(content)))
        assert result.exit_code == 3
        assert "Traceback" not in result.output


def test_a_folder_and_an_absent_file_leave_with_3(tmp_path: Path) -> None:
    assert run("check", str(tmp_path)).exit_code == 3
    assert run("check", str(tmp_path / "none.yaml")).exit_code == 3


def test_check_without_a_name_or_a_deployment_is_a_usage_error() -> None:
    assert run("check").exit_code == 2


def test_check_production_refuses_assumptions() -> None:
    result = run("check", "zhejiang", "--production")
    assert result.exit_code == 3
    assert "尚未确认的假定" in result.stdout


def test_check_production_accepts_what_the_place_has_confirmed(write: Write) -> None:
    keys = (
        "jurisdiction, languages, calendar, channels, forms, indicators, formulas, rectification, "
        "disclosure, bulletins, access, privacy, coverage, analysis, integrity, appraisal, uplink"
    )
    content = f"extends: base\nconfirmed: [{{keys: [{keys}], document: 通知, date: 2026-11-01}}]\n"
    assert run("check", str(write(content)), "--production").exit_code == 0


def test_explain_prints_rules_with_document_status_and_place() -> None:
    result = run("explain", "zhejiang")
    assert result.exit_code == 0
    assert "联系评价人：收到差评后 1 个自然日内" in result.stdout
    assert "国办发〔2019〕51号，2019-12-03，国家，现行 [profiles/base.yaml:" in result.stdout
    assert "假定" in result.stdout


def test_explain_json_carries_text_source_and_origin() -> None:
    document = json.loads(run("explain", "shenzhen", "--json", "--lang", "en").stdout)
    rules = {rule["key"]: rule for section in document["sections"] for rule in section["rules"]}
    contact = rules["rectification.deadlines.contact"]
    assert "within 3 workdays" in contact["text"]
    assert contact["source"]["level"] == "city"
    assert contact["origin"].startswith("profiles/shenzhen.yaml:")
    assert document["layers"][0] == "profiles/base.yaml"


def test_profile_diff_lists_what_differs() -> None:
    told = run("profile", "diff", "guangdong", "shenzhen")
    assert "原为“" in told.stdout
    assert "来源：" in told.stdout
    result = run("profile", "diff", "guangdong", "shenzhen", "--keys")
    assert "rectification.deadlines.contact.count: 1 → 3 [profiles/shenzhen.yaml:" in result.stdout
    found = json.loads(run("profile", "diff", "guangdong", "shenzhen", "--json").stdout)
    assert {"jurisdiction.code", "plugins.shenzhen.receipt.paper"} <= {
        each["key"] for each in found
    }


def test_profile_diff_of_the_same_says_so_on_stderr() -> None:
    result = run("profile", "diff", "base", "base")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "没有不同" in result.stderr


def test_profile_diff_with_an_unknown_name_leaves_with_3() -> None:
    assert run("profile", "diff", "base", "nothing").exit_code == 3


def test_check_refuses_a_plugin_that_cannot_be_isolated(tmp_path: Path) -> None:
    file = tmp_path / "apart.yaml"
    file.write_text("extends: zhejiang\nplugins:\n  zhejiang:\n    isolate: true\n", "utf-8")
    done = CliRunner().invoke(main, ["--lang", "en", "check", str(file)])
    assert done.exit_code == 3
    assert f"{file}:3:plugins.zhejiang: hook web_pages hands the core code" in done.output


@pytest.mark.parametrize(
    ("written", "key", "nearest", "known"),
    [
        ("{dialect: natoinal}", "uplink.dialect", "national", "haochaping, national"),
        ("{crypto: hmac-sm4}", "uplink.crypto", "hmac-sm3", "hmac-sha256, hmac-sm3, none"),
        (
            "{receive: {dialect: haochapin, crypto: none, channels: {}}}",
            "uplink.receive.dialect",
            "haochaping",
            "haochaping, national",
        ),
        ('{channels: {"4": windowdevice}}', "uplink.channels.4", "window_device", "comprehensive"),
    ],
)
def test_check_refuses_a_name_of_the_exchange_that_nobody_brings(
    write: Write, written: str, key: str, nearest: str, known: str
) -> None:
    result = run("check", str(write(f"extends: base\nuplink: {written}\n")), "--json")
    assert result.exit_code == 3
    (fault,) = json.loads(result.stdout)["faults"]
    assert (fault["line"], fault["key"], fault["nearest"]) == (2, key, nearest)
    assert fault["expected"].startswith(known)


def test_check_knows_what_the_plugins_of_the_profile_and_the_settings_bring(
    tmp_path: Path,
) -> None:
    manager, home = PluginManager([Lake], installed=False), tmp_path
    named = "uplink: {dialect: lake, crypto: lake-sm2, channels: {'9': boat}}\n"
    receivers = "bulletins: {receivers: [{to: unit_head, gateway: boats}]}\n"
    (home / "lake.yaml").write_text(f"extends: base\n{named}{receivers}plugins: {{lake: {{}}}}\n")
    profile = load(str(home / "lake.yaml"), known=Known(plugins=manager.schemas()))
    hooks = manager.assemble(profile)
    assert naming.name_faults(profile, hooks) == []
    (fault,) = naming.name_faults(profile, hooks, ["boat"])
    assert (fault.key, fault.nearest) == ("bulletins.receivers.0.gateway", "boat")
    assert naming.name_faults(profile, hooks, ["boats"]) == []
    sources = {"hotline": {"gateway": "htp"}, "lake": {"gateway": "lake"}}
    (fault,) = naming.source_faults(sources, hooks, "deployment.yaml")
    assert fault.text("en") == (
        "deployment.yaml:exchange.sources.hotline.gateway: there is no ticket gateway “htp”;"
        " expected: folder, http, lake; example: folder; did you mean: http"
    )


def test_check_of_a_deployment_names_gateways_of_tickets_and_messages(tmp_path: Path) -> None:
    rung = "{level: 1, deadline: reply, before: {count: 1, unit: workday}, to: handler, gateways: "
    town = f"extends: base\nrectification:\n  warnings: [{rung}[inbx]}}]\n"
    (tmp_path / "town.yaml").write_text(town, "utf-8")
    (tmp_path / "deployment.yaml").write_text(
        f"profile: town\ndatabase: sqlite:///{tmp_path}/a.db\nbase_url: http://localhost\n"
        "exchange: {sources: {hotline: {gateway: htpp}}}\n",
        "utf-8",
    )
    result = run("--home", str(tmp_path), "check", "--lang", "en")
    assert result.exit_code == 3
    assert "town.yaml:3:rectification.warnings.0.gateways.0: there is no gateway “inbx”" in (
        result.stdout
    )
    assert "exchange.sources.hotline.gateway: there is no ticket gateway “htpp”" in result.stdout


class Lake(Plugin):
    """Brings a name of each kind."""

    name = "lake"

    @hookimpl
    def uplink_dialects(self) -> list[UplinkDialect]:
        return [UplinkDialect("lake", Words("湖", "Lake"), "lake:make")]

    @hookimpl
    def payload_crypto(self) -> list[PayloadCrypto]:
        return [PayloadCrypto("lake-sm2", Words("湖", "Lake"), "lake:make")]

    @hookimpl
    def ticket_gateways(self) -> list[TicketGateway]:
        return [TicketGateway("lake", Words("湖", "Lake"), "lake:make")]

    @hookimpl
    def evaluation_channels(self) -> list[ChannelSpec]:
        return [ChannelSpec("boat", Words("船", "Boat"), Channel.KIOSK)]
