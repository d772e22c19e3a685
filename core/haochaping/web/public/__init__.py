"""Pages for everybody: totals, boards, reviews with their replies, the method."""

from haochaping.web.public import (
    boards,
    bulletins,
    feed,
    home,
    honours,
    method,
    open_data,
    progress,
    review,
    reviews,
    typical,
)
from haochaping.web.public.blueprint import public

__all__ = [
    "blueprints",
    "boards",
    "bulletins",
    "feed",
    "home",
    "honours",
    "method",
    "open_data",
    "progress",
    "review",
    "reviews",
    "typical",
]

blueprints = (public,)
