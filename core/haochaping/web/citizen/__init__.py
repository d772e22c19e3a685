"""Pages for the rater: rating a service, following one's own rating."""

from haochaping.web.citizen import (
    again,
    finding,
    mine,
    opinions,
    pictures,
    privacy,
    rating,
    visiting,
)
from haochaping.web.citizen.blueprint import citizen

__all__ = [
    "CSRF_EXEMPT",
    "again",
    "blueprints",
    "finding",
    "mine",
    "opinions",
    "pictures",
    "privacy",
    "rating",
    "visiting",
]

blueprints = (citizen,)

CSRF_EXEMPT = True  # these forms act by the code or receipt they carry: see web.tokens
