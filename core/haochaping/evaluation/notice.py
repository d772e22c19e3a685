"""The privacy notice that stands one tap from every form: its version, kept with each rating."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from haochaping.profile.rules import PrivacyRules
from haochaping.store.types import canonical_json

TEXT_VERSION: Final = 3
"""Grows with every change of the notice's own words (`citizen/privacy.html`)."""
_SIGNS: Final = 8


def version(rules: PrivacyRules) -> str:
    """Return the version of the notice: that of its words, and a digest of the profile's part."""
    said = [
        [rules.controller.zh, rules.controller.en],
        [rules.contact.zh, rules.contact.en],
        dict(rules.keep_days),
    ]
    return f"{TEXT_VERSION}-{sha256(canonical_json(said).encode()).hexdigest()[:_SIGNS]}"
