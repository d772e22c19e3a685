"""Engine, column types and migrations; SQLite and PostgreSQL behave alike."""

from haochaping.store.engine import Limits, Store, StoreUnavailable, is_duplicate

__all__ = ["Limits", "Store", "StoreUnavailable", "is_duplicate"]
