"""The bulletin's sections say what the monthly publication, the facts and the honours say."""

from __future__ import annotations

from typing import ClassVar

import pytest

from haochaping.hooks.disclosure import BulletinView, HonourCount
from haochaping.hooks.values import Words
from haochaping.testing import towns as testing
from haochaping.testing.builders import period
from haochaping.testing.contract import assert_hook_contract
from haochaping.testing.towns import Place
from haochaping_guangdong import efficiency, monthly
from haochaping_guangdong.bulletin import sections
from haochaping_guangdong.plugin import Guangdong

JULY = period(2023, 7)


class Town(testing.Town):
    """A county with two units."""

    place: ClassVar[Place] = Place("440103", "荔湾区", {1: "政务中心", 2: "市监局"})


ROW = {
    "period": "2023-07",
    "accepted": "90",
    "rejected": "5",
    "supplement_requested": "4",
    "refused": "1",
    "approved": "80",
    "not_approved": "10",
    "forwarded": "0",
    "terminated": "10",
    "promised_days": "1000",
    "actual_days": "400",
}


@pytest.fixture
def town_class() -> type[Town]:
    return Town


@pytest.fixture
def profile_snippet() -> str:
    return "extends: guangdong\n"


def test_the_sections_have_the_figures_of_the_publication_and_the_imports(site: Town) -> None:
    with site.deployment.store.write() as conn:
        for code, accepted in (("U1", "90"), ("U2", "10")):
            row = {**ROW, "accepted": accepted, "organization_code": code}
            assert efficiency.take(site.plugin_called("guangdong"), conn, [row]) == [None]
    site.months.handle("2023-07", 12)
    site.months.count("2023-07", {5: 980, 4: 8, 1: 12})
    site.months.publish("2023-07")
    with site.deployment.store.read() as conn:
        shown = monthly.publication(conn, JULY)
    for edition in ("internal", "public"):
        found = site.seen.bulletin("2023-07", edition)
        key = " ".join(words.zh for words in found["月度通报要点"].paragraphs)
        assert f"共评价{shown.rated:,}件" in key
        for name, count in zip(_GRADES, shown.grades.values(), strict=True):
            assert f"{name}{count:,}件" in key
        assert f"差评工单{shown.tickets:,}件" in key
        told = found["审批效能"]
        cells = {row[0]: row[1:] for row in told.rows}
        assert cells["受理"] == ("100", "83.33%")
        assert cells["准予"] == ("160", "80.00%")
        assert "2,000个工作日，实际提速60.00%" in told.paragraphs[0].zh
        assert "窗口服务之星" not in found  # no window had ratings enough


def test_stars_are_counted_by_level() -> None:
    star, other = Words("窗口服务之星", "Window star"), Words("其他", "Other")
    honours = (
        HonourCount("window", star, 4, 7),
        HonourCount("window", star, 5, 2),
        HonourCount("hall", other, 0, 9),
    )
    *_, told = sections(BulletinView(JULY, "public", {"rated": None}, honours=honours))
    assert told.rows == (("窗口服务之星", "★★★★", "7"), ("窗口服务之星", "★★★★★", "2"))
    assert "窗口服务之星9个，政务服务标兵0个" in told.paragraphs[0].zh


def test_a_count_that_is_withheld_is_not_told() -> None:
    (told,) = sections(BulletinView(JULY, "public", {"rated": 12, "grade1": None}))
    assert "非常不满意…件" in told.paragraphs[0].zh


def test_the_hooks_keep_the_contract() -> None:
    assert_hook_contract(Guangdong)


_GRADES = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
