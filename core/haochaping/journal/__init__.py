"""What happened: append-only events, consumers with cursors, sealing."""

from haochaping.journal.events import Emit, EmitMany, Event, Journal, Step, append
from haochaping.journal.reading import Entry, Reader, read_on

__all__ = [
    "Emit",
    "EmitMany",
    "Entry",
    "Event",
    "Journal",
    "Reader",
    "Step",
    "append",
    "read_on",
]
