"""The client's real address, from proxies that are trusted and from nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Wsgi = Callable[["WSGIEnvironment", "StartResponse"], Any]
_FORWARDED: Final = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_FORWARDED",
)


class TrustedProxies:
    """Takes what proxies say of the client, as many hops as there are proxies.

    The headers count only when the connection comes from one of the `networks`; who goes
    around the proxy may write what he likes.
    """

    def __init__(self, app: Wsgi, hops: int, networks: Iterable[str]) -> None:
        self._plain = app
        self._fixed = ProxyFix(app, x_for=hops, x_proto=hops, x_host=hops)
        self._networks = tuple(ip_network(one) for one in networks)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        if self._trusts(str(environ.get("REMOTE_ADDR", ""))):
            return self._fixed(environ, start_response)
        for name in _FORWARDED:
            environ.pop(name, None)
        return self._plain(environ, start_response)

    def _trusts(self, address: str) -> bool:
        try:
            here = ip_address(address)
        except ValueError:
            return address == ""  # a Unix socket: only the proxy can reach it
        return any(here in one for one in self._networks)
