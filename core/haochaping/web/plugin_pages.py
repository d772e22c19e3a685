"""Pages and API resources that plugins add, under the policy that each names.

Public pages lie at `/x/<plugin>` (posts to them are limited by address), all others at
`/console/x/<plugin>`, resources at `/api/v1/x/<plugin>`; a plugin's static files at
`/static/x/<plugin>`. A plugin's templates lie in its `templates` folder, in a folder of its
own name; those of the console extend `console/plugin.html`, public ones `public/base.html`.
A page that fails is counted and answered in words: a plugin's fault is never shown as a
traceback and touches no other page. One that fails again and again is not called for a while:
its visitors are told so at once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import Any, Final

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)

from haochaping.access.policies import PUBLIC, Policy, policy_named
from haochaping.access.principals import Principal
from haochaping.attachments.media import FileRefused
from haochaping.containment import Result
from haochaping.evaluation.photos import drawn
from haochaping.evaluation.retouching import PhotoLimits
from haochaping.hooks.deployment import ApiResource, Page, PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping.plugins import Hooks, LoadedPlugin
from haochaping.plugins.contributed import LeftOut
from haochaping.plugins.references import load
from haochaping.problems import Problem
from haochaping.web import csrf, guard, limits, visitors
from haochaping.web.i18n import language
from haochaping.web.public.blueprint import surroundings
from haochaping.web.site import site

API: Final = "/api/v1/x"
CONSOLE: Final = "/console/x"
OPEN: Final = "/x"
PHOTOS: Final = "photos"
"""The field in which pages take photos."""

logger = logging.getLogger("haochaping.web")
_NOT_YOURS: Final = Words(
    "这不是您操作造成的，已经记录下来。请稍后重试；如果一直这样，请把下面的编号告诉管理人员。",
    "You did nothing wrong, and the fault has been recorded. Please try again later; if it goes on,"
    " tell the administrators the number below.",
)


class PluginPageFailed(Problem):
    """A page or resource of a plugin failed; the log knows more under the request's number."""

    code = "HCP-PLUGIN-PAGE"
    status = 500
    title = Words("这个页面出错了", "Something went wrong on this page")


class PluginPageLeftOut(Problem):
    """A page or resource of a plugin failed so often that it is not called for a while."""

    code = "HCP-PLUGIN-PAGE-LEFT-OUT"
    status = 503
    title = Words("这个页面暂时打不开", "This page is closed for a moment")


def install(app: Flask, hooks: Hooks) -> None:
    """Register the pages and resources of all plugins."""
    pages = hooks.contributions("web_pages")
    resources = hooks.contributions("api_resources")
    for loaded in hooks.plugins:
        _install(app, loaded, [page for name, page in pages if name == loaded.name])
        _install_api(app, loaded, [one for name, one in resources if name == loaded.name])


def _install(app: Flask, loaded: LoadedPlugin, pages: Iterable[Page]) -> None:
    blueprint = Blueprint(
        f"x_{loaded.name}",
        loaded.package,
        template_folder="templates",
        static_folder="static",
        static_url_path=f"/static{OPEN}/{loaded.name}",
    )
    blueprint.context_processor(surroundings)
    guard.policies(app)[f"{blueprint.name}.static"] = PUBLIC
    most = {}
    for page in pages:
        base = OPEN if page.policy == "public" else CONSOLE
        at = _add(app, blueprint, page, f"{base}/{loaded.name}{page.rule}", _view(loaded, page))
        most[at] = page.photos
    _take_larger(blueprint, most)
    app.register_blueprint(blueprint)


def _install_api(app: Flask, loaded: LoadedPlugin, resources: Iterable[ApiResource]) -> None:
    blueprint = Blueprint(f"x_{loaded.name}_api", loaded.package)
    for one in resources:
        _add(app, blueprint, one, f"{API}/{loaded.name}{one.rule}", _view(loaded, one))
    app.register_blueprint(blueprint)
    csrf.exempt(app, blueprint)


def _add(
    app: Flask,
    blueprint: Blueprint,
    page: Page | ApiResource,
    rule: str,
    view: Callable[..., Response],
) -> str:
    """Add a page and return its endpoint."""
    # a public page and one of the console may have the same rule
    audience = ["public"] if page.policy == "public" else []
    endpoint = "-".join([*audience, *page.methods, page.rule]).replace(".", "-")
    policy: Policy = policy_named(page.policy)
    guard.policies(app)[f"{blueprint.name}.{endpoint}"] = policy
    blueprint.add_url_rule(rule, endpoint, view, methods=list(page.methods))
    return f"{blueprint.name}.{endpoint}"


