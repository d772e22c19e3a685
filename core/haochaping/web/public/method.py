"""`/method`: how figures are made, from which rules, what is withheld and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from flask import Response

from haochaping import publications
from haochaping.disclosure import method as content
from haochaping.hooks.values import Grade
from haochaping.indicators import scale
from haochaping.profile import explaining, vocabulary
from haochaping.web import formats, timetable
from haochaping.web.i18n import _, words
from haochaping.web.public import answers, sealing
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import (
    Definition,
    Link,
    MethodPage,
    Origin,
    Rule,
    SealLine,
    TimetableLine,
)
from haochaping.web.routes import route
from haochaping.web.site import site

TOLD: Final = (
    "rectification.deadlines",
    "rectification.reopen",
    "rectification.visits",
)
"""Rules of rectification that the public reads; who is warned inside is left out."""
TONES: Final = {"in_force": "good", "superseded": "warn", "example": "warn", "assumption": "warn"}


@route(public, "/method")
def method() -> Response:
    """Show definitions and rules, each with its source and how sure that source is."""
    answers.look()
    with site().reading() as conn:
        seal = sealing.seal_line(conn)
        lines = tuple(_timed(line) for line in timetable.lines(conn))
    page = replace(_page(seal), timetable=lines)
    return answers.page("public/method.html", answers.QUIET_SECONDS, page=page)


def _timed(line: publications.Line) -> TimetableLine:
    place = f"disclosure.timetable.{line.place}"
    return TimetableLine(
        what=Link(timetable.what(line.timed), line.href),
        outlet=words(line.timed.outlet),
        rule=timetable.rule(line.timed),
        newest=timetable.newest(line.newest),
        due=formats.day(line.due),
        overdue=timetable.late(line),
        origin=_origin(content.origin(site().profile, place)),
    )


def _page(seal: SealLine | None) -> MethodPage:
    profile = site().profile
    found = content.method(profile, site().disclosing.formulas)
    bad = profile.rules.scale.bad_grades
    return MethodPage(
        figures=tuple(_definition(each) for each in found.figures),
        grades=tuple(
            (int(grade), words(scale.label(Grade(grade))), grade in bad) for grade in scale.GRADES
        ),
        grades_origin=_origin(content.origin(profile, "scale")),
        publishing=tuple(Rule(words(each.text), _origin(each.origin)) for each in found.statements),
        withheld=tuple(
            (
                words(vocabulary.say(vocabulary.CHOICES, each.field)),
                words(each.reason),
                _origin(each.origin),
            )
            for each in found.withheld
        ),
        rectification=tuple(_rectification()),
        calendar=tuple(_calendar()),
        calendar_version=site().calendar.version,
        layers=tuple(layer.name for layer in profile.layers),
        digest=found.digest,
        seal=seal,
    )


def _definition(each: content.Definition) -> Definition:
    return Definition(
        name=each.name,
        label=words(each.label),
        formula=words(each.definition),
        rounding=words(each.rounding),
        origin=_origin(each.origin),
    )


def _rectification() -> Iterator[Rule]:
    profile = site().profile
    sections = (one for one in explaining.explain(profile) if one.key == "rectification")
    for sentence in (each for section in sections for each in section.sentences):
        if sentence.key.startswith(TOLD):
            yield Rule(words(sentence.words), _origin(content.origin(profile, sentence.key)))


def _calendar() -> Iterator[Rule]:
    for year in site().calendar.years:
        origin = Origin(
            " ".join((year.document, year.number, formats.day(year.published))).strip(),
            words(content.STATUSES["in_force"]),
            TONES["in_force"],
            "",
        )
        yield Rule(_("%(year)s 年放假和调休安排", year=year.year), origin)


def _origin(found: content.Origin | None) -> Origin | None:
    if found is None:
        return None
    told = " · ".join(filter(None, (found.document, found.number, found.date, words(found.level))))
    status = next((key for key, each in content.STATUSES.items() if each == found.status), "")
    return Origin(told, words(found.status), TONES.get(status, ""), words(found.note))
