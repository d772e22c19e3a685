"""The fixtures of these tests."""

from .shanghai_town import profile_snippet, town_class

__all__ = ["profile_snippet", "town_class"]
