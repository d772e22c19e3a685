"""The window screen and what it asks for."""

from haochaping.web.device import plain, screen, sending, shell
from haochaping.web.device.blueprint import device

__all__ = ["CSRF_EXEMPT", "blueprints", "plain", "screen", "sending", "shell"]

blueprints = (device,)

CSRF_EXEMPT = True  # posts carry a token bound to the device: see web.tokens
