"""The regions that have a profile and a plugin of their own."""

from __future__ import annotations

from typing import Final

REGIONS: Final = (
    "zhejiang",
    "guangdong",
    "shenzhen",
    "inner_mongolia",
    "chongqing",
    "sichuan",
    "yantai",
    "shanghai",
)
