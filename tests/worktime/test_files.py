"""Calendar files: faults in words, revisions, loading into a deployment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from haochaping.worktime import Calendar, CalendarError
from haochaping.worktime.comparing import changes
from haochaping.worktime.files import read_file, store_file
from haochaping.worktime.years import parse_year

GOOD = """\
year: 2027
document: 关于2027年部分节假日安排的通知
number: 测试〔2026〕1号
published: "2026-11-10"
revision: 1
holidays:
  - name: {zh: 元旦, en: New Year}
    first: "2027-01-01"
    last: "2027-01-03"
    workdays: ["2026-12-27"]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(CalendarError) as caught:
        parse_year(text.encode(), "2027.yaml")
    return [fault.text("en") for fault in caught.value.faults]


def written(folder: Path, text: str = GOOD, name: str = "2027.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_year_is_read_with_its_notice() -> None:
    year = parse_year(GOOD.encode(), "2027.yaml")
    assert (year.year, year.revision, year.published) == (2027, 1, date(2026, 11, 10))
    assert [day.isoformat() for day in year.holidays] == ["2027-01-01", "2027-01-02", "2027-01-03"]
    assert [day.isoformat() for day in year.workdays] == ["2026-12-27"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("year: 2027", "year: '2027'", "2027.yaml:1:year: must be an integer"),
        ("revision: 1", "revision: 0", "2027.yaml:5:revision: must be an integer"),
        ("number: 测试〔2026〕1号", "number: ''", "2027.yaml:3:number: must be a text"),
        ('"2026-11-10"', '"10.11.2026"', "2027.yaml:4:published: must be a date"),
        ("revision: 1", "revison: 1", "there is no key “revison”"),
        ('last: "2027-01-03"', 'last: "2026-01-03"', "the last day must follow"),
        ('last: "2027-01-03"', 'last: "2027-06-03"', "within 31 days"),
        ('first: "2027-01-01"', 'first: "2027-13-01"', "2027.yaml:8:first: must be a date"),
        ('["2026-12-27"]', '["2026-12-28"]', "2026-12-28 is no weekend day"),
        ('["2026-12-27"]', '["2026-10-10"]', "2026-10-10 does not belong to this year"),
        ('["2026-12-27"]', '["2027-01-03"]', "2027-01-03 is said to be both off and worked"),
        ('["2026-12-27"]', "2026-12-27", "2027.yaml:10:workdays: must be a list"),
        ("{zh: 元旦, en: New Year}", "{en: New Year}", "2027.yaml:7:zh: must be a text"),
    ],
)
def test_a_faulty_year_is_refused_in_words(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert any(said in fault for fault in faults(GOOD.replace(old, new)))


def test_a_day_named_twice_is_refused() -> None:
    again = GOOD + '  - {name: 元旦, first: "2027-01-03", last: "2027-01-03"}\n'
    assert any("2027-01-03 is named twice" in fault for fault in faults(again))


@pytest.mark.parametrize("text", ["", "- a\n", "year: [", "holidays: 5\n", "holidays: [5]\n"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    assert faults(text)


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    assert len(faults("year: x\nholidays: []\n")) == 5


def test_a_loaded_year_is_in_force_and_ends_the_provisional_state(tmp_path: Path) -> None:
    store_file(written(tmp_path, name="notice.yaml"), tmp_path)
    calendar = Calendar.load(deployment_dir=tmp_path)
    assert calendar.published(date(2027, 1, 1))
    assert not calendar.is_workday(date(2027, 1, 1))
    assert calendar.is_workday(date(2026, 12, 27))
    assert [file.name for file in (tmp_path / "calendars").iterdir()] == ["2027.yaml"]


def test_a_faulty_file_never_replaces_a_year_in_force(tmp_path: Path) -> None:
    store_file(written(tmp_path), tmp_path)
    with pytest.raises(CalendarError):
        store_file(written(tmp_path, "year: 2027\n"), tmp_path)
    assert Calendar.load(deployment_dir=tmp_path).published(date(2027, 1, 1))


def test_other_days_need_a_higher_revision(tmp_path: Path) -> None:
    store_file(written(tmp_path), tmp_path)
    other = GOOD.replace('["2026-12-27"]', '["2027-01-09"]')
    with pytest.raises(CalendarError) as caught:
        store_file(written(tmp_path, other), tmp_path)
    assert "needs a higher revision" in caught.value.detail.en
    store_file(written(tmp_path, other.replace("revision: 1", "revision: 2")), tmp_path)
    assert Calendar.load(deployment_dir=tmp_path).is_workday(date(2027, 1, 9))


def test_the_same_file_may_be_loaded_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert store_file(path, tmp_path) == store_file(path, tmp_path)


def test_the_highest_revision_of_a_year_is_in_force(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    newer = GOOD.replace("revision: 1", "revision: 3").replace('["2026-12-27"]', "[]")
    written(tmp_path / "calendars", newer, "a.yaml")
    written(tmp_path / "calendars", GOOD, "b.yaml")
    assert not Calendar.load(deployment_dir=tmp_path).is_workday(date(2026, 12, 27))


def test_a_broken_file_is_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    written(tmp_path / "calendars", "year: 2027\n")
    calendar = Calendar.load(deployment_dir=tmp_path)
    assert not calendar.published(date(2027, 1, 1))
    assert calendar.published(date(2026, 1, 1))
    assert calendar.problems[0].file.endswith("2027.yaml")


@pytest.mark.parametrize("name", ["nothing.yaml", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CalendarError):
        read_file(tmp_path / name)


def test_changes_name_the_days_that_would_differ(calendar: Calendar) -> None:
    found = changes(calendar, parse_year(GOOD.encode(), "2027.yaml"))
    assert [(each.day.isoformat(), each.before, each.after) for each in found] == [
        ("2026-12-27", False, True),
        ("2027-01-01", True, False),
    ]
    assert found[1].words.zh == "2027-01-01 原为上班，改为放假"
    assert found[0].words.en == "2026-12-27 was off, becomes worked"


def test_the_year_in_force_changes_nothing(calendar: Calendar) -> None:
    assert changes(calendar, calendar.years[-1]) == ()
