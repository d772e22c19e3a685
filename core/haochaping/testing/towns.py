"""A small deployment to test a plugin in: see `Town`."""

from haochaping.kit.town import HALL, ITEM, OTHER, REGION, UNIT, Place, Town, settle

__all__ = ["HALL", "ITEM", "OTHER", "REGION", "UNIT", "Place", "Town", "settle"]
