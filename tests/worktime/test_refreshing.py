"""New calendar files are in force within seconds, in every process, without a new start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haochaping.hooks.values import Unit
from haochaping.worktime import Calendar, Deadline
from haochaping.worktime.calendar import LOOK_EVERY

NOW = datetime(2026, 12, 28, 2, tzinfo=UTC)
WEEK = Deadline(10, Unit.WORKDAY)
YEAR = """\
year: 2027
revision: 1
document: 国务院办公厅关于2027年部分节假日安排的通知
number: 国办发明电〔2026〕7号
published: "2026-12-01"
holidays:
  - {name: {zh: 元旦, en: New Year}, first: "2027-01-01", last: "2027-01-03"}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "calendars").mkdir()
    return tmp_path


def test_a_year_that_comes_is_in_force_at_the_next_look(home: Path) -> None:
    calendar = Calendar.load(deployment_dir=home)
    hall = calendar.with_hours(calendar.rules.working_hours)
    assert not calendar.refresh(NOW)
    before = calendar.due(NOW, WEEK)
    assert before.provisional
    version = calendar.version
    (home / "calendars" / "2027.yaml").write_text(YEAR, encoding="utf-8")
    assert not calendar.refresh(NOW + LOOK_EVERY / 2)
    assert calendar.refresh(NOW + LOOK_EVERY)
    after = calendar.due(NOW, WEEK)
    assert not after.provisional
    assert calendar.version != version
    assert calendar.with_hours(calendar.rules.working_hours).due(NOW, WEEK).day == after.day
    assert hall.due(NOW, WEEK).provisional
    assert not calendar.refresh(NOW + 3 * LOOK_EVERY)


def test_a_broken_file_is_told_and_changes_no_day(home: Path) -> None:
    calendar = Calendar.load(deployment_dir=home)
    due = calendar.due(NOW, WEEK).day
    (home / "calendars" / "2027.yaml").write_text("year: [", encoding="utf-8")
    assert calendar.refresh(NOW)
    assert calendar.problems
    assert calendar.due(NOW, WEEK).day == due
    (home / "calendars" / "2027.yaml").unlink()
    assert calendar.refresh(NOW + timedelta(minutes=1))
    assert not calendar.problems
