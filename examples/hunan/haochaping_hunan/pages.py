"""The console's page of calls."""

from __future__ import annotations

from haochaping import Plugin
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping_hunan.calls import RESULTS, made, waiting

HERE = "/console/x/hunan/calls"


def calls(plugin: Plugin, request: PageRequest) -> PageResponse:
    """Show the calls of the units that the account visits for; a post notes what one brought."""
    assert request.account_id is not None  # the page's policy asks for a permission
    units = plugin.services.catalog.organizations(request.account_id, "case.visit")
    listed = waiting(plugin.services, [unit.id for unit in units])
    if request.method == "POST":
        return _noted(plugin, request, {str(one.id) for one in listed})
    names = {unit.id: unit.name.into(request.language) for unit in units}
    results = [(name, words.into(request.language)) for name, words in RESULTS.items()]
    values = {"calls": listed, "names": names, "results": results, "done": "done" in request.query}
    return PageResponse("hunan/calls.html", values)


def _noted(plugin: Plugin, request: PageRequest, mine: set[str]) -> PageResponse:
    number, result = request.form.get("call", ""), request.form.get("result", "")
    if number in mine and result in RESULTS and request.account_id is not None:
        made(plugin.services, int(number), request.account_id, result)
        return PageResponse(redirect=f"{HERE}?done=1")
    return PageResponse(redirect=HERE)
