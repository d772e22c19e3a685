"""What the ops team's commands and the processes leave behind for one another."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column

from haochaping.store.tables import table
from haochaping.store.types import Id, Json, Moment, Words

process_beat: Final = table(
    "process_beat",
    Column("process", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("pid", Id, nullable=False),
    Column("code_version", Words, nullable=False),
    Column("profile_digest", Words, nullable=False),
    Column("settings_digest", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("failures", Json, nullable=False),
    Column("paused", Json),
)
"""The processes at work, `<host>:<pid>`, with the rules and settings they were started with.

`failures` counts the failed calls of each plugin in that process; `paused` names the hooks of
each that are left out for a while after many failures.
"""

ops_fact: Final = table(
    "ops_fact",
    Column("name", Words, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("value", Json, nullable=False),
)
"""The last time something was done for the deployment: `backup`, `restore`, `drill`, …"""
