"""The inbox: what the system tells an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request

from haochaping.delivery import inbox
from haochaping.delivery.inbox import Entry
from haochaping.web.guard import principal
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("inbox", "haochaping.web")
HERE: Final = "/console/inbox"
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Messages, the latest first; `before` is the cursor of the next page."""

    entries: tuple[Entry, ...]
    unread: int
    before: int | None


@route(pages, HERE)
def listing() -> str:
    """Show one's messages."""
    account_id = principal().account_id
    before = request.args.get("before", type=int)
    with site().store.read() as conn:
        entries = inbox.listing(conn, account_id, before=before, limit=PAGE)
        unread = inbox.unread(conn, account_id)
    last = entries[-1].id if len(entries) == PAGE else None
    return render_template("console/inbox.html", page=InboxPage(entries, unread, last))


@route(pages, f"{HERE}/<int:entry_id>/open", methods=("POST",))
def open_entry(entry_id: int) -> Response:
    """Mark a message as read and go to what it is about."""
    account_id = principal().account_id
    with site().store.write() as conn:
        inbox.mark_read(conn, account_id, site().clock.now(), [entry_id])
        found = inbox.listing(conn, account_id, before=entry_id + 1, limit=1)
    link = found[0].link if found and found[0].id == entry_id else ""
    inside = link.startswith("/") and not link.startswith("//")
    return make_response(redirect(link if inside else HERE, 303))


@route(pages, f"{HERE}/read", methods=("POST",))
def read_all() -> Response:
    """Mark all messages as read."""
    with site().store.write() as conn:
        inbox.mark_read(conn, principal().account_id, site().clock.now())
    return make_response(redirect(HERE, 303))
