"""Device and network of a request as keyed hashes of the day; the browser stores nothing."""

from __future__ import annotations

from typing import Final

from flask import request

from haochaping.access.principals import Principal
from haochaping.evaluation.traces import Trace, trace
from haochaping.integrity.rules import IntegrityRules
from haochaping.integrity.tables import staff_device
from haochaping.store.upsert import insert_or_ignore
from haochaping.web.site import site

_LONGEST: Final = 300


def of_request() -> Trace:
    """Return the trace of this request: its address and how its browser describes itself."""
    deployment = site()
    address = request.remote_addr or ""
    told = (request.headers.get(name, "")[:_LONGEST] for name in ("User-Agent", "Accept-Language"))
    day = deployment.desk.rules.local_day(deployment.clock.now())
    kind = IntegrityRules.of(deployment.profile).kind_of(address)
    return trace(deployment.keyring, day, (address, "\n".join(told)), kind)


def note_staff(who: Principal) -> None:
    """Note that staff members used the console on this device today, for the day's signals."""
    members = sorted({one.staff_id for one in who.grants if one.staff_id is not None})
    if not members:
        return
    deployment = site()
    day = deployment.desk.rules.local_day(deployment.clock.now())
    device = of_request().device
    rows = [{"day": day, "device": device, "staff_id": one} for one in members]
    with deployment.store.write() as conn:
        insert_or_ignore(conn, staff_device, rows)
