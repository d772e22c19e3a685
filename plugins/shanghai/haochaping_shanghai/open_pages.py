"""The public pages: halls and items with their reviews, writing one, votes, the award."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.problems import Problem
from haochaping_shanghai import award
from haochaping_shanghai.forms import whole
from haochaping_shanghai.problems import REFUSALS, Incomplete, NoSuchPlace
from haochaping_shanghai.reviews import HALL, ITEM, ORDERS, STATES, Given, Review, Score, Wish
from haochaping_shanghai.votes import AWARD, USEFUL

if TYPE_CHECKING:
    from haochaping_shanghai.plugin import Shanghai

HERE: Final = "/x/shanghai"
DONE, TAKEN_BACK, TAKE_BACK = "1", "back", "take_back"
_NONE: Final = Score(0, None, None)


def listing(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show the halls and the most reviewed items with their stars."""
    halls = plugin.reviews.scores(HALL)
    items = plugin.reviews.scores(ITEM)
    names = plugin.services.catalog.names(ITEM, list(items))
    found = [(names[one], items[one]) for one in items if one in names]
    values = {
        "halls": [
            (one, halls.get(one.subject.id, _NONE)) for one in plugin.services.catalog.halls()
        ],
        "items": sorted(found, key=lambda pair: (-pair[1].n, pair[0].id))[:100],
        "here": HERE,
    }
    return PageResponse("shanghai/places.html", values)


