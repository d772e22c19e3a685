"""The fixtures of these tests."""

from .inner_mongolia_town import town

__all__ = ["town"]
