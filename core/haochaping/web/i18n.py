"""Languages of the pages: catalogues read from `.po` files, the reader's choice, `_()`.

Message ids are the Chinese texts. Every `*.po` file below a package's
`translations/<locale>/LC_MESSAGES` is merged, the core's first, then each plugin's;
nothing is compiled to disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from werkzeug.exceptions import HTTPException

from haochaping.hooks.values import Words
from haochaping.web.languages import LANGUAGES, Language, catalogue_files

SOURCE: Final = "zh_Hans_CN"
COOKIE: Final = "lang"
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class Catalogues:
    """The texts of one deployment in every language it offers."""

    def __init__(
        self, packages: Iterable[str], offered: Iterable[str], own: Path | None = None
    ) -> None:
        """Take the packages with texts, the languages on offer, and the deployment's own folder."""
        roots = roots_of(packages, own)
        self.offered = tuple(LANGUAGES[code] for code in offered if code in LANGUAGES)
        self._texts: dict[str, NullTranslations] = {
            language.code: load(roots, language.code) for language in self.offered
        }
        self.offered = tuple(self._named(language) for language in self.offered)

    @property
    def default(self) -> str:
        """The language of those who did not choose."""
        return self.offered[0].code if self.offered else SOURCE

    def texts(self, language: str) -> NullTranslations:
        """Return the texts of `language`, the Chinese ones where it is unknown."""
        return self._texts.get(language) or NullTranslations()

    def _named(self, language: Language) -> Language:
        """Return a language with its own name for itself, where its texts say it."""
        if not language.review:
            return language
        return replace(language, name=self.texts(language.code).ugettext(language.name))


def roots_of(packages: Iterable[str], own: Path | None = None) -> list[Traversable]:
    """Return the folders that hold catalogues: the packages' and the deployment's own."""
    roots: list[Traversable] = [files(package) / "translations" for package in packages]
    return roots if own is None else [*roots, own / "translations"]


def load(roots: Iterable[Traversable], language: str) -> NullTranslations:
    """Merge all catalogues of `language` below `roots`; an earlier root's text wins."""
    merged: Translations | None = None
    for po in (po for root in roots for po in catalogue_files(root, language)):
        texts = compile_po(po)
        if merged is None:
            merged = copy(texts)
        else:
            merged._catalog = {**texts._catalog, **merged._catalog}
    return merged or NullTranslations()


def compile_po(po: Traversable) -> Translations:
    """Compile one `.po` file in memory; the same texts are compiled once a process."""
    return _compiled(po.read_bytes())


@lru_cache(maxsize=256)
def _compiled(source: bytes) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source)))
    compiled.seek(0)
    return Translations(compiled)


def install(app: Flask, catalogues: Catalogues) -> None:
    """Give the application its catalogues and Jinja its `_()`, `ngettext()` and `words`."""
    app.extensions["haochaping.catalogues"] = catalogues
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _texts().ugettext(text),
        ngettext=lambda one, many, n: _texts().ungettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.filters["words"] = words


def catalogues() -> Catalogues:
    """Return the application's catalogues."""
    found: Catalogues = current_app.extensions["haochaping.catalogues"]
    return found


def language() -> str:
    """Return the language of this request; the default outside one."""
    if not has_app_context():
        return SOURCE
    if "language" not in g:
        g.language = chosen() if has_request_context() else catalogues().default
    found: str = g.language
    return found


def chosen() -> str:
    """Return what the reader asked for: `lang` of the request, cookie, browser, default."""
    offered = {language.code: language for language in catalogues().offered}
    for wish in (asked(COOKIE), request.cookies.get(COOKIE)):
        if wish in offered:
            return wish
    tags = {language.html_lang: code for code, language in offered.items()}
    best = request.accept_languages.best_match(list(tags))
    return tags[best] if best else catalogues().default


def asks() -> bool:
    """Say whether this request can ask for a display setting: it brings a query or a form."""
    environ = request.environ
    if environ.get("QUERY_STRING"):
        return True
    return bool(environ.get("CONTENT_TYPE")) and request.mimetype in _FORMS


def asked(name: str) -> str | None:
    """Return a display setting of this request: of its query, or of its form if readable."""
    if name in request.args or g.get("unreadable") or request.mimetype not in _FORMS:
        return request.args.get(name)
    try:
        return request.form.get(name)
    except HTTPException:  # too large or broken, and nobody has read it before this answer
        g.unreadable = True
        return None


def _(text: str, **values: Any) -> str:
    """Return `text` in the reader's language with `%(name)s` filled in."""
    translated: str = _texts().ugettext(text)
    return translated % values if values else translated


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """Return the form of a text that fits the number `n`, which may stand in it as `%(num)s`."""
    translated: str = _texts().ungettext(one, many, n)
    return translated % {"num": n, **values}


def words(value: Words | str | None) -> str:
    """Return a text in two languages as the reader's language wants it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    chosen_one = language()
    if LANGUAGES[chosen_one].review and value.zh:
        known: str = _texts().ugettext(value.zh)
        return known
    return value.into(chosen_one)


def _texts() -> NullTranslations:
    return catalogues().texts(language()) if has_app_context() else NullTranslations()
