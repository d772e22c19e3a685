"""Pages for staff: signing in, one's own account, the queue, cases, visits, figures.

To add pages: write a module with a blueprint named `pages`, add its name to `MODULES`,
give each view a row in `haochaping.access.policies.POLICIES`, and an entry of the
navigation its line in `navigation.ENTRIES`. Templates extend `console/base.html`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

MODULES: Final = (
    "layout",
    "sign_in",
    "identity",
    "own",
    "home",
    "inbox",
    "messages",
    "exchange",
    "queue",
    "cases",
    "evidence",
    "rater",
    "tasks",
    "visits",
    "visit_pages",
    "figures",
    "scores",
    "whatif",
    "analysis",
    "appraisal",
    "bulletins",
    "coverage",
    "hotline",
    "paper",
    "opinions",
    "inspections",
    "window",
    "publishing",
    "typical",
    "held",
    "pressure",
    "integrity",
    "staff_boards",
    "unit_figures",
    "catalogue",
    "imports",
    "calendars",
    "profile",
    "accounts",
    "devices",
    "keys",
    "persons",
    "audit",
    "system",
)
"""Modules of this room, each with its blueprint `pages`."""

blueprints: Final = tuple(import_module(f"{__name__}.{name}").pages for name in MODULES)
