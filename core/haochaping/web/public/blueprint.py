"""The blueprint of the public pages and what their foot says."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from haochaping.web.i18n import words
from haochaping.web.public.contexts import Link
from haochaping.web.site import site

public: Final = Blueprint("public", "haochaping.web")


@public.context_processor
def surroundings() -> dict[str, Any]:
    """Give every page the profile's foot line and what plugins add to the navigation."""
    return {
        "foot_line": words(site().profile.rules.disclosure.footer),
        "panels": [
            Link(words(panel.title), f"/x/{plugin}{panel.rule}")
            for plugin, panel in site().hooks.contributions("public_panels")
        ],
    }
