"""haochaping: open software for the good/bad review of government services."""

from haochaping.hooks.kinds import API_VERSION, hookimpl
from haochaping.hooks.plugin import Plugin

__version__ = "0.1.0"

__all__ = ["API_VERSION", "Plugin", "__version__", "hookimpl"]
