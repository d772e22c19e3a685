"""Paper forms: piles of up to twenty, keyed by two people, settled, each row answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access.principals import Principal, Scope, allowed
from haochaping.access.roles import ROLE_PERMISSIONS
from haochaping.attachments.media import PDF
from haochaping.catalog import places
from haochaping.channels import paper, scans
from haochaping.channels.paper import DIFFERS, DONE, FIRST, SECOND, Batch, NewBatch, PaperBook
from haochaping.channels.scans import BadScan
from haochaping.journal import Event
from haochaping.web import formats, guard
from haochaping.web.console import paper_file, paper_rows, reach
from haochaping.web.console.paper_rows import Became, Keying, Row, Totals
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, language, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("paper", "haochaping.web")
HERE: Final = "/console/paper"
PERMISSION: Final = paper_rows.PERMISSION
WAIT: Final = "wait"
"""Stage of somebody who must leave the next step to another person."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOADS: Final = frozenset({"paper.attach", "paper.take_file"})


@dataclass(frozen=True, slots=True)
class Pile:
    """A batch in the list: what is next, and whether who looks may do it."""

    id: int
    number: str
    begun: str
    sheets: int
    state: str
    mine: bool


@dataclass(frozen=True, slots=True)
class PilesPage:
    """The piles that need work, and the form of a new one."""

    piles: tuple[Pile, ...]
    sheets: str = ""
    faults: tuple[FieldFault, ...] = ()
    lines: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A pile at its stage; `codes` lists the reasons by grade for looking them up."""

    id: int
    number: str
    stage: str
    sheets: int
    rows: tuple[Row, ...]
    codes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    scans: tuple[tuple[int, str], ...] = ()
    answered: tuple[Row, ...] = ()
    totals: Totals | None = None
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def piles() -> str:
    """Show the piles that need work."""
    return render_template("console/paper_piles.html", page=_piles())


@route(pages, HERE, methods=("POST",))
def begin() -> Response:
    """Begin a pile of so many sheets."""
    sheets = paper_rows.folded(request.form.get("sheets", ""))[:3]
    if not (sheets.isascii() and sheets.isdigit() and 1 <= int(sheets) <= paper.SHEETS_MAX):
        fault = FieldFault("sheets", _("请点清这一叠有几张，填 1 至 20；更多请分成几叠"))
        page = replace(_piles(), sheets=sheets, faults=(fault,))
        return make_response(render_template("console/paper_piles.html", page=page), 422)
    with site().store.write() as conn:
        place, who = _place(conn, principal()), principal().account_id
        paths = (place.region_path, place.organization_path)
        new = NewBatch(*paths, int(sheets), who, place.hall_id)
        batch_id = _book().begin(conn, new, site().clock.now())
    return make_response(redirect(f"{HERE}/{batch_id}", 303))


@route(pages, f"{HERE}/<int:batch_id>")
def show(batch_id: int) -> str:
    """Show a pile at its stage."""
    return _render(_page(_batch(batch_id)))


@route(pages, f"{HERE}/<int:batch_id>", methods=("POST",))
def take(batch_id: int) -> Response:
    """Take a stage in and show the next; what was typed always comes back."""
    batch = _batch(batch_id)
    if request.form.get("stage") != batch.state:
        raise paper.NotNow
    step = _STEPS.get(batch.state)
    if step is None:
        raise paper.NotNow
    return step(batch)


@route(pages, f"{HERE}/<int:batch_id>/scans", methods=("POST",))
def attach(batch_id: int) -> Response:
    """Attach scans: pictures are written anew and sealed."""
    batch = _batch(batch_id)
    uploads = [one for one in request.files.getlist("scans") if one.filename]
    try:
        cleaned = [scans.cleaned(one.read()) for one in uploads]
    except BadScan as problem:
        page = replace(_page(batch), faults=(FieldFault("scans", words(problem.detail)),))
        return make_response(_render(page), 422)
    with site().store.write() as conn:
        for one in cleaned:
            known = paper.find(conn, batch_id) or batch
            _book().attach(conn, known, one, site().clock.now())
    return make_response(redirect(f"{HERE}/{batch_id}", 303))


@route(pages, f"{HERE}/<int:batch_id>/scans/<int:scan_id>")
def scan(batch_id: int, scan_id: int) -> Response:
    """Give a scan."""
    batch = _batch(batch_id)
    with site().store.read() as conn:
        found = _book().scan(conn, batch, scan_id)
    if found is None:
        raise NotFound
    response = Response(found.content, mimetype=found.media)
    response.headers["Cache-Control"] = "no-store"
    if found.media == PDF:
        response.headers["Content-Disposition"] = f'attachment; filename="scan-{scan_id}.pdf"'
    return response


@route(pages, f"{HERE}/template.xlsx")
def template() -> Response:
    """Give the XLSX form that clerks without this page fill in."""
    response = Response(paper_file.template(language()), mimetype=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="paper.xlsx"'
    return response


@route(pages, f"{HERE}/file", methods=("POST",))
def take_file() -> Response:
    """Take a filled-in XLSX form; each line has its own answer, sent again it changes nothing."""
    upload = request.files.get("file")
    try:
        lines = paper_file.lines(upload)
    except paper_file.Unreadable as problem:
        page = replace(_piles(), faults=(FieldFault("file", words(problem.detail)),))
        return make_response(render_template("console/paper_piles.html", page=page), 422)
    answered = tuple(_taken(row) for row in lines)
    faults = tuple(
        FieldFault("lines", _("第 %(n)s 行：%(reason)s", n=row.number, reason=row.reason))
        for row in answered
        if not row.done
    )
    page = replace(_piles(), lines=answered, faults=faults)
    status = 422 if faults else 200
    return make_response(render_template("console/paper_piles.html", page=page), status)


@pages.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body from paper clerks where files are handed in; from nobody else."""
    if endpoint not in UPLOADS:
        return
    guard.find_session()
    who: Principal | None = g.get("principal")
    if who is not None and who.may(PERMISSION):
        request.max_content_length = 4 * scans.SCAN_BYTES


