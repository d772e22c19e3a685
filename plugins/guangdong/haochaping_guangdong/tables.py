"""The plugin's own table: how the front office rated the back office."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, UniqueConstraint

from haochaping.hooks.deployment import PersonalColumn
from haochaping.hooks.values import Words

metadata: Final = MetaData()

internal: Final = Table(
    "guangdong_internal",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("rated_id", BigInteger, nullable=False),
    Column("reference", Text, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("rated_id", "reference", "account_id"),
)
"""One internal rating: `organization_id` is the front office, `rated_id` the back office.

`reference` names the matter (a batch, a file); the same person rates it once, a later rating
replaces the first. `at` is microseconds UTC.
"""

PERSONAL: Final = (
    PersonalColumn(
        "guangdong_internal.reason",
        Words("前台工作人员写的内部评价理由", "Why front-office staff rated as they did"),
        "audit",
    ),
    PersonalColumn(
        "guangdong_internal.reference",
        Words("内部评价所指的事项", "The matter that was rated internally"),
        "audit",
    ),
)
NEUTRAL: Final = ("guangdong_internal.period",)
