"""The baseline of the home: a Flask view that answers fixed HTML with its digest."""

from __future__ import annotations

import os

from flask import Flask, Response, request

application = Flask(__name__)
BODY = b"<!doctype html>".ljust(int(os.environ.get("LENGTH", "10000")), b"x")


@application.get("/")
def home() -> Response:
    """Answer the page, or that it has not changed."""
    response = Response(BODY, mimetype="text/html")
    response.add_etag()
    response.make_conditional(request)
    return response