def _taken(row: Row) -> Row:
    if row.reason:
        return replace(row, became=Became.REFUSED)
    answered = paper_rows.handed_in(row, paper_file.key_of(row))
    _note(answered, {"by": principal().account_id, "file": 1})
    return answered


def _first(batch: Batch) -> Response:
    if principal().account_id != batch.first_by:
        raise paper.NotYours
    keyed = paper_rows.read(request.form, "a", batch.sheets)
    faults = tuple(_first_faults(keyed))
    if faults:
        rows = tuple(Row(n, one) for n, one in enumerate(keyed, 1))
        return make_response(_render(replace(_page(batch), rows=rows, faults=faults)), 422)
    with site().store.write() as conn:
        _book().key_first(conn, batch, [paper_rows.kept(one) for one in keyed])
    return make_response(redirect(f"{HERE}/{batch.id}", 303))


def _first_faults(keyed: Sequence[Keying]) -> list[FieldFault]:
    """Return what is missing: as many sheets as were counted, each with number and grade."""
    typed = sum(not one.empty for one in keyed)
    if typed != len(keyed):
        said = _("点清的是 %(said)s 张，录了 %(n)s 张，请核对", said=len(keyed), n=typed)
        empty = next(n for n, one in enumerate(keyed, 1) if one.empty)
        return [FieldFault(f"a{empty}-ref", said)]
    faults = [
        FieldFault(f"a{n}-ref", _("第 %(n)s 行缺少短码或办件编号", n=n))
        for n, one in enumerate(keyed, 1)
        if not one.ref
    ]
    return faults + [
        FieldFault(f"a{n}-grade", _("第 %(n)s 行的等级应为 1 至 5", n=n))
        for n, one in enumerate(keyed, 1)
        if paper_rows.folded(one.grade) not in {"1", "2", "3", "4", "5"}
    ]


def _second(batch: Batch) -> Response:
    keyed = paper_rows.read(request.form, "b", batch.sheets)
    with site().store.write() as conn:
        _book().key_second(
            conn, batch, [paper_rows.kept(one) for one in keyed], principal().account_id
        )
        rows = _open_rows(conn, batch)
    return _answered(batch, [paper_rows.compared(row) for row in rows], None)


def _settle(batch: Batch) -> Response:
    if not batch.may_settle(principal().account_id):
        raise paper.NotYours
    with site().store.read() as conn:
        rows = _open_rows(conn, batch)
    settled = paper_rows.read(request.form, "c", batch.sheets)
    chosen = [_chosen(row, settled[row.number - 1]) for row in rows]
    return _answered(batch, chosen, principal().account_id)


def _chosen(row: Row, keyed: Keying) -> Row:
    """Return a row as it was settled: left out, put right, or still open."""
    if request.form.get(f"c{row.number}-drop"):
        return replace(row, became=Became.DROPPED)
    if keyed.empty:
        return paper_rows.compared(row)
    final = replace(keyed, text=keyed.text or row.first.text)
    return replace(row, second=final)


def _answered(batch: Batch, rows: Sequence[Row], settled_by: int | None) -> Response:
    answered = [_handed_in(batch, row) for row in rows]
    with site().store.write() as conn:
        for row in answered:
            if row.done and row.became is not None:
                grade = int(paper_rows.folded(row.second.grade) or 0) if row.rating else None
                _book().answer(conn, batch, row.number, row.became.value, grade)
        _book().close_if_answered(conn, batch, settled_by, site().clock.now())
    for row in answered:
        told = {"first_by": batch.first_by, "by": principal().account_id, "batch": batch.id}
        _note(row, told)
    page = replace(_page(_batch(batch.id)), answered=tuple(answered))
    left = {row.number: row for row in answered if not row.done}
    rows_left = tuple(left.get(row.number, row) for row in page.rows)
    page = replace(page, rows=rows_left, faults=tuple(_fault(row) for row in left.values()))
    return make_response(_render(page), 422 if left else 200)


