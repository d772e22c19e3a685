"""The region that a public page shows: where it lies and what can be chosen below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import request
from sqlalchemy import Connection

from haochaping.catalog import regions
from haochaping.catalog.regions import Region
from haochaping.disclosure.boards import UnknownRegion
from haochaping.hooks.values import Words
from haochaping.web.i18n import words
from haochaping.web.public.contexts import Link, Option, Where
from haochaping.web.site import site

Address = Callable[[str], str]


def asked(conn: Connection) -> Region | None:
    """Return the region that the query names, None for everything. Raises UnknownRegion."""
    code = request.args.get("region", "").strip()
    if not code:
        return None
    found = regions.find(conn, code)
    if found is None:
        raise UnknownRegion(
            Words(f"没有代码为“{code[:20]}”的地区", f"No region has the code “{code[:20]}”")
        )
    return found


def counted(region: Region) -> str:
    """Return the code that figures of a region are kept under: a town's are its county's."""
    return region.county or region.code


def where(conn: Connection, region: Region | None, to: Address) -> Where:
    """Return the place of a page; `to` makes the address of the same page for another region."""
    top, below = _tree(conn, region)
    offered = tuple(Option(one.code, words(one.name)) for one in below)
    if region is None:
        return Where("", top, below=offered)
    crumbs = [Link(top, to(""))]
    above = [(words(one.name), one.code) for one in _above(conn, region)]
    crumbs += [Link(name, to(code)) for name, code in above if name != top]
    return Where(region.code, words(region.name), tuple(crumbs), offered)


def _tree(conn: Connection, region: Region | None) -> tuple[str, Sequence[Region]]:
    """Return the name of the whole and the regions below, as far as figures tell them apart."""
    top = words(site().profile.jurisdiction.name)
    if region is not None:
        return top, _distinct(regions.children(conn, region.code))
    roots = regions.roots(conn)
    below = regions.children(conn, roots[0].code) if len(roots) == 1 else roots
    return top, _distinct(below)


def _above(conn: Connection, region: Region) -> list[Region]:
    codes = region.path.strip("/").split("/")[:-1]
    return [found for code in codes if (found := regions.find(conn, code)) is not None]


def _distinct(found: Sequence[Region]) -> Sequence[Region]:
    return [one for one in found if one.county in ("", one.code)]
