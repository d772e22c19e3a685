"""Files in and out: kinds, reading, running, templates, exports."""

from typing import Final

from haochaping.catalog.importing.case_lines import CASES
from haochaping.catalog.importing.catalogue import (
    HALLS,
    ITEMS,
    ORGANIZATIONS,
    REGIONS,
    STAFF,
    WINDOWS,
)
from haochaping.catalog.importing.contributed import contributed
from haochaping.catalog.importing.exporting import export
from haochaping.catalog.importing.kinds import (
    Column,
    ImportContext,
    Kind,
    kind_of,
    register,
    registered,
)
from haochaping.catalog.importing.reading import UnreadableFile
from haochaping.catalog.importing.running import ImportJob, Progress, Report, run
from haochaping.catalog.importing.templates import template

OWN_KINDS: Final = (REGIONS, ORGANIZATIONS, HALLS, WINDOWS, STAFF, ITEMS, CASES)
"""The catalogue's own kinds, in the order in which they depend on each other."""

for _kind in OWN_KINDS:
    register(_kind)

__all__ = [
    "OWN_KINDS",
    "Column",
    "ImportContext",
    "ImportJob",
    "Kind",
    "Progress",
    "Report",
    "UnreadableFile",
    "contributed",
    "export",
    "kind_of",
    "register",
    "registered",
    "run",
    "template",
]
