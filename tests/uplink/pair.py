"""A city and its province: two deployments, the upper one served on this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment, assemble
from haochaping.profile import Known
from haochaping.profile import load as load_profile
from haochaping.settings import read_secrets, read_settings, write_secrets

CITY, COUNTY, PROVINCE = "119900", "119901", "110000"
UNIT = "11990000MB2000004B"
SECRET = "shared between the two"
PROFILE = """\
extends: base
jurisdiction: {{code: "{code}", name: {{zh: {name}, en: Test}}}}
channels: {{enabled: [window_device, qr, web, sms, hotline]}}
uplink: {uplink}
plugins: {plugins}
"""


@dataclass
class Place:
    """A deployment and its clock."""

    deployment: Deployment
    clock: FakeClock

    @property
    def home(self) -> Path:
        return self.deployment.home


def found(
    home: Path, url: str, clock: FakeClock, code: str, uplink: str = "{}", **settings: Any
) -> Place:
    """Make a deployment of a jurisdiction with one unit, hall and item."""
    (home / "profiles").mkdir(parents=True)
    plugins = settings.pop("plugins", "{}")
    text = PROFILE.format(code=code, name="测试", uplink=uplink, plugins=plugins)
    (home / "profiles" / "here.yaml").write_text(text, encoding="utf-8")
    (home / "deployment.yaml").write_text(
        f"profile: here\ndatabase: {url}\nbase_url: http://localhost\n"
        "outgoing: {allow_hosts: [127.0.0.1], allow_loopback: true}\n",
        encoding="utf-8",
    )
    write_secrets(home)
    for name, said in settings.pop("secrets", {}).items():
        (home / "secrets" / f"{name}.secret").write_text(said, encoding="utf-8")
    place = Place(opened(home, clock, **settings), clock)
    _fill(place.deployment)
    return place


def opened(home: Path, clock: FakeClock, **settings: Any) -> Deployment:
    """Open the deployment in a folder, with further settings; `manager` knows its plugins."""
    manager = settings.pop("manager", None)
    found, secrets = replace(read_settings(home), **settings), read_secrets(home)
    if manager is None:
        return assemble(found, secrets, clock)
    known = Known(plugins=manager.schemas())
    profile = load_profile("here", deployment_dir=home, known=known)
    return assemble(found, secrets, clock, profile=profile, manager=manager)


def _fill(deployment: Deployment) -> None:
    where = {"region": COUNTY, "place": COUNTY}
    path = ""
    rows: list[tuple[Any, dict[str, Any]]] = []
    for code, level in ((PROVINCE, "province"), (CITY, "city"), (COUNTY, "county")):
        parent, path = path.strip("/").rpartition("/")[2] or None, f"{path or '/'}{code}/"
        row = {"code": code, "name": code, "level": level, "path": path, "county": COUNTY}
        rows.append((catalog.region, {**row, "parent": parent}))
    unit = {"id": 1, "code": UNIT, "uscc": UNIT, "name": "区审批局", "path": "/1/", **where}
    rows.append((catalog.organization, unit))
    hall = {"id": 5, "code": "H5", "name": "区政务中心", "organization_id": 1, **where}
    rows.append((catalog.hall, hall))
    rows.append((catalog.item, {"id": 7, "code": "I7", "name": "社保登记"}))
    with deployment.store.write() as conn:
        for table, one in rows:
            conn.execute(insert(table), one)


def key_of(deployment: Deployment, region: str = CITY) -> str:
    """Make the key of a lower platform."""
    new = NewApiKey("下级平台", frozenset({"exchange.write"}), region)
    with deployment.store.write() as conn:
        at = deployment.clock.now()
        return api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, at)[1]
