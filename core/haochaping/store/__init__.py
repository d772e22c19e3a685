"""Engine, column types and migrations; SQLite and PostgreSQL behave alike."""

from haochaping.store.engine import Store, StoreUnavailable, is_duplicate

__all__ = ["Store", "StoreUnavailable", "is_duplicate"]
