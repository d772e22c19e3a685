"""A scene for `haochaping demo`: somebody is proposed for the registry and listed by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haochaping.hooks.deployment import SceneSetting
from haochaping_inner_mongolia.registry import Proposal

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia

LISTED_DAYS: Final = 120
_EVIDENCE: Final = "演示：多次以差评要挟窗口人员，附现场记录和通话记录，已由监督部门核实。"
_AGREED: Final = "演示：证据充分，同意列入。"


def list_a_rater(plugin: InnerMongolia, setting: SceneSetting) -> None:
    """List the rater of the setting's rating; nothing happens while the registry is off."""
    registry = plugin.registry
    if not registry.enabled:
        return
    days = min(LISTED_DAYS, registry.max_term_days)
    proposal = Proposal(setting.case_no, setting.occurrence_no, _EVIDENCE, days)
    number = registry.propose(proposal, setting.accounts["supervisor"])
    registry.second(number, setting.accounts["reviewer1"], _AGREED)
    registry.confirm(number, setting.accounts["reviewer2"], _AGREED)
