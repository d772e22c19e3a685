"""The job table."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index

from haochaping.store.tables import table
from haochaping.store.types import Id, Int, Json, Moment, Words

job: Final = table(
    "job",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("dedup", Words, unique=True),
    Column("region", Words, nullable=False, server_default=""),
    Column("payload", Json, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Int, nullable=False, server_default="0"),
    Column("fence", Int, nullable=False, server_default="0"),
    Column("error", Words),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
)
"""`ready_at` is when the job may be claimed: its due moment, the end of a back-off, or the
end of the lease of whoever runs it now. `fence` grows with every claim, so that a worker
that was paused past its lease cannot finish a job that another one has taken over."""

DUE: Final = Index("ix_job_due", job.c.state, job.c.ready_at)
"""State and moment in one: an index on open jobs alone is not taken for a bound state, and one
on the state alone leads through all that is open."""
PARKED: Final = Index("ix_job_state", job.c.state, job.c.kind)
