"""The blueprint of the public pages and what their foot says."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from haochaping.web.i18n import words
from haochaping.web.site import site

public: Final = Blueprint("public", "haochaping.web")


@public.context_processor
def foot() -> dict[str, Any]:
    """Give every page the profile's foot line."""
    return {"foot_line": words(site().profile.rules.disclosure.footer)}
