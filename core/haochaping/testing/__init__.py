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
from haochaping.testing.people import (
    gateway,
    handler,
    profile_snippet,
    rater,
    site,
    supervisor,
    town,
    town_class,
)

__all__ = [
    "clock",
    "emit",
    "gateway",
    "handler",
    "keyring",
    "postgres",
    "postgres_admin",
    "postgres_shelf",
    "postgres_template",
    "postgres_url",
    "profile_snippet",
    "rater",
    "site",
    "sqlite_template",
    "sqlite_url",
    "store",
    "store_url",
    "supervisor",
    "town",
    "town_class",
]
