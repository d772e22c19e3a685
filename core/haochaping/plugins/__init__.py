"""Find, order, configure and call plugins."""

from haochaping.hooks.specs import Spec, specs
from haochaping.plugins.answers import Answer, Decision, Failure
from haochaping.plugins.assembly import OLDEST_API, Enabling, PluginManager, ServicesFor
from haochaping.plugins.calls import Hooks
from haochaping.plugins.discovery import GROUP, Candidate
from haochaping.plugins.dropped import Dropped
from haochaping.plugins.faults import DeploymentRefused, PluginFault
from haochaping.plugins.health import HookHealth
from haochaping.plugins.loaded import LoadedPlugin

__all__ = [
    "GROUP",
    "OLDEST_API",
    "Answer",
    "Candidate",
    "Decision",
    "DeploymentRefused",
    "Dropped",
    "Enabling",
    "Failure",
    "HookHealth",
    "Hooks",
    "LoadedPlugin",
    "PluginFault",
    "PluginManager",
    "ServicesFor",
    "Spec",
    "specs",
]
