"""Read, layer, validate and explain a jurisdiction's YAML profile."""

from haochaping.profile.checking import Known, unknown_names
from haochaping.profile.faults import Fault, ProfileError
from haochaping.profile.loading import load
from haochaping.profile.nodes import Source
from haochaping.profile.profile import Layer, Profile

__all__ = ["Fault", "Known", "Layer", "Profile", "ProfileError", "Source", "load", "unknown_names"]
