"""`haochaping languages`: which languages readers see, and the texts for translators.

A language that needs a named reviewer goes this way: `languages template CODE` writes the
texts, people translate them, the file goes to `<home>/translations/CODE/LC_MESSAGES/`, the
reviewer reads it, `languages` tells its digest, and the profile names both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.extensions import packages_of, profile_of
from haochaping.hooks.values import Words
from haochaping.web import i18n
from haochaping.web.languages import LANGUAGES, State, catalogue_files, digest, state

_STATES: Final = {
    State.SHOWN: Words("显示", "shown"),
    State.MISSING: Words("不显示：没有译文", "hidden: there are no texts"),
    State.UNSIGNED: Words("不显示：无人署名审校", "hidden: nobody has signed the texts"),
    State.CHANGED: Words("不显示：署名后译文有改动", "hidden: the texts were changed since"),
}


@click.group("languages", invoke_without_command=True, help="页面语言 / languages of the pages")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_context
def languages(context: click.Context, *, as_json: bool) -> None:
    """List the languages on offer; a subcommand writes the texts for translators."""
    if context.invoked_subcommand is not None:
        return
    invocation = context.ensure_object(Invocation)
    home = invocation.deployment_home()
    rules = profile_of(home).rules.languages
    roots = i18n.roots_of(packages_of(home), home)
    known = set(_texts(roots))
    found = []
    for code in dict.fromkeys((rules.default, *rules.offered)):
        if code not in LANGUAGES:
            continue
        signed = rules.reviewed.get(code)
        found.append(
            {
                "code": code,
                "state": state(rules, roots, code).value,
                "texts": len(known) if code == i18n.SOURCE else len(_done(roots, code) & known),
                "of": len(known),
                "digest": digest(roots, code),
                "reviewed_by": "" if signed is None else signed.by,
            }
        )
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        words = _STATES[State(str(one["state"]))].into(invocation.language)
        line = (
            one["code"],
            words,
            f"{one['texts']}/{one['of']}",
            one["digest"],
            one["reviewed_by"],
        )
        click.echo("\t".join(str(part) for part in line).rstrip())


@languages.command("template", help="导出待译文本 / write the texts that are to be translated")
@click.argument("code", type=click.Choice(sorted(LANGUAGES)))
@pass_invocation
def template(invocation: Invocation, /, *, code: str) -> None:
    """Print a `.po` file with the texts of CODE that have no wording yet; none is filled in."""
    home = invocation.deployment_home()
    roots = i18n.roots_of(packages_of(home), home)
    catalogue, done = Catalog(project="haochaping", charset="utf-8"), _done(roots, code)
    for text in sorted(_texts(roots)):
        if text not in done:
            catalogue.add(text, flags=["python-format"] if "%(" in text else [])
    written = BytesIO()
    write_po(written, catalogue, width=0, omit_header=False)
    click.echo(written.getvalue().decode(), nl=False)


def _texts(roots: Iterable[Traversable]) -> list[str]:
    """Return every text that people see: all of them have an English wording."""
    return sorted(_done(roots, "en"))


def _done(roots: Iterable[Traversable], code: str) -> set[str]:
    """Return the texts that have a wording in a language."""
    found = set()
    for po in (po for root in roots for po in catalogue_files(root, code)):
        with po.open("rb") as source:
            for message in read_po(source):
                one = message.id if isinstance(message.id, str) else message.id[0]
                if one and message.string and "fuzzy" not in message.flags:
                    found.add(one)
    return found
