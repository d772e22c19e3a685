"""What views reach for: the deployment behind this application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Request, current_app, g, request

if TYPE_CHECKING:
    from haochaping.deployment import Deployment


def site() -> Deployment:
    """Return the deployment that this application serves."""
    found: Deployment = current_app.extensions["haochaping"]
    return found


def asked() -> Request:
    """Return the request itself: every look through Flask's `request` finds it anew."""
    proxy: Any = request
    return cast(Request, proxy._get_current_object())


def kept() -> Any:
    """Return what is kept during a request, Flask's `g`, itself."""
    proxy: Any = g
    return proxy._get_current_object()


def install(app: Flask, deployment: Deployment) -> None:
    """Hand the deployment to the application."""
    app.extensions["haochaping"] = deployment

    @app.before_request
    def renew() -> None:
        """Let requests count working days by the calendar files as they are now."""
        deployment.calendar.refresh(deployment.clock.now())