def _view(loaded: LoadedPlugin, page: Page | ApiResource) -> Callable[..., Response]:
    kind = "web_pages" if isinstance(page, Page) else "api_resources"
    name = f"{kind} {page.rule}"

    def view(**path: Any) -> Response:
        if isinstance(page, Page) and page.policy == "public" and request.method == "POST":
            limits.spend(limits.PLUGIN_FORM)
        asked = _request(path, loaded.name, page)
        called = site().hooks.contributed.call(
            loaded.name, name, lambda: _response(load(page.view)(loaded.plugin, asked))
        )
        answer = called.value or _failed(loaded.name, called)
        return visitors.remember(answer) if asked.network else answer

    return view


def _failed(plugin: str, called: Result[Response]) -> Response:
    """Raise what the plugin refused; anything else is a fault: count it and say so."""
    if isinstance(called.error, Problem):
        raise called.error
    if isinstance(called.error, LeftOut):
        raise _left_out(plugin, called.error)
    logger.error("page %s of plugin %s failed: %s", called.what, plugin, called.trace)
    raise PluginPageFailed(_NOT_YOURS, plugin=plugin)


def _left_out(plugin: str, why: LeftOut) -> PluginPageLeftOut:
    seconds = ceil(why.left)
    zh = f"约 {seconds} 秒" if seconds < 60 else "约 1 分钟"
    en = f"about {seconds} seconds" if seconds < 60 else "about a minute"
    return PluginPageLeftOut(
        Words(
            f"它连续出错，先停一会儿。请{zh}后再点“重试”。评价、查询和其他页面不受影响。",
            f"It failed several times in a row and is paused. Please try again in {en}."
            " Ratings and all other pages work as usual.",
        ),
        plugin=plugin,
        retry_after=seconds,
    )


def _request(path: dict[str, Any], plugin: str, page: Page | ApiResource) -> PageRequest:
    who: Principal | None = g.get("principal")
    taken = page.photos if isinstance(page, Page) and request.method == "POST" else 0
    photos, refusal = _photos(taken)
    told = isinstance(page, Page) and page.policy == "public" and "POST" in page.methods
    return PageRequest(
        method=request.method,
        path={name: str(value) for name, value in path.items()},
        query=request.args.to_dict(),
        form=_body() if request.is_json else request.form.to_dict(),
        language=language(),
        account_id=None if who is None else who.account_id,
        account_name="" if who is None else who.name,
        base_url=site().settings.base_url.rstrip("/"),
        visitor=visitors.visitor(plugin) if told else "",
        network=visitors.network(plugin) if told else "",
        photos=photos,
        photo_refusal=refusal,
    )


def _photos(most: int) -> tuple[tuple[bytes, ...], Words | None]:
    """Return the photos of a post drawn anew, or why they are not taken."""
    sent = [one for one in request.files.getlist(PHOTOS) if one.filename] if most else []
    limits = PhotoLimits(most)
    if len(sent) > most:
        return (), limits.words
    try:
        return drawn([one.read(limits.bytes_max + 1) for one in sent], limits), None
    except FileRefused as refusal:
        return (), refusal.detail


def _take_larger(blueprint: Blueprint, most: Mapping[str, int]) -> None:
    """Let posts to pages that take photos be so much larger; before anything reads them."""

    @blueprint.url_value_preprocessor
    def larger(endpoint: str | None, values: dict[str, Any] | None) -> None:
        taken = most.get(endpoint or "", 0)
        if taken and request.method == "POST":
            plain = int(current_app.config["MAX_CONTENT_LENGTH"])
            request.max_content_length = plain + taken * PhotoLimits(taken).bytes_max


def _body() -> dict[str, str]:
    """Return the fields of a JSON body; what is no text stays JSON."""
    body = request.get_json(silent=True)
    fields = body.items() if isinstance(body, dict) else ()
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in fields}


def _response(answer: PageResponse) -> Response:
    if answer.redirect:
        return make_response(redirect(answer.redirect, 303))
    if answer.template:
        return make_response(
            render_template(answer.template, **(answer.values or {})), answer.status
        )
    return Response(answer.body, answer.status, content_type=answer.content_type)
