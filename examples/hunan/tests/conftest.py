"""A town whose profile is the plugin's own."""

from __future__ import annotations

import pytest


@pytest.fixture
def profile_snippet() -> str:
    """Extend the profile that comes with the plugin."""
    return "extends: hunan\n"
