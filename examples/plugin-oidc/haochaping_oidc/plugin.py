"""The plugin: one identity provider."""

from __future__ import annotations

from collections.abc import Iterable

from haochaping import Plugin, hookimpl
from haochaping.hooks.deployment import IdentityProvider
from haochaping.hooks.values import Words


class Oidc(Plugin):
    """Signing in through OpenID Connect."""

    name = "oidc"
    api_version = 1
    title_zh = "统一身份认证（OpenID Connect）"
    title_en = "OpenID Connect"
    config_schema = "config.schema.json"

    @hookimpl
    def identity_providers(self) -> Iterable[IdentityProvider]:
        """Contributes: the button on the sign-in page and what is behind it."""
        title = Words("统一身份认证登录", "Single sign-on")
        return [IdentityProvider("oidc", title, "haochaping_oidc.provider:make")]
