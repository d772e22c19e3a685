"""The fixtures of these tests."""

from .sichuan_town import profile_snippet, town_class

__all__ = ["profile_snippet", "town_class"]
