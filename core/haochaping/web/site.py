"""What views reach for: the deployment behind this application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


def site() -> Deployment:
    """Return the deployment that this application serves."""
    found: Deployment = current_app.extensions["haochaping"]
    return found


def install(app: Flask, deployment: Deployment) -> None:
    """Hand the deployment to the application."""
    app.extensions["haochaping"] = deployment
