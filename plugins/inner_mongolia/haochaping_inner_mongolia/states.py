"""What an entry can be in, and the stable word of a rating that a listed person gave."""

from __future__ import annotations

from typing import Final

PROPOSED: Final = "proposed"
SECONDED: Final = "seconded"
LISTED: Final = "listed"
APPEALED: Final = "appealed"
REJECTED: Final = "rejected"
LIFTED: Final = "lifted"
EXPIRED: Final = "expired"

APPEAL_PATH: Final = "/x/inner_mongolia/appeal"
REASON: Final = "malicious_rater"
"""Why `evaluation_admit` excludes a rating."""
