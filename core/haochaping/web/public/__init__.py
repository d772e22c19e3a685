"""Pages for everybody: totals, boards, reviews with their replies, the method."""

from haochaping.web.public import boards, cases, feed, home, honours, method, reviews
from haochaping.web.public.blueprint import public

__all__ = ["blueprints", "boards", "cases", "feed", "home", "honours", "method", "reviews"]

blueprints = (public,)
