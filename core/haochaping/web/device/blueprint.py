"""The blueprint of the window screen."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

device: Final = Blueprint("device", "haochaping.web")
