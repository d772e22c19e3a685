"""The fixtures of these tests."""

from .sichuan_town import site, town

__all__ = ["site", "town"]
