"""Paper forms: a grid of twenty, keyed twice, each row with its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from haochaping.indicators import scale
from haochaping.web import tokens
from haochaping.web.console import paper_rows
from haochaping.web.console.paper_rows import Keying, Row, Totals
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("paper", "haochaping.web")
HERE: Final = "/console/paper"

FIRST, SECOND, CORRECT, DONE = "first", "second", "correct", "done"
"""Stages of a batch: keyed once, keyed again, differences put right, everything answered."""


@dataclass(frozen=True, slots=True)
class PaperPage:
    """The grid at one stage; `codes` lists the reasons by grade for looking them up."""

    stage: str
    token: str
    rows: tuple[Row, ...]
    codes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    expected: str = ""
    answered: tuple[Row, ...] = ()
    totals: Totals | None = None
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def grid() -> str:
    """Show an empty grid."""
    token = tokens.mint(site().keyring, _subject())
    return _render(PaperPage(FIRST, token, _blank(), _codes()))


@route(pages, HERE, methods=("POST",))
def take() -> Response:
    """Take a stage in and show the next; what was typed always comes back."""
    token = request.form.get("token", "")
    batch = tokens.idempotency_key(site().keyring, _subject(), token)
    rows = paper_rows.read(request.form)
    if request.form.get("stage") == FIRST:
        return _after_first(rows, token)
    return _after_second(rows, token, batch)


def _after_first(rows: Sequence[Row], token: str) -> Response:
    expected = request.form.get("expected", "").strip()[:3]
    faults = tuple(_first_faults(rows, expected))
    if faults:
        shown = _filled(rows)
        page = PaperPage(FIRST, token, shown, _codes(), expected, faults=faults)
        return make_response(_render(page), 422)
    return make_response(_render(PaperPage(SECOND, token, tuple(rows), _codes(), expected)))


def _first_faults(rows: Sequence[Row], expected: str) -> list[FieldFault]:
    faults = [
        FieldFault(f"a{row.number}-ref", _("第 %(n)s 行缺少短码或办件编号", n=row.number))
        for row in rows
        if not row.first.ref
    ]
    faults += [
        FieldFault(f"a{row.number}-grade", _("第 %(n)s 行的等级应为 1 至 5", n=row.number))
        for row in rows
        if paper_rows.folded(row.first.grade) not in {"1", "2", "3", "4", "5"}
    ]
    if not rows:
        faults.append(FieldFault("a1-ref", _("还没有录入任何一张表")))
    elif expected and expected != str(len(rows)):
        said = _("写的是 %(said)s 张，录了 %(n)s 张，请核对", said=expected, n=len(rows))
        faults.append(FieldFault("expected", said))
    return faults


def _after_second(rows: Sequence[Row], token: str, batch: str) -> Response:
    seen = [paper_rows.compared(row) for row in rows]
    answered = [row if row.differs else paper_rows.handed_in(row, batch) for row in seen]
    left = tuple(row for row in answered if not row.done)
    page = PaperPage(
        stage=CORRECT if left else DONE,
        token=token,
        rows=left,
        codes=_codes(),
        answered=tuple(answered),
        totals=paper_rows.totals(answered),
        faults=tuple(_fault(row) for row in left),
    )
    return make_response(_render(page), 422 if left else 200)


def _fault(row: Row) -> FieldFault:
    field = row.differs[0] if row.differs else "ref"
    said = _(
        "第 %(n)s 行%(outcome)s：%(reason)s", n=row.number, outcome=row.outcome, reason=row.reason
    )
    return FieldFault(f"b{row.number}-{field}", said)


def _blank() -> tuple[Row, ...]:
    return tuple(Row(number, Keying()) for number in range(1, paper_rows.ROWS + 1))


def _filled(rows: Sequence[Row]) -> tuple[Row, ...]:
    known = {row.number: row for row in rows}
    return tuple(known.get(row.number, row) for row in _blank())


def _codes() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    options = site().intake.desk.rules.options
    return tuple(
        (
            f"{int(grade)} {words(scale.label(grade))}",
            tuple((one.code, words(one.label)) for one in options.of_grade(grade)),
        )
        for grade in reversed(scale.GRADES)
    )


def _subject() -> str:
    return f"paper:{principal().account_id}"


def _render(page: PaperPage) -> str:
    return render_template("console/paper.html", page=page)