def _handed_in(batch: Batch, row: Row) -> Row:
    if row.became is not None:
        return row
    return paper_rows.handed_in(row, f"batch:{batch.id}:{row.number}")


def _note(row: Row, told: Mapping[str, Any]) -> None:
    """Journal who entered a rating."""
    key = row.rating
    if key is None:
        return
    subject = f"evaluation:{key.region}:{key.served_month}:{key.id}"
    with site().store.write() as conn:
        event = Event("rating.entered", subject, dict(told), key.region)
        site().journal.emit(conn, event, site().clock.now())


def _fault(row: Row) -> FieldFault:
    field = row.differs[0] if row.differs else "ref"
    said = _(
        "第 %(n)s 行%(outcome)s：%(reason)s", n=row.number, outcome=row.outcome, reason=row.reason
    )
    return FieldFault(f"c{row.number}-{field}", said)


def _open_rows(conn: Connection, batch: Batch) -> list[Row]:
    return [
        Row(one.no, paper_rows.keying(one.first), paper_rows.keying(one.second))
        for one in _book().sheets(conn, batch)
        if not one.outcome
    ]


def _page(batch: Batch) -> BatchPage:
    stage = _stage(batch)
    with site().store.read() as conn:
        sheets = _book().sheets(conn, batch) if batch.state in (DIFFERS, DONE) else ()
        open_rows = _open_rows(conn, batch) if stage == DIFFERS else []
        pictures = paper.scan_list(conn, batch.id)
    blank = [Row(n, Keying()) for n in range(1, batch.sheets + 1)] if stage != DIFFERS else []
    outcomes = [one.outcome or Became.DIFFERS.value for one in sheets]
    return BatchPage(
        id=batch.id,
        number=_number(batch),
        stage=stage,
        sheets=batch.sheets,
        rows=tuple(blank or (paper_rows.compared(row) for row in open_rows)),
        codes=paper_rows.codes(),
        scans=pictures,
        totals=paper_rows.totals(outcomes, [one.grade for one in sheets]) if sheets else None,
    )


def _stage(batch: Batch) -> str:
    """Return what who looks can do now."""
    account_id = principal().account_id
    mine = {
        FIRST: account_id == batch.first_by,
        SECOND: batch.may_key_second(account_id),
        DIFFERS: batch.may_settle(account_id),
        DONE: True,
    }
    return batch.state if mine[batch.state] else f"{WAIT}-{batch.state}"


def _batch(batch_id: int) -> Batch:
    """Return a pile of one's own place. Raises NotFound."""
    with site().store.read() as conn:
        found = paper.find(conn, batch_id) if batch_id < 2**63 else None
    if found is None or not _reaches(found):
        raise NotFound
    return found


def _reaches(batch: Batch) -> bool:
    scope = Scope(batch.region_path, batch.organization_path, batch.hall_id)
    return allowed(principal(), PERMISSION, scope)


def _place(conn: Connection, who: Principal) -> Scope:
    """Return the place that somebody's right to key forms holds in."""
    held = next(one for one in who.grants if PERMISSION in ROLE_PERMISSIONS.get(one.role, ()))
    if held.hall_id is None:
        return Scope(held.region_path, held.organization_path)
    hall = reach.scope_of(places.of_subject(conn, "hall", held.hall_id))
    return hall or Scope(hall_id=held.hall_id)


def _piles() -> PilesPage:
    with site().store.read() as conn:
        found = [one for one in paper.unfinished(conn) if _reaches(one)]
    return PilesPage(tuple(_pile(one) for one in found))


def _pile(batch: Batch) -> Pile:
    stage = _stage(batch)
    return Pile(
        id=batch.id,
        number=_number(batch),
        begun=formats.moment(batch.created_at),
        sheets=batch.sheets,
        state=_(_NEXT[batch.state]),
        mine=not stage.startswith(WAIT),
    )


def _number(batch: Batch) -> str:
    """Return a pile's number as it is written on it: the last six digits of its id."""
    return f"{batch.id % 1_000_000:06d}"


def _book() -> PaperBook:
    return PaperBook(site().keyring)


def _render(page: BatchPage) -> str:
    return render_template("console/paper.html", page=page)


_STEPS: Final[Mapping[str, Callable[[Batch], Response]]] = MappingProxyType(
    {FIRST: _first, SECOND: _second, DIFFERS: _settle}
)
_NEXT: Final[Mapping[str, str]] = MappingProxyType(paper_rows.NEXT)
