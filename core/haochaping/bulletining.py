"""The bulletins of one deployment: what collects, moves along and writes them, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haochaping.bulletins.desk import Desk
from haochaping.bulletins.gathering import Gatherer
from haochaping.bulletins.rules import BulletinRules
from haochaping.bulletins.template import TemplateRefused
from haochaping.bulletins.working import Work
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


def work_of(deployment: Deployment) -> Work:
    """Return what a deployment does about bulletins."""
    shown, rules = deployment.disclosing, BulletinRules.of(deployment.profile)
    gatherer = Gatherer(
        homes=shown.homes,
        boards=shown.boards,
        notes=deployment.case_counts.notes,
        intake=deployment.desk.rules,
        hooks=deployment.hooks,
        rules=rules,
        place=deployment.profile.jurisdiction.name,
    )
    site, groups = deployment.settings.base_url, deployment.gateways.groups
    desk = Desk(rules, deployment.journal.emit, site, groups)
    return Work(gatherer, desk, lambda: _template(deployment, rules.template), deployment.zone.key)


def _template(deployment: Deployment, name: str) -> bytes:
    """Return the jurisdiction's own Word template, empty for the one that comes along.

    Raises TemplateRefused when the profile names one that is not there.
    """
    if not name:
        return b""
    path = deployment.home / "templates" / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise TemplateRefused(
            Words(
                f"读不到 {path}：{error.strerror}。请把模板放到那里，"
                "或从配置档中删去 bulletins.template",
                f"{path} cannot be read: {error.strerror}. Put the template there or take"
                " bulletins.template out of the profile",
            )
        ) from error
