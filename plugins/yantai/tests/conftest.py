"""The fixtures of these tests."""

from .yantai_town import site, town

__all__ = ["site", "town"]
