"""The fixtures of these tests."""

from .shanghai_town import site, town

__all__ = ["site", "town"]