def place(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show a hall or an item with its reviews; take a vote for one of them, or give it back."""
    kind, number = request.path["kind"], whole(request.path["number"])
    if request.method != "POST":
        return _place(plugin, request, kind, number)
    try:
        done = _vote(plugin, request, USEFUL, "review")
    except REFUSALS as refusal:
        return _place(plugin, request, kind, number, refusal)
    return PageResponse(redirect=f"{HERE}/{kind}/{number}?done={done}")


def write(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show the form of a review, and take one in."""
    if request.method != "POST":
        return _form(plugin, {"receipt": request.query.get("receipt", "")})
    form = request.form
    if request.photo_refusal is not None:
        return _form(plugin, form, Incomplete(request.photo_refusal))
    try:
        plugin.reviews.write(_given(request))
    except REFUSALS as refusal:
        return _form(plugin, form, refusal)
    return PageResponse("shanghai/own.html", _own(plugin, form["receipt"], done=True))


def photo(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Give a photo that a moderator let through, while its review is published."""
    data = plugin.reviews.public_photo(request.path["code"])
    return PageResponse(body=data, content_type="image/jpeg")


def own(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show one's own reviews to whoever holds the receipt; add to them, object."""
    if request.method != "POST":
        return PageResponse("shanghai/own.html", {"reviews": (), "receipt": "", "here": HERE})
    form = request.form
    number, text = whole(form.get("review", "")), form.get("text", "")
    receipt = form.get("receipt", "")
    try:
        step = _OWN.get(form.get("action", ""))
        if step is not None:
            step(plugin, receipt, number, text)
        values = _own(plugin, receipt, done=step is not None)
    except REFUSALS as refusal:
        values = {"reviews": (), "receipt": receipt, "here": HERE, "refusal": refusal.detail}
        return PageResponse("shanghai/own.html", values, status=refusal.status)
    return PageResponse("shanghai/own.html", values)


def awards(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show the nominations of the year; take a vote, or give it back."""
    now = plugin.services.now().astimezone(plugin.services.worktime.zone)
    year = whole(request.query.get("year", "")) or now.year
    refusal: Problem | None = None
    if request.method == "POST":
        try:
            done = _vote(plugin, request, AWARD, "nomination")
        except REFUSALS as found:
            refusal = found
        else:
            return PageResponse(redirect=f"{HERE}/awards?done={done}")
    nominations = plugin.award.of_year(year, public=True)
    values = {
        "year": year,
        "nominations": nominations,
        "mine": plugin.votes.mine(AWARD, [one.id for one in nominations], request.visitor),
        "states": award.STATES,
        "done": request.query.get("done", ""),
        "refusal": None if refusal is None else refusal.detail,
        "here": HERE,
    }
    return PageResponse("shanghai/awards.html", values, status=_status(refusal))


def _vote(plugin: Shanghai, request: PageRequest, kind: str, name: str) -> str:
    """Count a vote or take it back; return what was done. Raises NoVote."""
    target = whole(request.form.get(name, ""))
    if request.form.get("action") == TAKE_BACK:
        plugin.votes.take_back(kind, target, request.visitor)
        return TAKEN_BACK
    plugin.votes.cast(kind, target, request.visitor, request.network)
    return DONE


def _place(
    plugin: Shanghai,
    request: PageRequest,
    kind: str,
    number: int,
    refusal: Problem | None = None,
) -> PageResponse:
    found = plugin.services.catalog.names(kind, [number]) if kind in (HALL, ITEM) else {}
    if number not in found:
        raise NoSuchPlace
    wish = _wish(request.query)
    shown, more = plugin.reviews.shown(kind, number, wish)
    halls = {one.subject.id: one for one in plugin.services.catalog.halls()}
    values = {
        "kind": kind,
        "subject": found[number],
        "hall": halls.get(number) if kind == HALL else None,
        "score": plugin.reviews.scores(kind).get(number, _NONE),
        "reviews": shown,
        "mine": plugin.votes.mine(USEFUL, [one.id for one in shown], request.visitor),
        "more": more,
        "wish": wish,
        "orders": ORDERS,
        "tags": plugin.reviews.tags[kind],
        "tag_counts": plugin.reviews.tag_counts(kind, number),
        "progress": _progress(plugin, shown),
        "photos": plugin.reviews.photos(shown),
        "done": request.query.get("done", ""),
        "refusal": None if refusal is None else refusal.detail,
        "here": HERE,
    }
    return PageResponse("shanghai/place.html", values, status=_status(refusal))


def _form(
    plugin: Shanghai, typed: Mapping[str, str], refusal: Problem | None = None
) -> PageResponse:
    values = {
        "typed": typed,
        "tags": plugin.reviews.tags,
        "refusal": None if refusal is None else refusal.detail,
        "photos_most": plugin.photos_most,
        "here": HERE,
    }
    return PageResponse("shanghai/write.html", values, status=_status(refusal))


def _own(plugin: Shanghai, receipt: str, *, done: bool) -> dict[str, Any]:
    found = plugin.reviews.of_receipt(receipt)
    return {
        "reviews": found,
        "receipt": receipt,
        "states": STATES,
        "progress": _progress(plugin, found),
        "photos": plugin.reviews.photos(found),
        "done": done,
        "here": HERE,
    }


def _progress(plugin: Shanghai, found: tuple[Review, ...]) -> dict[int, Any]:
    return {
        one.id: plugin.services.cases.progress(one.case_public_id)
        for one in found
        if one.case_public_id
    }


def _given(request: PageRequest) -> Given:
    form = request.form
    kinds = [kind for kind in (HALL, ITEM) if form.get(f"{kind}_stars")]
    tags = {
        kind: tuple(
            name.removeprefix(f"{kind}_tag_") for name in form if name.startswith(f"{kind}_tag_")
        )
        for kind in kinds
    }
    return Given(
        receipt=form.get("receipt", ""),
        stars={kind: whole(form[f"{kind}_stars"]) for kind in kinds},
        tags=tags,
        text=form.get("text", "").strip(),
        visitor=request.visitor,
        network=request.network,
        photos=request.photos,
    )


def _wish(query: Mapping[str, str]) -> Wish:
    order, stars = query.get("order", ""), whole(query.get("stars", ""))
    return Wish(
        order=order if order in ORDERS else "newest",
        stars=stars if stars in range(1, 6) else 0,
        tag=query.get("tag", "")[:40],
        text=query.get("text", "").strip()[:40],
        page=min(max(1, whole(query.get("page", ""))), 500),
    )


def _status(refusal: Problem | None) -> int:
    return 200 if refusal is None else refusal.status


_OWN: Final[Mapping[str, Callable[[Shanghai, str, int, str], None]]] = {
    "add": lambda plugin, receipt, number, text: plugin.reviews.add(receipt, number, text),
    "object": lambda plugin, receipt, number, text: plugin.reviews.object(receipt, number, text),
}
