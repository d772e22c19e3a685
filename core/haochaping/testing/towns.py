"""A small deployment to test a plugin in: see `Town`; its people, their roles, its clock."""

from haochaping.access.persons import Person
from haochaping.access.roles import Role
from haochaping.bulletins.content import Part
from haochaping.clock import FakeClock
from haochaping.evaluation.receipts import Receipt
from haochaping.kit.town import Town, settle
from haochaping.kit.town_handling import Handling
from haochaping.kit.town_months import Months
from haochaping.kit.town_place import HALL, ITEM, OTHER, REGION, UNIT, Place
from haochaping.kit.town_seen import Happened, Opinion, Rating, Seen, Sent, Survey
from haochaping.rectification.records import Case

__all__ = [
    "HALL",
    "ITEM",
    "OTHER",
    "REGION",
    "UNIT",
    "Case",
    "FakeClock",
    "Handling",
    "Happened",
    "Months",
    "Opinion",
    "Part",
    "Person",
    "Place",
    "Rating",
    "Receipt",
    "Role",
    "Seen",
    "Sent",
    "Survey",
    "Town",
    "settle",
]
