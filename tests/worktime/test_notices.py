"""The wording of the yearly notice: the years that were written from it, and slips in it."""

from __future__ import annotations

from importlib import resources

import pytest

from haochaping.worktime.notices import LONGEST_TEXT, read_notice
from haochaping.worktime.years import CalendarError, parse_year

HEAD = """国务院办公厅关于{year}年
部分节假日安排的通知
国办发明电〔{before}〕{number}号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经国务院批准，现将{year}年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
"""
END = """　　节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。

国务院办公厅
{day}
"""
LINES = {
    2024: """　　一、元旦：1月1日放假，与周末连休。
　　二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
　　三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
　　四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
　　五、端午节：6月10日放假，与周末连休。
　　六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
　　七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
""",
    2025: """　　一、元旦：1月1日（周三）放假1天，不调休。
　　二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
　　三、清明节：4月4日（周五）至6日（周日）放假，共3天。
　　四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
　　五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
　　六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
""",
    2026: """　　一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
　　二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
　　三、清明节：4月4日（周六）至6日（周一）放假，共3天。
　　四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
　　五、端午节：6月19日（周五）至21日（周日）放假，共3天。
　　六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
　　七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
""",
}  # fmt: skip
ISSUED = {2024: (7, "2023年10月25日"), 2025: (12, "2024年11月12日"), 2026: (7, "2025年11月4日")}


def notice(year: int) -> str:
    """Return the notice of a year, worded as it was published."""
    number, day = ISSUED[year]
    return (
        HEAD.format(year=year, before=year - 1, number=number) + LINES[year] + END.format(day=day)
    )


def shipped(year: int) -> str:
    file = resources.files("haochaping.worktime") / "calendars" / f"{year}.yaml"
    return file.read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(CalendarError) as raised:
        read_notice(text)
    return "\n".join(fault.text("zh") for fault in raised.value.faults)


@pytest.mark.parametrize("year", sorted(LINES))
def test_the_notice_makes_the_file_that_comes_with_the_software(year: int) -> None:
    assert read_notice(notice(year)).file == shipped(year)


@pytest.mark.parametrize("year", sorted(LINES))
def test_how_it_was_copied_makes_no_difference(year: int) -> None:
    text = notice(year)
    in_one = "".join(text.splitlines()).replace("（", "(").replace("：", ": ")
    narrow = "\r\n".join(text[start : start + 17] for start in range(0, len(text), 17))
    assert read_notice(in_one).file == read_notice(narrow).file == shipped(year)


def test_what_sets_no_day_is_told() -> None:
    assert read_notice(notice(2024)).unused == ("春节：安排职工在除夕(2月9日)休息",)
    assert read_notice(notice(2026)).unused == ()


def test_a_holiday_that_begins_in_the_year_before_keeps_its_days() -> None:
    line = "1月1日（周四）至3日（周六）", "2025年12月31日（周三）至2026年1月2日（周五）"
    text = notice(2026).replace(*line)
    found = parse_year(read_notice(text).file.encode(), "2026.yaml")
    assert [str(day) for day in found.holidays][:3] == ["2025-12-31", "2026-01-01", "2026-01-02"]


def test_a_later_wording_of_a_year_has_its_own_revision() -> None:
    assert "\nrevision: 2\n" in read_notice(notice(2026)).of_revision(2)


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ("1月1日（周四）", "1月1日（周五）", "元旦: 1月1日是周四，通知里写的是周五"),
        ("共9天", "共8天", "春节: 写的是共 8 天，按日期算是 9 天"),
        ("至23日（农历正月初七、周一）", "至3日", "2026-02-03 不在 2026-02-15 之后的一个月内"),
        ("5月9日", "5月39日", "劳动节: “5月39日(周六)”不是日期"),
        ("6月19日（周五）至21日（周日）放假", "放假", "端午节: 没有找到放假日期"),
        ("国办发明电〔2025〕7号", "", "没有找到文号"),
        ("\n2025年11月4日", "", "没有找到落款日期"),
        ("2026年", "", "没有找到年份"),
        ("　　四、劳动节：", "　　劳动节：", "假期没有从“一、”起依次找全"),
        ("四、劳动节：", "四、", "假期没有从“一、”起依次找全"),
    ],
)  # fmt: skip
def test_a_slip_is_named_and_never_guessed_away(wrong: str, right: str, told: str) -> None:
    assert told in refused(notice(2026).replace(wrong, right))


@pytest.mark.parametrize(
    "text", ["", "你好", "2027年部分节假日安排", "一、" * 200_000, "1" * 50_000]
)
def test_what_is_no_notice_says_what_is_missing(text: str) -> None:
    assert refused(text)
    assert len(text) < LONGEST_TEXT or "太长" in refused(text)
