"""Importing files in the console: CSV and XLSX, templates, what was refused.

Only who holds the permission in the whole deployment imports: a file may name any unit.
Refused lines are kept in the deployment's `data/rejects`, each for its importer alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, render_template, request, send_file
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage

from haochaping.access import accounts
from haochaping.access.account_rows import ACCOUNTS
from haochaping.access.principals import Principal
from haochaping.catalog import importing
from haochaping.catalog.importing import ImportContext, ImportJob, Kind, Report, UnreadableFile
from haochaping.catalog.outcomes import Outcome, refused
from haochaping.hooks.values import Words
from haochaping.ids import random_code
from haochaping.journal import Event
from haochaping.problems import Problem
from haochaping.web import guard
from haochaping.web.console import reach
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, language, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("imports", "haochaping.web")
HERE: Final = "/console/import"
UPLOAD_BYTES: Final = 64 * 1024 * 1024
"""Largest file taken in the console; larger ones go by the command line."""
READ_BYTES: Final = 1024 * 1024
"""How much of an upload lies in memory while it is read; files go to the disk."""
CATALOG, OF_ACCOUNTS = "catalog.import", "account.import"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_REJECTS: Final = re.compile(r"[a-z_]{1,40}-[0-9A-Z]{12}\.csv")


class ImportBounded(Problem):
    """A file may name any unit, so only an unbounded permission imports."""

    code = "HCP-IMPORT-BOUNDED"
    status = 403
    title = Words(
        "导入会涉及所有地区和机构，您的权限只限于一部分，请由全域管理员导入",
        "A file may name any region and unit: who imports needs the permission everywhere",
    )


@dataclass(frozen=True, slots=True)
class KindCard:
    """A kind that may be imported."""

    name: str
    title: str
    href: str
    template: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind, as the page explains it."""

    title: str
    required: bool
    example: str
    note: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The form of a kind, and what became of a file."""

    card: KindCard
    columns: tuple[Column, ...]
    most: int
    report: Report | None = None
    refused: tuple[tuple[int, str], ...] = ()
    rejects: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, f"{HERE}/<kind>")
def form(kind: str) -> str:
    """Show how a kind is imported."""
    return render_template("console/import.html", page=_page(_permitted(kind)))


@route(pages, f"{HERE}/<kind>", methods=("POST",))
def take(kind: str) -> Response:
    """Store the good lines of a file; every bad one is named with its reason."""
    chosen = _permitted(kind)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _again(chosen, FieldFault("file", _("请选择 CSV 或 XLSX 文件")))
    try:
        report = _run(chosen, upload)
    except UnreadableFile as problem:
        return _again(chosen, FieldFault("file", words(problem.detail)))
    _note(chosen, report)
    page = replace(
        _page(chosen),
        report=report,
        refused=tuple((line.number, words(line.reason)) for line in report.first_refused),
        rejects=_address(kind, report),
    )
    return make_response(render_template("console/import.html", page=page))


@route(pages, f"{HERE}/<kind>/template.xlsx", "template")
def template(kind: str) -> Response:
    """Give the XLSX template of a kind."""
    content = importing.template(_permitted(kind), language())
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


@route(pages, f"{HERE}/<kind>/rejects/<name>")
def rejects(kind: str, name: str) -> Response:
    """Give the refused lines of one's own import."""
    _permitted(kind)
    path = _folder(principal()) / name
    if not _REJECTS.fullmatch(name) or not name.startswith(f"{kind}-") or not path.is_file():
        raise NotFound()
    return send_file(path.absolute(), "text/csv", as_attachment=True, download_name=name)


def offered() -> tuple[KindCard, ...]:
    """Return the kinds that who is signed in may import."""
    return tuple(_card(kind) for kind in _kinds().values() if reach.everywhere(_needs(kind)))


