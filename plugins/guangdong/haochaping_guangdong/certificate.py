"""Certificates of honours as PDF: who, what for, by which figures; only of published periods."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from haochaping.doors import periods, printing, published, subjects
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.grading import Award
from haochaping.hooks.values import Period, Subject, Words
from haochaping.problems import Problem

if TYPE_CHECKING:
    from haochaping_guangdong.plugin import Guangdong

KINDS: Final = ("window", "staff")
READ: Final = "appraisal.read"


class NoCertificate(Problem):
    """There is no such honour in a published period, or not for this account to print."""

    code = "HCP-NO-CERTIFICATE"
    status = 404
    title = Words("没有这项已公布的表彰", "There is no such published honour")


def page(plugin: Guangdong, request: PageRequest) -> PageResponse:
    """Answer the certificate of `kind` and `id` for `period`. Raises NoCertificate."""
    kind, number = request.query.get("kind", ""), request.query.get("id", "")
    if kind not in KINDS or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NoCertificate
    period = periods.parse(request.query.get("period", ""))
    with plugin.services.records.transaction() as conn:
        subject, award, unit = _honour(conn, period, kind, int(number))
    may = request.account_id is not None and plugin.services.accounts.may(
        request.account_id, READ, unit
    )
    if not may:
        raise NoCertificate
    return PageResponse(
        body=printing.of_html(document(period, subject, award)), content_type="application/pdf"
    )


def document(period: Period, subject: Subject, award: Award) -> str:
    """Return the certificate as HTML: A4 across, fonts for Chinese, no address to fetch."""
    stars = "★" * award.level
    words = [period.name, subject.name.zh, award.name.zh, stars, award.reason.zh]
    when, who, what, level, why = (html.escape(each) for each in words)
    return _PAGE.format(when=when, who=who, what=what, level=level, why=why)


def _honour(conn: Connection, period: Period, kind: str, number: int) -> tuple[Subject, Award, int]:
    """Return the subject, its first honour that stands, and its unit."""
    honours = published.honours(conn, period, kind, number)
    named = subjects.names(conn, kind, [number]).get(number)
    unit = subjects.units_of(conn, kind, [number]).get(number)
    if not honours or named is None or unit is None:
        raise NoCertificate
    return named, honours[0], unit


_PAGE: Final = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><style>
@page {{ size: A4 landscape; margin: 18mm; }}
body {{ font-family: "Noto Serif CJK SC", "Noto Sans CJK SC", "FangSong", serif; text-align: center;
  border: 3pt double #8a1c1c; padding: 18mm 14mm; color: #222; }}
h1 {{ font-size: 40pt; letter-spacing: .3em; color: #8a1c1c; margin: 0 0 10mm; }}
.who {{ font-size: 26pt; margin: 4mm 0; }} .what {{ font-size: 22pt; margin: 4mm 0; }}
.level {{ color: #b8860b; font-size: 20pt; }}
.why {{ font-size: 11pt; color: #444; margin-top: 12mm; }}
</style><title>{what}</title></head><body><h1>荣誉证书</h1>
<p class="who">{who}</p><p class="what">{when} {what}</p><p class="level">{level}</p>
<p class="why">评定依据：{why}</p></body></html>"""
