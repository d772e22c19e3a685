"""The warning ladder: from the profile's settings to rungs of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from haochaping.hooks.rectification import CaseView, Rung
from haochaping.hooks.values import Duration, Unit, Words

_WHO: Final = {
    "handler": Words("承办人", "the handler"),
    "unit_head": Words("单位负责人", "the head of the unit"),
    "supervisor": Words("监督人员", "the supervisor"),
    "managing_department": Words("主管部门", "the managing department"),
}
_BEFORE: Final = Words(
    "差评工单 {case} 即将到期，请{who}督促办理", "Case {case} is due soon; {who} is asked to act"
)
_AFTER: Final = Words(
    "差评工单 {case} 已超期，请{who}督办", "Case {case} is overdue; {who} is asked to step in"
)


def rungs(settings: Mapping[str, Any], case: CaseView) -> tuple[Rung, ...]:
    """Return the rungs of `settings["warnings"]` for one case, in order of level."""
    entries = sorted(settings.get("warnings", ()), key=lambda entry: int(entry["level"]))
    return tuple(_rung(entry, case) for entry in entries)


def _rung(entry: Mapping[str, Any], case: CaseView) -> Rung:
    before = "before" in entry
    offset = entry["before"] if before else entry["after"]
    return Rung(
        level=int(entry["level"]),
        deadline=str(entry["deadline"]),
        offset=Duration(int(offset["count"]), Unit(offset["unit"])),
        before=before,
        to=str(entry["to"]),
        gateways=tuple(entry.get("gateways", ("inbox",))),
        text=_text(_BEFORE if before else _AFTER, _WHO[entry["to"]], case),
    )


def _text(pattern: Words, who: Words, case: CaseView) -> Words:
    return Words(
        pattern.zh.format(case=case.public_id, who=who.zh),
        pattern.en.format(case=case.public_id, who=who.en),
    )
