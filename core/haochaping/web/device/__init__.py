"""The window screen and what it asks for."""

from haochaping.web.device import screen
from haochaping.web.device.blueprint import device

__all__ = ["blueprints", "screen"]

blueprints = (device,)
