"""`/reviews/<mark>`: one published comment under its permalink, and votes for it.

The page is kept by caches and the same for everybody; who wants to vote goes on to a page
of its own, which knows the browser. Both work without a script.
"""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.ballots import NoVote
from haochaping.disclosure import reviews as published
from haochaping.disclosure import votes
from haochaping.disclosure.reviews import PublicReview
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web import limits, visitors
from haochaping.web.i18n import words
from haochaping.web.limits import Limit
from haochaping.web.public import addresses, answers, opinions
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Opinion, VotePage
from haochaping.web.routes import route
from haochaping.web.site import site

VOTE: Final = Limit("useful", per_minute=20, burst=40)
"""Votes of one address: a hall's visitors share one, a program casts more."""
TAKE_BACK: Final = "take_back"


class UnknownReview(Problem):
    """No comment was ever published under this address."""

    code = "HCP-UNKNOWN-REVIEW"
    status = 404
    title = Words("没有找到这条评价", "No comment has this address")


@route(public, "/reviews/<mark>")
def review(mark: str) -> Response:
    """Show a comment; of one that was taken down, why (410)."""
    answers.look()
    with site().reading() as conn:
        found = _found(conn, mark)
    return _gone(found) if found.gone else answers.page("public/review.html", page=_shown(found))


@route(public, "/reviews/<mark>/useful")
def useful(mark: str) -> Response:
    """Show the form of a vote to one browser; its cookie comes along."""
    answers.look()
    return _form(mark)


@route(public, "/reviews/<mark>/useful", methods=("POST",))
def vote(mark: str) -> Response:
    """Count a vote, or take it back; sent twice it is one."""
    limits.spend(VOTE)
    voter, at = visitors.voter(), site().clock.now()
    rules = site().profile.rules.disclosure.useful
    try:
        with site().store.write() as conn:
            if request.form.get("action") == TAKE_BACK:
                votes.take_back(conn, mark, voter.visitor)
            elif not votes.voted(conn, mark, voter.visitor):
                votes.cast(conn, mark, voter, rules, at)
    except NoVote as refusal:
        return _form(mark, refusal)
    return make_response(redirect(addresses.useful(mark), 303))


def _found(conn: Connection, mark: str) -> PublicReview:
    """Return the comment of a mark. Raises UnknownReview."""
    found = published.by_mark(conn, site().case_counts.notes, mark)
    if found is None:
        raise UnknownReview(
            Words(
                "网址可能不完整，或者评价还没有公开。",
                "The address may be incomplete, or the comment is not public yet.",
            )
        )
    return found


def _form(mark: str, refusal: NoVote | None = None) -> Response:
    with site().reading() as conn:
        found = _found(conn, mark)
        voted = votes.voted(conn, mark, visitors.voter().visitor)
    if found.gone:
        return _gone(found)
    why = words(refusal.detail) if refusal else ""
    page = VotePage(_shown(found), addresses.useful(mark), voted, why)
    status = refusal.status if refusal else 200
    response = make_response(render_template("public/useful.html", page=page), status)
    return visitors.remember(response, visitors.REVIEWS)


def _gone(found: PublicReview) -> Response:
    body = render_template("public/review.html", page=_shown(found))
    return answers.kept(make_response(body, 410), answers.LIVE_SECONDS)


def _shown(found: PublicReview) -> Opinion:
    return opinions.opinions([found])[0]
