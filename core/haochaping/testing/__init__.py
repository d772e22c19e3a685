"""What vendors and our own plugins test with: a pytest plugin with fixtures."""

from haochaping.testing.fixtures import (
    clock,
    emit,
    keyring,
    postgres,
    postgres_admin,
    postgres_shelf,
    postgres_template,
    postgres_url,
    sqlite_template,
    sqlite_url,
    store,
    store_url,
)

__all__ = [
    "clock",
    "emit",
    "keyring",
    "postgres",
    "postgres_admin",
    "postgres_shelf",
    "postgres_template",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
    "store",
    "store_url",
]
