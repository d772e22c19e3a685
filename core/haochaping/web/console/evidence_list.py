"""The evidence about a case as its page lists it, and for which sides one may add some."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.attachments.files import Attachment
from haochaping.attachments.media import NAMES
from haochaping.ids import random_code
from haochaping.rectification import evidence
from haochaping.web import formats
from haochaping.web.console.case_work import Names
from haochaping.web.console.sight import Sight
from haochaping.web.i18n import _, words
from haochaping.web.site import site

_KB = 1024
KEY_SIGNS = 16


@dataclass(frozen=True, slots=True)
class File:
    """A file in the list; `href` is empty once it was destroyed."""

    name: str
    side: str
    who: str
    when: str
    size: str
    href: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about a case; `sides` (value and words) for which one may hand in."""

    files: tuple[File, ...]
    sides: tuple[tuple[str, str], ...]
    limits: str
    accept: str
    key: str


def build(conn: Connection, seen: Sight, names: Names) -> Evidence | None:
    """Return the list for whoever looks, None when there is nothing to show or to do."""
    context, case = site().rectification, seen.case
    found = evidence.of(conn, site().vault, case)
    sides = evidence.sides_of(context, case, seen.actor)
    if not found and not sides:
        return None
    limits = evidence.limits(context.rules.handling.evidence)
    return Evidence(
        files=tuple(_file(one, case.public_id, names) for one in found),
        sides=tuple((side, words(evidence.SIDES[side])) for side in sides),
        limits=words(limits.words),
        accept=",".join(limits.media),
        key=random_code(KEY_SIGNS),
    )


def _file(one: Attachment, public_id: str, names: Names) -> File:
    """Return a file's line; of the rater's only a number and the day are told."""
    rated = one.side == evidence.RATER
    named = _("评价人的文件 %(n)s", n=one.no) if rated and not one.gone else one.name
    kilobytes = formats.number(max(1, one.size // _KB))
    return File(
        name=named or _("已按期限销毁"),
        side=words(evidence.SIDES[one.side]),
        who="" if rated else names.account(one.account_id),
        when=formats.day(one.at) if rated else formats.moment(one.at),
        size=f"{NAMES[one.media]} {kilobytes} KB",
        href="" if one.gone else f"/console/cases/{public_id}/evidence/{one.side}/{one.no}",
    )
