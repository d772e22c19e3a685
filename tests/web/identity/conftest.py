"""A console whose profile enables the OIDC plugin, and a provider on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment, assemble
from haochaping.plugins import PluginManager
from haochaping.profile import Known, load
from haochaping.settings import read_secrets, read_settings, write_secrets
from tests.web.conftest import SETTINGS
from tests.web.conftest import site as site
from tests.web.console.conftest import Office, _cheap_passwords, office  # noqa: F401

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugin-oidc"
CLIENT, SECRET = "hcp", "s3cret"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _jwk() -> dict[str, Any]:
    numbers = KEY.public_key().public_numbers()
    parts = {"n": numbers.n, "e": numbers.e}
    return {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256"} | {
        name: encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        for name, value in parts.items()
    }


@dataclass
class Provider:
    """An OpenID Connect provider: who signs in next, and how it misbehaves."""

    now: Any
    address: str = ""
    subject: str = "u-20571"
    methods: tuple[str, ...] = ("pwd", "otp")
    spoilt: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    down: bool = False
    asked: dict[str, Any] = field(default_factory=dict)
    """What the authorization address was asked with, by code."""

    def authorize(self, url: str) -> str:
        """Play the person at the provider; return the query that the browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"?code={code}&state={query['state']}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Answer the exchange of a code, None when it must be refused."""
        query = self.asked.pop(form.get("code", ""), None)
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if query is None or authorization != f"Basic {pair}":
            return None
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        if encoded(verifier) != query["code_challenge"]:
            return None
        at = int(self.now().timestamp())
        claims = {"iss": self.address, "aud": CLIENT, "sub": self.subject, "name": "王小明"}
        claims |= {"iat": at, "exp": at + 300, "nonce": query["nonce"], "amr": list(self.methods)}
        return {"id_token": self._signed(claims | self.spoilt), "token_type": "Bearer"}

    def _signed(self, claims: dict[str, Any]) -> str:
        head = encoded(json.dumps({"alg": "RS256", "kid": "k1"}).encode())
        body = f"{head}.{encoded(json.dumps(claims).encode())}"
        signature = self.key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{body}.{encoded(signature)}"

    def discovery(self) -> dict[str, Any]:
        here = self.address
        return {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
        }


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {
                "/.well-known/openid-configuration": provider.discovery,
                "/keys": lambda: {"keys": [_jwk()]},
            }
            self._answer(known.get(self.path, dict)())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, said: dict[str, Any] | None) -> None:
            self.send_response(503 if provider.down else 200 if said is not None else 400)
            self.end_headers()
            self.wfile.write(json.dumps(said or {}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def provider(clock: FakeClock) -> Iterator[Provider]:
    """A provider that answers on this machine."""
    found = Provider(clock.now)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


PROFILE = """\
extends: base
access:
  second_factor: {{roles: [supervisor]}}
plugins:
  oidc: {{issuer: "{issuer}", client_id: hcp, second_factor: [otp]}}
"""
OUTGOING = "outgoing: {allow_hosts: [127.0.0.1], allow_loopback: true}\n"


@pytest.fixture
def deployment(
    sqlite_url: str,
    clock: FakeClock,
    tmp_path: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from haochaping_oidc.plugin import Oidc

    home = tmp_path / "home"
    home.mkdir()
    (home / "town.yaml").write_text(PROFILE.format(issuer=provider.address), encoding="utf-8")
    (home / "deployment.yaml").write_text(
        SETTINGS.format(database=sqlite_url) + OUTGOING, encoding="utf-8"
    )
    write_secrets(home)
    (home / "secrets" / "oidc.secret").write_text(SECRET + "\n", encoding="utf-8")
    manager = PluginManager([Oidc])
    known = Known(plugins=manager.schemas())
    profile = load(str(home / "town.yaml"), deployment_dir=home, known=known)
    settings, secrets = read_settings(home), read_secrets(home)
    found = assemble(settings, secrets, clock, profile=profile, manager=manager)
    yield found
    found.close()
    for name in [one for one in sys.modules if one.startswith("haochaping_oidc")]:
        del sys.modules[name]
