"""The publisher's desk in the past: comments are looked at and let through, a few are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from haochaping.access.principals import Principal
from haochaping.deployment import Deployment
from haochaping.disclosure.publisher import By, Draft

LEFT_DAYS: Final = 4
"""Comments of the last days are left for whoever looks at the demonstration."""

_REFUSED: Final = 15
_REASON: Final = "内容与本次服务无关"


def approve(deployment: Deployment, cast: Mapping[str, Principal]) -> int:
    """Decide on everything that waits and is prepared; return how much it was."""
    by = By(cast["publisher"].account_id, deployment.clock.now())
    with deployment.store.read() as conn:
        waiting = deployment.disclosing.publisher.waiting(conn, None, limit=100)
    ready = [one for one in waiting if one.prepared and not one.failure]
    for number, one in enumerate(ready, start=by.at.day):
        _decide(deployment, one, by, refused=number % _REFUSED == 0)
    return len(ready)


def _decide(deployment: Deployment, one: Draft, by: By, *, refused: bool) -> None:
    desk = deployment.disclosing.publisher
    with deployment.store.write() as conn:
        if refused:
            desk.refuse(conn, one.id, _REASON, by)
        else:
            desk.approve(conn, one.id, None, by)
