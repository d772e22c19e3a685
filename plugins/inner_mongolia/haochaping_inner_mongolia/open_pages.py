"""The listed person's own page: why, until when, and the appeal, by the code of a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping_inner_mongolia.pages import STATES
from haochaping_inner_mongolia.problems import Incomplete, NotInThatState
from haochaping_inner_mongolia.states import LISTED

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia

_NOBODY = Words(
    "没有查到：请核对回执编号；只有身份已核验的评价人才可能被列入",
    "Nothing was found: check the code of the receipt; only verified raters can be listed",
)


def appeal(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Ask for a receipt; show its holder how their entry stands, and take in an appeal."""
    values: dict[str, Any] = {"hotline": _setting(plugin, "hotline", "12345"), "receipt": ""}
    if request.method != "POST":
        return PageResponse("inner_mongolia/appeal.html", values)
    receipt = request.form.get("receipt", "")[:64]
    rater = plugin.services.exclusion.of_receipt(receipt)
    found = None if rater is None else plugin.registry.of_person(rater.person_index)
    if rater is None or found is None:
        values |= {"receipt": receipt, "refusal": _NOBODY}
        return PageResponse("inner_mongolia/appeal.html", values, status=404)
    status = 200
    if "words" in request.form:
        try:
            plugin.registry.appeal_by_rater(rater.person_index, request.form["words"])
        except (Incomplete, NotInThatState) as refusal:
            values |= {"refusal": refusal.detail, "words": request.form["words"]}
            status = refusal.status
        else:
            values["done"] = True
            found = plugin.registry.of_person(rater.person_index) or found
    values |= {
        "receipt": receipt,
        "entry": found,
        "state": STATES[found.state],
        "basis": plugin.registry.legal_basis,
        "may": found.state == LISTED,
    }
    return PageResponse("inner_mongolia/appeal.html", values, status=status)


def _setting(plugin: InnerMongolia, name: str, usual: str) -> str:
    return str(plugin.config.get("registry", {}).get(name, usual))
