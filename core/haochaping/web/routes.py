"""How a page is added: one decorator, which insists on a row in the policy table.

    pages = Blueprint("public", __name__)

    @route(pages, "/boards/<name>")
    def board(name: str) -> str:
        return render_template("public/board.html", page=...)

The endpoint is `<blueprint>.<function>`; its policy is the row of that name in
`haochaping.access.policies.POLICIES`. A route without a row cannot be registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Blueprint

from haochaping.access import policies

View = TypeVar("View", bound=Callable[..., Any])


def route(
    blueprint: Blueprint,
    rule: str,
    endpoint: str = "",
    *,
    methods: Iterable[str] = ("GET",),
) -> Callable[[View], View]:
    """Register the decorated view under `rule`; `endpoint` defaults to its name.

    Raises LookupError when the policy table has no row for it.
    """

    def register(view: View) -> View:
        name = endpoint or view.__name__
        full = f"{blueprint.name}.{name}"
        if full not in policies.POLICIES:
            raise LookupError(f"{rule}: add a row {full!r} to haochaping.access.policies.POLICIES")
        blueprint.add_url_rule(rule, name, view, methods=list(methods))
        return view

    return register
