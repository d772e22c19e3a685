"""An example catalogue for a new jurisdiction: one that ships with the core, moved there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

from haochaping.catalog.uscc import check_digit
from haochaping.hooks.values import Words

_MODEL: Final = "zhejiang"
_PROVINCE, _CITY, _COUNTY, _NEXT = "330000", "330100", "330106", "330110"
_CREDIT_CODE: Final = re.compile(r"\b(1[12][0-9]{6}[0-9A-Z]{9})[0-9A-Z]")


def files(region: str, name: Words) -> Iterator[tuple[str, str]]:
    """Yield the files of the catalogue of a jurisdiction with their texts.

    The county, its halls and people are invented; credit codes get their check digits.
    """
    folder = resources.files("haochaping.examples") / _MODEL
    for one in sorted(folder.iterdir(), key=lambda each: each.name):
        if one.name.endswith(".csv"):
            yield one.name, _moved(one.read_text(encoding="utf-8"), region, name)


def _moved(text: str, region: str, name: Words) -> str:
    for old, new in (*_codes(region), *_names(region, name)):
        text = text.replace(old, new)
    return _CREDIT_CODE.sub(lambda found: found[1] + check_digit(found[1]), text)


def _codes(region: str) -> Iterator[tuple[str, str]]:
    whole, city = region.endswith("0000"), region.endswith("00")
    yield _COUNTY, f"{region[:2]}0102" if whole else f"{region[:4]}02" if city else region
    yield _NEXT, f"{region[:2]}0199" if whole else f"{region[:4]}99"
    yield _CITY, f"{region[:2]}0100" if whole else f"{region[:4]}00"
    yield _PROVINCE, f"{region[:2]}0000"


def _names(region: str, name: Words) -> Iterator[tuple[str, str]]:
    city, county = not region.endswith("0000"), not region.endswith("00")
    yield "浙江省,Zhejiang", "示例省,Sample Province" if city else f"{name.zh},{name.en}"
    own_city = city and not county
    yield "杭州市,Hangzhou", f"{name.zh},{name.en}" if own_city else "示例市,Sample City"
    yield "西湖区", name.zh if county else "示例区"
    yield "Xihu District", name.en if county else "Sample District"
    yield "余杭区,Yuhang District", "邻区,Next District"
    yield "三墩镇", "示例镇"
    yield "Sandun Town", "Sample Town"
