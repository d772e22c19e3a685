"""Working-day calendar and due moments."""

from haochaping.worktime.calendar import Calendar
from haochaping.worktime.deadlines import Deadline, Due, DueLine
from haochaping.worktime.remaining import Band, Remaining
from haochaping.worktime.years import CalendarError, YearCalendar

__all__ = [
    "Band",
    "Calendar",
    "CalendarError",
    "Deadline",
    "Due",
    "DueLine",
    "Remaining",
    "YearCalendar",
]
