"""`haochaping coverage`: the coverage ledger, counted anew or checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.coverage.recount import Difference


@click.group("coverage", help="邀评覆盖 / coverage ledger")
def coverage() -> None:
    """Hold the commands about the coverage ledger."""


@coverage.command("rebuild", help="由服务、邀评和评价记录重算 / count the ledger anew")
@pass_invocation
def rebuild(invocation: Invocation) -> None:
    """Take in what the journal still has, compare with a recount, and write the ledger anew.

    Exits 0 when nothing differed, 1 when something did (it is right afterwards).
    """
    from haochaping.coverage import counting, recount
    from haochaping.coverage.rules import CoverageRules
    from haochaping.deployment import open_deployment
    from haochaping.journal import read_on

    with open_deployment(invocation.deployment_home()) as deployment:
        rules = CoverageRules.of(deployment.profile)
        while read_on(deployment.store, deployment.clock, counting.reader(rules)):
            pass
        with deployment.store.write() as conn:
            wrong = recount.compare(conn, rules)
            services = recount.rebuild(conn, rules)
    _print(wrong)
    invocation.say(
        Words(
            f"重算 {services} 次服务，其中 {len(wrong)} 格有差异",
            f"{services} services recounted, {len(wrong)} cells differed",
        )
    )
    if wrong:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


@coverage.command("compare", help="核对邀评覆盖与记录 / compare the ledger with what is stored")
@pass_invocation
def compare(invocation: Invocation) -> None:
    """Compare the ledger with a recount and change nothing; exits 1 when something differs.

    Services that the worker has not read from the journal yet differ as well.
    """
    from haochaping.coverage import recount
    from haochaping.coverage.rules import CoverageRules
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        rules = CoverageRules.of(deployment.profile)
        with deployment.store.write() as conn:
            wrong = recount.compare(conn, rules)
    _print(wrong)
    if wrong:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _print(wrong: Iterable[Difference]) -> None:
    for each in wrong:
        click.echo("\t".join(map(str, (*each.cell, each.expected, each.found))))
