"""The pages of moderators and units: look at words, reply, nominate, admit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.problems import Problem
from haochaping_shanghai import award
from haochaping_shanghai.award import NOMINATE
from haochaping_shanghai.forms import whole
from haochaping_shanghai.problems import REFUSALS, NoSuchReview, NotNow
from haochaping_shanghai.reviews import STATES

if TYPE_CHECKING:
    from haochaping_shanghai.plugin import Shanghai

HERE: Final = "/console/x/shanghai"
_RING: Final = 10
"""From how many reviews of one subject out of one network people should look."""


def moderate(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show the words that wait to be looked at, and decide."""
    return _page(plugin, request, "moderate")


def photo(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Give a photo of a review to a moderator; the journal keeps who looked."""
    if request.account_id is None:
        raise NoSuchReview
    number, which = whole(request.path["review"]), whole(request.path["number"])
    data = plugin.reviews.photo(number, which, request.account_id)
    return PageResponse(body=data, content_type="image/jpeg")


def answer(plugin: Shanghai, request: PageRequest) -> PageResponse:
    """Show the reviews of one's units without a reply, and reply; nominate for the award."""
    return _page(plugin, request, "answer")


def _page(plugin: Shanghai, request: PageRequest, name: str) -> PageResponse:
    account = request.account_id
    if account is None:
        raise NoSuchReview
    refusal: Problem | None = None
    if request.method == "POST":
        try:
            step = _STEPS[name].get(request.form.get("action", ""))
            if step is None:
                raise NotNow
            step(plugin, account, request.form)
        except REFUSALS as found:
            refusal = found
        else:
            return PageResponse(redirect=f"{HERE}/{name}?done=1")
    values = {
        **_FILL[name](plugin, account),
        "states": STATES,
        "award_states": award.STATES,
        "typed": request.form if refusal is not None else {},
        "done": request.query.get("done", ""),
        "refusal": None if refusal is None else refusal.detail,
        "here": HERE,
    }
    status = 200 if refusal is None else refusal.status
    return PageResponse(f"shanghai/{name}.html", values, status=status)


def _moderating(plugin: Shanghai, account: int) -> dict[str, object]:
    waiting = plugin.reviews.waiting(account)
    return {
        "reviews": waiting,
        "photos": plugin.reviews.photos_of(waiting),
        "rings": plugin.reviews.rings(_RING),
        "nominations": plugin.award.of_year(_year(plugin), public=False),
    }


def _answering(plugin: Shanghai, account: int) -> dict[str, object]:
    return {
        "reviews": plugin.reviews.to_answer(account),
        "units": plugin.services.catalog.organizations(account, NOMINATE),
    }


def _ticked(form: Mapping[str, str]) -> list[int]:
    """Return the ids of the photos that are to be published."""
    return [whole(name.removeprefix("photo_")) for name in form if name.startswith("photo_")]


def _year(plugin: Shanghai) -> int:
    return plugin.services.now().astimezone(plugin.services.worktime.zone).year


Step = Callable[["Shanghai", int, Mapping[str, str]], object]

_STEPS: Final[Mapping[str, Mapping[str, Step]]] = {
    "moderate": {
        "show": lambda plugin, who, form: plugin.reviews.decide(
            whole(form.get("review", "")), who, show=True, reason="", photos=_ticked(form)
        ),
        "hide": lambda plugin, who, form: plugin.reviews.decide(
            whole(form.get("review", "")), who, show=False, reason=form.get("reason", "").strip()
        ),
        "open": lambda plugin, who, form: plugin.award.decide(
            whole(form.get("nomination", "")), who, award.OPEN
        ),
        "refuse": lambda plugin, who, form: plugin.award.decide(
            whole(form.get("nomination", "")), who, award.REFUSED
        ),
        "close": lambda plugin, who, form: plugin.award.decide(
            whole(form.get("nomination", "")), who, award.CLOSED
        ),
    },
    "answer": {
        "reply": lambda plugin, who, form: plugin.reviews.reply(
            whole(form.get("review", "")), who, form.get("reply", "")
        ),
        "nominate": lambda plugin, who, form: plugin.award.nominate(
            form.get("title", ""), form.get("text", ""), whole(form.get("organization", "")), who
        ),
    },
}
_FILL: Final[Mapping[str, Callable[[Shanghai, int], dict[str, object]]]] = {
    "moderate": _moderating,
    "answer": _answering,
}
