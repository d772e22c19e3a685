"""What makes the window screen an application of its own: service worker and manifest."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from flask import Response, jsonify, request, url_for

from haochaping.web import headers
from haochaping.web.assets import asset
from haochaping.web.device.blueprint import device
from haochaping.web.i18n import _
from haochaping.web.routes import route

SCOPE: Final = "/device/"
KEPT_HEADER: Final = "X-Device-Shell"
"""Says that an answer is the screen itself, which the service worker may keep."""
_ICONS: Final = (192, 512)


@route(device, "/device/worker.js")
def worker() -> Response:
    """Give the service worker, which reaches the device's pages only."""
    response = Response(_worker(), mimetype="text/javascript")
    headers.cacheable(0)
    response.add_etag()
    response.make_conditional(request)
    return response


@route(device, "/device/<int:device_id>/manifest.webmanifest")
def manifest(device_id: int) -> Response:
    """Describe the screen as an installable page: full screen, started at its own address."""
    start = url_for("device.screen", device_id=device_id)
    icons = [
        {"src": asset(f"device-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in _ICONS
    ]
    response = jsonify(
        name=_("政务服务好差评"),
        short_name=_("好差评"),
        id=start,
        start_url=start,
        scope=SCOPE,
        display="fullscreen",
        background_color="#ffffff",
        theme_color="#07424e",
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    return response


@cache
def _worker() -> bytes:
    return (files("haochaping.web") / "static" / "device_worker.js").read_bytes()
