"""Profiles as a deployment would load them: for tests of what a profile says."""

from haochaping.profile import Profile, ProfileError, load

__all__ = ["Profile", "ProfileError", "load"]
