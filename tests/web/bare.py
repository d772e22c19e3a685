"""An application that shows sample pages without a deployment behind it."""

from __future__ import annotations

from flask import Flask, render_template

from haochaping.hooks.values import Words
from haochaping.web import assets, formats, frame, headers, i18n, requestlog
from tests.web import samples


def bare_app() -> Flask:
    """Return an application with `/sample/<name>` for every sample page."""
    app = Flask("haochaping.web", static_folder="static", template_folder="templates")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    requestlog.install(app)
    i18n.install(app, i18n.Catalogues(["haochaping"], ["zh_Hans_CN", "en"]))
    formats.install(app, "Asia/Shanghai")
    frame.install(app, Words("浙江省", "Zhejiang"))
    assets.install(app)
    headers.install(app)

    @app.get("/sample/<name>")
    def sample(name: str) -> str:
        template, values = samples.pages()[name]
        return render_template(template, **values)

    return app
