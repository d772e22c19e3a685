"""Addresses of the public pages with their query, empty parts left out."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def address(path: str, **query: str) -> str:
    """Return `path` with the parts of the query that are not empty."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


def home(region: str = "") -> str:
    """Return the address of the home of a region."""
    return address("/", region=region)


def board(name: str, **query: str) -> str:
    """Return the address of a board."""
    return address(f"/boards/{quote(name)}", **query)


def reviews(**query: str) -> str:
    """Return the address of published comments."""
    return address("/reviews", **query)


def review(mark: str) -> str:
    """Return the permalink of a published comment."""
    return f"/reviews/{quote(mark)}"


def useful(mark: str) -> str:
    """Return the address of votes for a published comment."""
    return f"{review(mark)}/useful"


def typical(**query: str) -> str:
    """Return the address of typical cases."""
    return address("/typical-cases", **query)


def typical_case(public_id: str) -> str:
    """Return the permalink of a typical case."""
    return f"/typical-cases/{quote(public_id)}"


def case(public_id: str) -> str:
    """Return the address of a case's page."""
    return f"/cases/{quote(public_id)}"


def method(name: str = "") -> str:
    """Return the address of the method page, at a figure's definition."""
    return f"/method#{quote(name)}" if name else "/method"
