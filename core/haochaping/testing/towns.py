"""A small deployment to test a plugin in: see `Town`; its people, their roles, its clock."""

from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.clock import FakeClock
from haochaping.kit.town import HALL, ITEM, OTHER, REGION, UNIT, Place, Town, settle

__all__ = [
    "HALL",
    "ITEM",
    "OTHER",
    "REGION",
    "UNIT",
    "FakeClock",
    "Person",
    "Place",
    "Role",
    "Town",
    "settle",
]
