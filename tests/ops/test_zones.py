"""Surfaces, real addresses, unit files and manifests: what each zone serves, what keeps it in."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask, request

from haochaping.deployment import Deployment
from haochaping.web import proxies, surfaces
from haochaping.web.app import ROOMS, create_app

DEPLOY = Path(__file__).parents[2] / "deploy"
PAGES = {
    "public": "/boards",
    "citizen": "/find",
    "device": "/device/worker.js",
    "console": "/console/sign-in",
    "api": "/api/v1/openapi.json",
}


def exists(app: Flask, path: str) -> bool:
    with app.test_client().get(path) as answer:
        return answer.status_code != 404


@pytest.mark.parametrize("surface", surfaces.ALL)
def test_a_surface_serves_its_pages_and_no_others(rated: Deployment, surface: str) -> None:
    app = create_app(rated, surfaces.parse(surface))
    found = {name for name, path in PAGES.items() if exists(app, path)}
    assert found == {surface}
    assert exists(app, "/healthz")
    assert exists(app, "/static/base.css")


def test_every_route_belongs_to_a_surface(rated: Deployment) -> None:
    app = create_app(rated)
    rooms = app.extensions["haochaping.rooms"]
    for rule in app.url_map.iter_rules():
        room = rooms.get(rule.endpoint.rpartition(".")[0], "")
        assert surfaces.surface_of(room, rule.rule) <= set(surfaces.ALL)
    assert set(ROOMS) - {"health"} == set(surfaces.ALL)
    assert set(rooms.values()) == set(ROOMS)


def test_an_unknown_surface_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="there are public, citizen"):
        surfaces.parse("publik")


def seen(remote: str, networks: tuple[str, ...], **headers: str) -> tuple[str | None, bool]:
    app = Flask("x")

    @app.get("/")
    def show() -> dict[str, Any]:
        return {"address": request.remote_addr, "secure": request.is_secure}

    app.wsgi_app = proxies.TrustedProxies(app.wsgi_app, 1, networks)  # type: ignore[method-assign]
    answer = app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": remote})
    return answer.json["address"], answer.json["secure"]


def test_only_trusted_proxies_say_who_the_client_is() -> None:
    told = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    assert seen("10.1.1.1", ("10.1.1.1/32",), **told) == ("198.51.100.7", True)
    assert seen("203.0.113.5", ("10.1.1.1/32",), **told) == ("203.0.113.5", False)
    chain = {"X-Forwarded-For": "1.2.3.4, 198.51.100.7"}
    assert seen("10.1.1.1", ("10.0.0.0/8",), **chain)[0] == "198.51.100.7"


PROGRAM = "/opt/haochaping/bin/haochaping"
HARDENING = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "SystemCallFilter": "@system-service",
}


def units(pattern: str) -> list[tuple[str, configparser.ConfigParser]]:
    found = []
    for path in sorted((DEPLOY / "systemd").glob(pattern)):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(path, encoding="utf-8")
        found.append((path.name, parser))
    return found


def test_units_are_hardened_and_call_commands_that_exist() -> None:
    from haochaping.cli.table import COMMANDS

    services = units("*.service")
    assert len(services) == 6
    for name, unit in services:
        service = unit["Service"]
        assert service["User"] == "haochaping", name
        for option, value in HARDENING.items():
            assert service.get(option) == value, (name, option)
        command = service["ExecStart"].split()[1]
        assert COMMANDS[command].exists
    assert {name for name, _ in units("*.timer")} == {
        f"haochaping-{one}.timer" for one in ("backup", "doctor", "verify")
    }


def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """The program that they start is not installed here; another one stands for it.

    Where there is no systemd the tests around this one stand alone.
    """
    systemd = shutil.which("systemd-analyze") or "/bin/true"
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(
            text.replace("/opt/haochaping/bin/haochaping", "/bin/true")
        )
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run([systemd, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def manifests() -> list[dict[str, Any]]:
    return [
        one
        for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def test_manifests_probe_what_the_pages_answer_and_run_as_nobody(rated: Deployment) -> None:
    app, kinds = create_app(rated), [one["kind"] for one in manifests()]
    assert kinds.count("Deployment") == 4
    assert "NetworkPolicy" in kinds
    for one in manifests():
        template = one["spec"].get("template")
        if template is None:
            continue
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
        assert template["spec"]["automountServiceAccountToken"] is False
        (container,) = template["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        probes = [container[name] for name in container if name.endswith("Probe")]
        for probe in probes:
            assert app.test_client().get(probe["httpGet"]["path"]).status_code == 200
        served = {env["name"]: env.get("value") for env in container["env"]}
        surfaces.parse(served.get("HAOCHAPING_SURFACE") or "")
        if one["kind"] == "Deployment" and container["args"] == ["web"]:
            assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()
            assert one["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        volumes = {volume["name"] for volume in template["spec"]["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_the_zones_of_the_manifests_cover_all_surfaces_once() -> None:
    named = [
        env["value"]
        for one in manifests()
        if one["kind"] == "Deployment"
        for env in one["spec"]["template"]["spec"]["containers"][0]["env"]
        if env["name"] == "HAOCHAPING_SURFACE"
    ]
    assert sorted(",".join(named).split(",")) == sorted(surfaces.ALL)


def test_compose_starts_every_process_without_rights() -> None:
    document = yaml.safe_load((DEPLOY / "compose" / "compose.yml").read_text(encoding="utf-8"))
    services = document["services"]
    assert services.keys() == {"database", "web", "line", "worker"}
    for name in ("web", "line", "worker"):
        one = services[name]
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
    assert "/readyz" in services["web"]["healthcheck"]["test"][-1]


def test_the_proxy_overwrites_addresses_limits_bodies_and_hides_what_is_inner() -> None:
    text = (DEPLOY / "nginx" / "haochaping.conf").read_text(encoding="utf-8")
    plain = re.sub(r"#.*", "", text)
    assert plain.count("{") == plain.count("}")
    forwarded = re.findall(r"proxy_set_header X-Forwarded-For (\S+);", plain)
    assert set(forwarded) == {"$remote_addr"}, "never what the client says"
    public = plain[plain.index("upstream haochaping_public") :]
    assert re.findall(r"client_max_body_size (\w+);", public)[0] == "64k"
    for inner in ("/metrics", "/readyz", "/console"):
        assert re.search(rf"location =? ?{inner} +{{ return 404; }}", plain)
    assert "ssl_protocols       TLSv1.2 TLSv1.3;" in plain
    assert "access_log off;" in plain
    assert "proxy_next_upstream error timeout http_502 http_503 non_idempotent;" in plain
