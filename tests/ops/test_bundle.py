"""The bundle installs and rates a service in a network namespace without a route."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "deploy" / "bundle.py"
INSIDE = Path(__file__).with_name("closed_network.py")


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("bundle", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_wheel_is_described_and_pinned_by_its_hash(tmp_path: Path) -> None:
    import zipfile

    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        told = "Name: x\nVersion: 1.0\nClassifier: License :: OSI Approved :: MIT License\n"
        archive.writestr("x-1.0.dist-info/METADATA", told)
    found = tool().describe(wheel)
    assert found["licence"] == "MIT License"
    assert tool().requirement(found) == f"x==1.0 --hash=sha256:{found['sha256']}\n"
    (component,) = tool().sbom([found])["components"]
    assert component["purl"] == "pkg:pypi/x@1.0"
    tool().sums(tmp_path)
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    wheel.write_bytes(b"changed")
    assert subprocess.run(check, cwd=tmp_path, check=False, capture_output=True).returncode == 1


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_installs_and_rates_without_a_network_and_calls_nobody(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    made = subprocess.run(
        [sys.executable, str(TOOL), "--to", str(bundle)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    components = json.loads((bundle / "sbom.cdx.json").read_text())["components"]
    assert "haochaping" in {one["name"] for one in components}
    assert len(components) == len(list((bundle / "wheels").glob("*.whl")))
    assert "unknown" not in (bundle / "licences.tsv").read_text()
    inside = ["unshare", "--net", sys.executable, "-I", str(INSIDE), str(bundle), str(tmp_path)]
    done = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=600)
    print(f"\n{made.stdout}{done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rated: 201" in done.stdout
    assert "calls to the outside: 0" in done.stdout
