"""Bad ratings with a concrete opinion travel through 12345 to the rated unit itself."""

from __future__ import annotations

from typing import Final

from haochaping.hooks.rectification import CaseView, Route

QUEUE: Final = "hotline"
_REASON: Final = "一星、二星且有具体意见，经 12345 派发，承办单位不得退回"


def route(case: CaseView) -> Route | None:
    """Return the rated unit by way of the hotline, None for a case without a service."""
    if case.occurrence is None or case.grade > 2:
        return None
    return Route(case.occurrence.organization.id, (), QUEUE, _REASON)
