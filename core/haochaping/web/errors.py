"""Errors as people and machines want them: a page in words, or an RFC 9457 document."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web import i18n
from haochaping.web.i18n import _
from haochaping.web.requestlog import request_id

RETRY_SECONDS: Final = 5
PROBLEM_JSON: Final = "application/problem+json"

logger = logging.getLogger("haochaping.web")


class BadRequest(Problem):
    """A request that cannot be read."""

    code = "HCP-BAD-REQUEST"
    title = Words("请求的内容无法读取", "The request cannot be read")


class NotFound(Problem):
    """No such page, or nothing that this visitor may know of."""

    code = "HCP-NOT-FOUND"
    status = 404
    title = Words("没有找到这个页面", "Page not found")


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    code = "HCP-METHOD"
    status = 405
    title = Words("这个地址不支持这种操作", "This address does not support that method")


class TooLarge(Problem):
    """A body over the limit."""

    code = "HCP-TOO-LARGE"
    status = 413
    title = Words("提交的内容超过大小限制", "The request is too large")


class Unexpected(Problem):
    """A fault of ours; the log knows more under the request's number."""

    code = "HCP-UNEXPECTED"
    status = 500
    title = Words("系统出了问题，请稍后再试", "Something went wrong here: please try again later")


_BY_STATUS: Final = {
    403: NotFound,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    500: Unexpected,
}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the error page shows; `staff` gives it the frame of the console."""

    title: str
    detail: str
    code: str
    request_id: str
    retry: bool = False
    other_ways: tuple[str, ...] = ()
    staff: bool = False


def answer(problem: Problem) -> Response:
    """Return a problem as a page or a document, whichever the client reads."""
    document = problem.document(i18n.language())
    if problem.status >= 500:
        g.pop("principal", None)  # the frame must not ask the database that may be away
    if wants_document():
        response = jsonify({**document, "request_id": request_id()})
        response.content_type = PROBLEM_JSON
    else:
        response = make_response(render_template("error.html", error=page(problem)))
    response.status_code = problem.status
    retry_after = problem.fields.get("retry_after") or (problem.status == 503 and RETRY_SECONDS)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def page(problem: Problem) -> ErrorPage:
    """Return the error page of a problem."""
    away = problem.status == 503
    return ErrorPage(
        title=i18n.words(problem.title),
        detail=i18n.words(problem.detail) if problem.detail != problem.title else _detail(problem),
        code=problem.code,
        request_id=request_id(),
        retry=away or problem.status in (429, 500),
        other_ways=other_ways() if away and "plugin" not in problem.fields else (),
        staff=in_console(),
    )


def in_console() -> bool:
    """Say whether the address asked for is one of the console."""
    return f"{request.path}/".startswith("/console/")


def other_ways() -> tuple[str, ...]:
    """Return the other ways to rate, for when this one is closed."""
    return (
        _("过一会儿再扫同一个二维码，或再打开同一个链接"),
        _("拨打 12345 政务服务便民热线"),
        _("到大厅服务台填写纸质评价表"),
    )


def wants_document() -> bool:
    """Say whether the client reads JSON rather than a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM_JSON])
    return best in ("application/json", PROBLEM_JSON)


def install(app: Flask) -> None:
    """Answer problems, HTTP errors and faults of ours."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _fault)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_response().data, error.code or 500, dict(error.get_headers()))
    g.unreadable = error.code in (400, 413)  # the body must not be read again for this answer
    return answer(_BY_STATUS.get(error.code, BadRequest)())


def _fault(error: InternalServerError) -> Response:
    cause = error.original_exception
    logger.error(
        "request %s endpoint %s failed", request_id(), request.endpoint, exc_info=cause or error
    )
    return answer(Unexpected())


def _detail(problem: Problem) -> str:
    if problem.status == 503:
        return _("这次评价还没有保存。您可以稍等片刻再试。")
    if problem.status == 404 and in_console():
        return _(
            "内容可能已经移走，或者不在您的管理范围内。可以从菜单重新找，需要权限请联系管理员。"
        )
    if problem.status == 404:
        return _("链接可能不完整，或者已经过期。请核对后再试。")
    return ""
