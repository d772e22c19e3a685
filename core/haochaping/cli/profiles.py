"""`haochaping check`, `explain` and `profile diff`: everything about profiles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any, NoReturn

import click

from haochaping.cli.context import Invocation, NoHome, pass_invocation
from haochaping.cli.profile_changes import changes as stored_changes
from haochaping.cli.profile_changes import withdraw
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words
from haochaping.plugins import DeploymentRefused, PluginFault, PluginManager
from haochaping.profile import Fault, Profile, ProfileError, explaining
from haochaping.profile.changes import changes
from haochaping.profile.comparing import Difference, compare
from haochaping.profile.explaining import Section, Sentence
from haochaping.profile.production import unconfirmed
from haochaping.profile.shape import profile_schema
from haochaping.profile.vocabulary import say_source
from haochaping.rulebook import read_profile
from haochaping.settings import FILE as SETTINGS_FILE
from haochaping.settings import Settings, SettingsRefused, plugin_manager, read_settings
from haochaping.store import StoreUnavailable

as_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
one_profile = click.argument("profile", required=False, metavar="[PATH|NAME]")


@click.command("check", help="检查配置档，列出全部问题 / check a profile, name all its faults")
@one_profile
@click.option("--production", is_flag=True, help="不接受未确认的假定 / refuse assumptions")
@as_json
@pass_invocation
def check(invocation: Invocation, *, profile: str | None, production: bool, as_json: bool) -> None:
    """Print all faults of a profile; exit code 3 when it has any."""
    manager = plugin_manager(invocation.home)
    try:
        found = _load(invocation, profile, manager)
    except ProfileError as error:
        _fail(invocation, error.faults, as_json)
    further = _put_together(invocation, manager, found)
    further = further or (unconfirmed(found) if production else ())
    if further:
        _fail(invocation, further, as_json)
    if as_json:
        document = {"ok": True, "name": found.name, "digest": found.digest, "faults": []}
        _print(document)
    else:
        layers = " → ".join(layer.file for layer in found.layers)
        click.echo(f"{found.name} {found.digest[:16]} {layers}")
        invocation.say(Words("没有发现问题", "no faults found"))


@click.command("explain", help="用句子说明各项规则及出处 / print the rules in sentences")
@one_profile
@click.option("--changes-from", metavar="NAME", help="只说与它不同的 / only what differs from it")
@as_json
@pass_invocation
def explain(
    invocation: Invocation, *, profile: str | None, changes_from: str | None, as_json: bool
) -> None:
    """Print the rules of a profile in sentences, each with its source and its place."""
    found = _load(invocation, profile) if profile else _running(invocation)
    if changes_from:
        _explain_changes(invocation, _load(invocation, changes_from), found, as_json)
        return
    sections = explaining.explain(found)
    if as_json:
        _print(_explained(found, sections, invocation.language))
        return
    language = invocation.language
    click.echo(f"{found.jurisdiction.name.into(language)} ({found.jurisdiction.code})")
    for section in sections:
        click.echo(f"\n{section.title.into(language)} [{section.key}]")
        for sentence in section.sentences:
            click.echo(f"  · {sentence.words.into(language)}")
            click.echo(f"    {_where(sentence, language)}")


@click.group("profile", help="比较配置档，查看和撤回规则变更 / compare profiles; stored changes")
def profile() -> None:
    """Hold the commands about several profiles, and about changes that lie in the database."""


profile.add_command(stored_changes)
profile.add_command(withdraw)


@profile.command("schema", help="打印配置档的 JSON Schema，供编辑器使用 / print the JSON schema")
def schema() -> None:
    """Print the schema of profiles, for editors and other tools."""
    _print(profile_schema())


@profile.command("diff", help="用句子列出两个配置档的不同 / tell what differs in sentences")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--keys", is_flag=True, help="逐键列出 / key by key, with file and line")
@as_json
@pass_invocation
def diff(invocation: Invocation, *, before: str, after: str, keys: bool, as_json: bool) -> None:
    """Print what differs between two profiles: in sentences, or key by key."""
    one, other = _load(invocation, before), _load(invocation, after)
    if not keys and not as_json:
        _explain_changes(invocation, one, other, as_json=False)
        return
    found = compare(one, other)
    if as_json:
        _print([each.document() for each in found])
        return
    for each in found:
        click.echo(_difference(each, invocation.language))
    if not found:
        invocation.say(Words("没有不同", "nothing differs"))


def _explain_changes(
    invocation: Invocation, before: Profile, after: Profile, as_json: bool
) -> None:
    language = invocation.language
    found = changes(before, after)
    if as_json:
        _print([{"key": one.key, "text": one.words().into(language)} for one in found])
        return
    title = None
    for one in found:
        if one.section != title:
            title = one.section
            click.echo(title.into(language))
        click.echo(f"  · {one.words().into(language)}")
        if one.after is not None:
            click.echo(f"    {_where(one.after, language)}")
    if not found:
        invocation.say(Words("没有不同", "nothing differs"))


def _load(
    invocation: Invocation, reference: str | None, manager: PluginManager | None = None
) -> Profile:
    """Return a checked profile, the deployment's own when none is named."""
    manager = manager or plugin_manager(invocation.home)
    wanted = reference or read_settings(invocation.deployment_home()).profile
    return read_profile(manager, wanted, invocation.home)


