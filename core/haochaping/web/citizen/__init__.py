"""Pages for the rater: rating a service, following one's own rating."""

from haochaping.web.citizen import mine, rating
from haochaping.web.citizen.blueprint import citizen

__all__ = ["blueprints", "mine", "rating"]

blueprints = (citizen,)
