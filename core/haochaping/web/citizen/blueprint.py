"""The blueprint of the rater's pages."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

citizen: Final = Blueprint("citizen", "haochaping.web")