@pages.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body from those who may import; from nobody else."""
    if endpoint != "imports.take":
        return
    guard.find_session()
    who: Principal | None = g.get("principal")
    if who is not None and (who.may(CATALOG) or who.may(OF_ACCOUNTS)):
        request.max_content_length = UPLOAD_BYTES
        request.max_form_memory_size = READ_BYTES


def _permitted(name: str) -> Kind:
    """Return a kind that may be imported. Raises NotFound, ImportBounded, Forbidden."""
    kind = _kinds().get(name)
    if kind is None or not principal().may(_needs(kind)):
        raise NotFound()
    if not reach.everywhere(_needs(kind)):
        raise ImportBounded()
    return kind


def _kinds() -> dict[str, Kind]:
    hooks = site().hooks
    added = (
        importing.contributed(hooks.plugin(name).plugin, spec)
        for name, spec in hooks.contributions("import_kinds")
    )
    return {**importing.registered(), **{kind.name: kind for kind in added}}


def _needs(kind: Kind) -> str:
    return OF_ACCOUNTS if kind.name == ACCOUNTS.name else CATALOG


def _run(kind: Kind, upload: FileStorage) -> Report:
    folder = _folder(principal())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{kind.name}-{random_code(12)}.csv"
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / _plain_name(upload.filename or "")
        upload.save(path)
        job = ImportJob(site().store.write, _guarded(kind), path, _context(), target, language())
        return importing.run(job)


def _plain_name(name: str) -> str:
    """Return a name to speak of the file by; where it lies depends on nothing uploaded."""
    plain = re.sub(r"[^\w.（）()-]", "_", name.replace("\\", "/").rpartition("/")[2])
    return plain.lstrip(".")[-80:] or "file"


def _guarded(kind: Kind) -> Kind:
    """Return the kind; nobody gives themselves a role by a file."""
    if kind.name != ACCOUNTS.name:
        return kind
    own = _own_login()

    def save(
        conn: Connection, context: ImportContext, drafts: Sequence[Any], last: bool
    ) -> list[Outcome]:
        return [
            _OWN if accounts.folded(one.login) == own else kind.save(conn, context, [one], last)[0]
            for one in drafts
        ]

    return replace(kind, save=save)


_OWN: Final = refused("不能给自己授予角色", "Nobody grants roles to themselves")


def _own_login() -> str:
    with site().store.read() as conn:
        return accounts.load(conn, principal().account_id).login


def _context() -> ImportContext:
    deployment = site()
    return ImportContext(
        clock=deployment.clock,
        emit=deployment.journal.emit,
        emit_many=deployment.journal.emit_many,
        person_sink=lambda conn, person: deployment.vault.remember(
            conn, person, person.region, deployment.clock.now()
        ),
        case_pattern=deployment.profile.rules.channels.case_number_pattern,
        zone=deployment.zone,
        deployment=deployment,
    )


def _note(kind: Kind, report: Report) -> None:
    """Journal who imported what; for accounts this stands beside the events of each line."""
    counts = {name: getattr(report, name) for name in ("created", "updated", "refused")}
    told = {"by": principal().account_id, **counts}
    deployment = site()
    with deployment.store.write() as conn:
        event = Event("catalog.imported", f"import:{kind.name}", told)
        deployment.journal.emit(conn, event, deployment.clock.now())


def _address(kind: str, report: Report) -> str:
    """Return where one's refused lines are; a run that another began keeps them for that one."""
    if report.rejects is None or report.rejects.parent != _folder(principal()).absolute():
        return ""
    return f"{HERE}/{kind}/rejects/{report.rejects.name}"


def _folder(who: Principal) -> Path:
    return site().home / "data" / "rejects" / str(who.account_id)


def _card(kind: Kind) -> KindCard:
    here = f"{HERE}/{kind.name}"
    return KindCard(kind.name, words(kind.title), here, f"{here}/template.xlsx")


def _page(kind: Kind, *faults: FieldFault) -> ImportPage:
    columns = tuple(
        Column(words(one.title), one.required, one.example, words(one.note)) for one in kind.columns
    )
    return ImportPage(_card(kind), columns, UPLOAD_BYTES >> 20, faults=faults)


def _again(kind: Kind, fault: FieldFault) -> Response:
    return make_response(render_template("console/import.html", page=_page(kind, fault)), 422)
