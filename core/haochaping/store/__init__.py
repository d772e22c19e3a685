"""Engine, column types and migrations; SQLite and PostgreSQL behave alike."""
