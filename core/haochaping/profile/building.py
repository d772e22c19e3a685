"""From checked data to typed rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from haochaping.hooks.rectification import PlanStep, Rung
from haochaping.hooks.values import Duration, Unit, Words
from haochaping.profile import exchanging, following_up
from haochaping.profile import rules as r
from haochaping.profile.indicators import trees

Data = Mapping[str, Any]
Cite = Callable[[str], str]
"""Names the document behind a dotted path, empty when none is stated."""


def build_rules(data: Data, cite: Cite) -> r.Rules:
    """Return the rules of a profile whose data have passed all checks."""
    editions = trees(data["indicators"])
    return r.Rules(
        languages=r.LanguageRules(
            data["languages"]["default"],
            tuple(data["languages"]["offered"]),
            {code: _review(one) for code, one in data["languages"].get("reviewed", {}).items()},
        ),
        calendar=_calendar(data["calendar"]),
        channels=_channels(data["channels"]),
        scale=r.ScaleRules(
            data["scale"]["version"],
            data["scale"]["option_list"],
            tuple(data["scale"]["bad_grades"]),
        ),
        forms=r.FormRules(**data["forms"]),
        indicators=editions[0].core,
        editions=editions,
        formulas=formula_rules(data["formulas"]),
        rectification=_rectification(data["rectification"], cite),
        disclosure=_disclosure(data["disclosure"]),
        access=_access(data["access"]),
        privacy=_privacy(data["privacy"]),
        uplink=exchanging.uplink_rules(data.get("uplink", {}), words),
    )


def jurisdiction(data: Data) -> r.Jurisdiction:
    """Return whose rules the data are."""
    return r.Jurisdiction(data["jurisdiction"]["code"], words(data["jurisdiction"]["name"]))


def words(value: str | Data) -> Words:
    """Return a text written plain or by language."""
    if isinstance(value, str):
        return Words(value)
    return Words(value["zh"], value.get("en", ""))


def duration(value: Data) -> Duration:
    """Return a duration `{count, unit}`."""
    return Duration(value["count"], Unit(value["unit"]))


def clock_time(value: str) -> time:
    """Return a time of day written `HH:MM`."""
    hour, minute = value.split(":")
    return time(int(hour), int(minute))


def _calendar(data: Data) -> r.CalendarRules:
    hours = tuple((clock_time(a), clock_time(b)) for a, b in data["working_hours"])
    return r.CalendarRules(data["time_zone"], hours, data["horizon_warning_days"])


def _review(data: Data) -> r.Review:
    return r.Review(data["by"], date.fromisoformat(str(data["on"])), data["digest"])


def _channels(data: Data) -> r.ChannelRules:
    device = data["device"]
    return r.ChannelRules(
        enabled=tuple(data["enabled"]),
        link_valid_days=data["link_valid_days"],
        change_within=duration(data["change_within"]),
        accepted_identity=tuple(data["accepted_identity"]),
        accepted_rater_roles=tuple(data["accepted_rater_roles"]),
        device=_device(device),
        case_number_pattern=data["case_number_pattern"],
        follow_up_days=data["follow_up_days"],
        reinvite=_reinvite(data["reinvite"]) if data.get("reinvite") else None,
        default_rating=_default_rating(data.get("default_rating")),
        sms=_sms(data["sms"]),
        hotline=r.HotlineRules(**data["hotline"]),
        comprehensive=r.ComprehensiveRules(**data["comprehensive"]),
        wire=_wire(data["wire"]),
    )


def _device(data: Data) -> r.DeviceRules:
    keypad = r.KeypadRules(**{**data["keypad"], "grades": tuple(data["keypad"]["grades"])})
    return r.DeviceRules(**{**data, "fields": tuple(data["fields"]), "keypad": keypad})


def _sms(data: Data) -> r.SmsRules:
    first, last = data["hours"]
    hours = (clock_time(first), clock_time(last))
    return r.SmsRules(**{**data, "after": tuple(data["after"]), "hours": hours})


def _wire(data: Data) -> r.WireRules:
    tables = {name: MappingProxyType(dict(data[name])) for name in _CODE_TABLES}
    return r.WireRules(dialect=data["dialect"], **tables)


_CODE_TABLES = ("channels", "applicants", "certificates")


def formula_rules(data: Data) -> r.FormulaRules:
    """Return the named formulas of checked data."""
    ratios = {name: _ratio(name, each) for name, each in data.items() if "over" in each}
    scores = {name: _score(name, each) for name, each in data.items() if "weights" in each}
    return r.FormulaRules(MappingProxyType(ratios), MappingProxyType(scores))


def _ratio(name: str, data: Data) -> r.RatioFormula:
    over, under = sum_terms(data["over"]), sum_terms(data["under"])
    return r.RatioFormula(name, over, under, data.get("rounding", "half_up"), data.get("places", 4))


def sum_terms(text: str) -> tuple[str, ...]:
    """Return the names that a sum such as `grade5 + grade4` adds up."""
    return tuple(term.strip() for term in text.split("+"))


def _score(name: str, data: Data) -> r.ScoreFormula:
    weights = {int(grade): Decimal(str(weight)) for grade, weight in data["weights"].items()}
    return r.ScoreFormula(
        name,
        MappingProxyType(weights),
        data.get("rounding", "half_up"),
        data.get("places", 3),
    )


def _rectification(data: Data, cite: Cite) -> r.RectificationRules:
    deadlines = {name: _deadline(name, each, cite) for name, each in data["deadlines"].items()}
    return r.RectificationRules(
        deadlines=MappingProxyType(deadlines),
        warnings=tuple(_rung(each) for each in data["warnings"]),
        release_delay=r.ReleaseDelay(**data["release_delay"]),
        reopen_within=duration(data["reopen_within"]),
        reopen_limit=data["reopen_limit"],
        visits=tuple(following_up.visit(each) for each in data["visits"]),
        visiting=following_up.visit_rules(data.get("visiting", {})),
        handling=following_up.handling_rules(data.get("handling", {})),
        appeals=following_up.appeal_rules(data.get("appeals", {})),
    )


def _deadline(name: str, data: Data, cite: Cite) -> Mapping[str, PlanStep]:
    """Return the step of each complexity; one rule for both stands under both."""
    path = f"rectification.deadlines.{name}"
    if "count" in data:
        return MappingProxyType(dict.fromkeys(r.COMPLEXITIES, _step(name, data, cite(path))))
    steps = {key: _step(name, each, cite(f"{path}.{key}")) for key, each in data.items()}
    return MappingProxyType(steps)


def _step(name: str, data: Data, source: str) -> PlanStep:
    return PlanStep(
        kind=name,
        duration=duration(data),
        start=data.get("start", "opened"),
        cut_off=data.get("cut_off", "24:00"),
        holiday_end=data.get("holiday_end", "next_workday"),
        source=source,
    )


def _rung(data: Data) -> Rung:
    return Rung(
        level=data["level"],
        deadline=data["deadline"],
        offset=duration(data["before"] if "before" in data else data["after"]),
        before="before" in data,
        to=data["to"],
        gateways=tuple(data.get("gateways", ("inbox",))),
        text=words(data["text"]) if "text" in data else None,
    )


def _disclosure(data: Data) -> r.DisclosureRules:
    withheld = tuple(r.Withheld(each["field"], words(each["reason"])) for each in data["withheld"])
    made = {"withheld", "open_data", "footer", "timetable", "useful"}
    plain = {key: value for key, value in data.items() if key not in made}
    floor = Decimal(str(plain.pop("coverage_floor", 0)))
    taken = data["open_data"]
    return r.DisclosureRules(
        **plain,
        withheld=withheld,
        open_data=r.OpenDataRules(
            words(taken["licence"]), taken["licence_url"], taken["rows_at_once"]
        ),
        footer=words(data["footer"]),
        coverage_floor=floor,
        timetable=tuple(_timed(each) for each in data.get("timetable", ())),
        useful=r.UsefulRules(**data.get("useful", {})),
    )


def _timed(data: Data) -> r.Timed:
    outlet, month = words(data["outlet"]), data.get("month", 1)
    return r.Timed(data["what"], outlet, data["every"], data["day"], month)


def _access(data: Data) -> r.AccessRules:
    return r.AccessRules(
        second_factor=r.SecondFactor(tuple(data["second_factor"]["roles"])),
        idle_minutes=data["idle_minutes"],
        lockout=r.Lockout(**data["lockout"]),
        contact=data["contact"],
    )


def _privacy(data: Data) -> r.PrivacyRules:
    return r.PrivacyRules(
        words(data["controller"]),
        words(data["contact"]),
        MappingProxyType(dict(data["keep_days"])),
    )


def _reinvite(data: Data) -> r.ReinviteRules:
    first, last = data["hours"]
    return r.ReinviteRules(duration(data["after"]), (clock_time(first), clock_time(last)))


def _default_rating(data: Data | None) -> r.DefaultRatingRules | None:
    return r.DefaultRatingRules(duration(data["after"]), data["grade"]) if data else None
