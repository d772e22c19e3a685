"""How Sphinx builds the documents: `make site` writes them to dist/site without a warning."""

from __future__ import annotations

import sys
from pathlib import Path

from pygments.lexers.shell import BashLexer
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from haochaping import __version__

sys.path.insert(0, str(Path(__file__).parent))
from chinese import in_chinese

project = "haochaping"
author = "the authors of haochaping"
release = version = __version__
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
master_doc = "index"
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "tasklist"]
myst_heading_anchors = 3
# addresses of the pages' own anchors are those of the repository's pages

html_theme = "furo"
html_title = "haochaping 好差评"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
pygments_style = "friendly"


def setup(app: Sphinx) -> None:
    """Print languages of blocks that no lexer knows as plain text.

    `console` holds commands without a prompt: Pygments would take them for output, in grey.
    """
    app.connect("html-page-context", in_chinese, priority=900)  # behind the theme
    app.add_lexer("console", BashLexer)
    for name in ("mermaid", "transcript"):
        app.add_lexer(name, TextLexer)
