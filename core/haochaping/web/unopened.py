"""What is answered while the deployment cannot be opened: words, and never a stack trace.

Nothing of the deployment is known then, neither its name nor its profile, so the page says what
holds everywhere. Why it cannot be opened stands in the log, and is told nobody who asks from
outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from haochaping.hooks.values import Words
from haochaping.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RETRY_SECONDS: Final = 5
_PAGE: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>暂时无法使用</title></head>
<body><main>
<h1>暂时无法使用</h1>
<p>系统正在维护。刚才的评价如果没有看到回执，就还没有收到。您还可以这样评价：</p>
<ul><li>过一会儿再扫同一个二维码，或再打开同一个链接</li>
<li>拨打 12345 政务服务便民热线</li><li>到大厅服务台填写纸质评价表</li></ul>
<div lang="en"><h2>Not available at the moment</h2>
<p>The system is being maintained. A rating without a receipt has not been received. Please open the
same link again later, call 12345, or fill in a paper form at the hall.</p></div>
</main></body></html>
"""


class Unavailable(Problem):
    """The deployment cannot be opened at the moment; the log says why."""

    code = "HCP-UNAVAILABLE"
    status = 503
    title = Words(
        "暂时无法使用，请稍后用同一个幂等键再试",
        "Not available at the moment: please try again later with the same idempotency key",
    )


def answer(
    error: Exception, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a request of a process that cannot open its deployment because of `error`.

    `/healthz` is answered as ever: the process lives, and a restart would mend nothing.
    """
    path = str(environ.get("PATH_INFO", ""))
    code = error.code if isinstance(error, Problem) else "HCP-UNEXPECTED"
    if path == "/healthz":
        return _send(start_response, "200 OK", "application/json", json.dumps({"status": "ok"}))
    if path == "/readyz":
        told = {"status": "unavailable", "failed": ["deployment"], "code": code}
        return _away(start_response, "application/json", json.dumps(told))
    if path.startswith("/api/") or "json" in str(environ.get("HTTP_ACCEPT", "")):
        told = Unavailable().document(_language(environ))
        return _away(start_response, "application/problem+json", json.dumps(told))
    return _away(start_response, "text/html; charset=utf-8", _PAGE)


def _language(environ: WSGIEnvironment) -> str:
    """Return which of the two languages that there are at all times a program would rather have."""
    asked = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE"), LanguageAccept)
    wanted = (tag.partition("-")[0].lower() for tag in asked.values())
    return next((language for language in wanted if language in ("zh", "en")), "zh")


def _away(start_response: StartResponse, media: str, body: str) -> Iterable[bytes]:
    return _send(start_response, "503 Service Unavailable", media, body)


def _send(start_response: StartResponse, status: str, media: str, body: str) -> Iterable[bytes]:
    content = body.encode()
    headers = [
        ("Content-Type", media),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if not status.startswith("200"):
        headers.append(("Retry-After", str(RETRY_SECONDS)))
    start_response(status, headers)
    return [content]