def _put_together(
    invocation: Invocation, manager: PluginManager, found: Profile
) -> tuple[Fault, ...]:
    """Return what would keep the profile's plugins from starting, and names that none brings."""
    from haochaping.uplink import naming

    try:
        hooks = manager.assemble(found)
    except DeploymentRefused as refused:
        return tuple(_of_plugin(one, found) for one in refused.faults)
    settings = _settings(invocation)
    gateways = None if settings is None else settings.gateways
    with closing(hooks):
        faults = naming.name_faults(found, hooks, gateways)
        if settings is not None:
            file = str(settings.home / SETTINGS_FILE)
            faults += naming.source_faults(settings.sources, hooks, file)
    return tuple(faults)


def _of_plugin(one: PluginFault, found: Profile) -> Fault:
    """Return what is wrong with a plugin, where the profile names it."""
    file, _, line = found.origin(f"plugins.{one.plugin}").rpartition(":")
    return Fault(file, int(line), one.key, one.message)


def _settings(invocation: Invocation) -> Settings | None:
    """Return the settings of the deployment that is meant, None without one to go by."""
    try:
        return read_settings(invocation.deployment_home())
    except (NoHome, SettingsRefused):
        return None


def _running(invocation: Invocation) -> Profile:
    """Return the deployment's profile with the changes that stand, if its database is there."""
    from haochaping.deployment import open_deployment

    try:
        with open_deployment(invocation.deployment_home()) as deployment:
            return deployment.profile
    except (SettingsRefused, StoreUnavailable) as away:
        found = _load(invocation, None)
        invocation.say(
            Words(
                f"未读到数据库里的变更，只说明文件里的规则：{away.detail.zh}",
                f"the changes in the database could not be read: {away.detail.into('en')}",
            )
        )
        return found


def _fail(invocation: Invocation, faults: Sequence[Fault], as_json: bool) -> NoReturn:
    """Print the faults and leave with the exit code of configuration that cannot be used."""
    language = invocation.language
    if as_json:
        _print({"ok": False, "faults": [fault.document(language) for fault in faults]})
    else:
        for fault in faults:
            click.echo(fault.text(language))
        count = len(faults)
        invocation.say(Words(f"共 {count} 处问题", f"{count} fault{'s' * (count != 1)}"))
    raise click.exceptions.Exit(ExitCode.CONFIGURATION)


def _explained(found: Profile, sections: Sequence[Section], language: str) -> dict[str, Any]:
    return {
        "name": found.name,
        "digest": found.digest,
        "jurisdiction": found.jurisdiction.code,
        "layers": [layer.file for layer in found.layers],
        "sections": [
            {
                "key": section.key,
                "title": section.title.into(language),
                "rules": [_rule(sentence, language) for sentence in section.sentences],
            }
            for section in sections
        ],
    }


def _rule(sentence: Sentence, language: str) -> dict[str, Any]:
    return {
        "key": sentence.key,
        "text": sentence.words.into(language),
        "source": asdict(sentence.source) if sentence.source else None,
        "origin": sentence.origin,
    }


def _where(sentence: Sentence, language: str) -> str:
    """Return a rule's source and place in one line."""
    label = Words("来源：", "source: ").into(language)
    return f"{label}{say_source(sentence.source).into(language)} [{sentence.origin}]"


def _difference(each: Difference, language: str) -> str:
    nothing = Words("（无）", "(none)").into(language)
    before = nothing if not each.origin_before else each.document()["before"]
    after = nothing if not each.origin_after else each.document()["after"]
    return f"{each.key}: {before} → {after} [{each.origin_after or each.origin_before}]"


def _print(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
