"""Whose ticket a bad rating becomes: the unit of the person who handled the service."""

from __future__ import annotations

from typing import Final

from haochaping.hooks.rectification import CaseView, Route

QUEUE: Final = "hotline"
"""The city's tickets travel through 12345."""
_REASON: Final = "评价为 {grade} 星及以下，经 12345 转办理人员所在单位"


def route(case: CaseView, at_most: int) -> Route | None:
    """Return where a case goes, None when its grade is above `at_most` or it has no service.

    A member of staff who serves at another unit's window answers through their own unit.
    """
    service = case.occurrence
    if service is None or case.grade > at_most:
        return None
    unit = service.staff_organization_id or service.organization.id
    joint = () if unit == service.organization.id else (service.organization.id,)
    return Route(unit, joint, QUEUE, _REASON.format(grade=at_most))
