"""The moment at which a case reaches its unit."""

from __future__ import annotations

from haochaping.jobs import JobContext, NotYet
from haochaping.rectification.context import Context
from haochaping.rectification.notices import arrival
from haochaping.rectification.records import by_id
from haochaping.rectification.timeline import Entry, record


def run(context: Context, job: JobContext) -> None:
    """Handle a job of kind `release`: tell the unit of its new case. Raises NotYet if early."""
    at = job.clock.now()
    with job.transaction() as conn:
        case = by_id(conn, job.payload["case"])
        if case.closed:
            return
        if case.visible_at > at:
            raise NotYet(case.visible_at, "the case is not released yet")
        record(conn, case, Entry(at, "released"))
        context.notify(conn, arrival(case), at)
        context.emit(conn, case.event("case.released"), at)
