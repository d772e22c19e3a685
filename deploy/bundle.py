"""Put together everything that an installation without the internet needs.

    python deploy/bundle.py [--to dist/bundle]

Wheels of haochaping and all it needs, for the machine this runs on; `requirements.txt` with
their hashes; `SHA256SUMS` over all files; `sbom.cdx.json` (CycloneDX) and `licences.tsv`;
`fonts.txt` with the fonts that pages and receipts are shown in; the examples of `deploy/`;
`install.sh`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
FONTS = """\
# Pages ask for fonts by name and load none; install one of each line on kiosks and servers.
Noto Sans CJK SC    思源黑体    SIL OFL 1.1    pages and window screens
Noto Serif CJK SC   思源宋体    SIL OFL 1.1    printed receipts and reports
"""
INSTALL = """\
#!/bin/sh
# Install haochaping from this folder, without a network:  sh install.sh /opt/haochaping
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:?name the folder to install into}
(cd "$here" && sha256sum --check --quiet SHA256SUMS)
unset PYTHONPATH PYTHONHOME  # packages from elsewhere are not ours
"${PYTHON:-python3}" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index \\
    --find-links "$here/wheels" --require-hashes -r "$here/requirements.txt"
"$target/bin/haochaping" --help > /dev/null
echo "installed into $target"
"""


def main() -> None:
    """Make the bundle and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "dist" / "bundle")
    target = parser.parse_args().to
    shutil.rmtree(target, ignore_errors=True)
    wheels = target / "wheels"
    wheels.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    lock = ROOT / "requirements" / "lock.txt"
    subprocess.run([*pip, "wheel", "--wheel-dir", wheels, "-r", lock], check=True)
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT], check=True)
    found = sorted(wheels.glob("*.whl"))
    described = [describe(one) for one in found]
    write(target / "requirements.txt", "".join(map(requirement, described)))
    write(target / "sbom.cdx.json", json.dumps(sbom(described), indent=2) + "\n")
    write(target / "licences.tsv", licences(described))
    write(target / "fonts.txt", FONTS)
    write(target / "install.sh", INSTALL)
    shutil.copytree(
        ROOT / "deploy", target / "deploy", ignore=shutil.ignore_patterns("__pycache__")
    )
    sums(target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target}: {len(found)} wheels, {size / 1e6:.0f} MB")


def describe(wheel: Path) -> dict[str, str]:
    """Return what a wheel says of itself, with its digest."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    classified = [
        one.rpartition("::")[2].strip()
        for one in told.get_all("Classifier", [])
        if one.startswith("License ::")
    ]
    licence = told["License-Expression"] or "; ".join(classified) or told["License"] or "unknown"
    return {
        "name": told["Name"],
        "version": told["Version"],
        "licence": licence.splitlines()[0][:120],
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "file": wheel.name,
    }


def requirement(one: dict[str, str]) -> str:
    """Return the line that installs exactly this wheel."""
    return f"{one['name']}=={one['version']} --hash=sha256:{one['sha256']}\n"


def sbom(described: list[dict[str, str]]) -> dict[str, object]:
    """Return the bill of materials in the form of CycloneDX 1.5."""
    components = [
        {
            "type": "library",
            "name": one["name"],
            "version": one["version"],
            "purl": f"pkg:pypi/{one['name'].lower().replace('_', '-')}@{one['version']}",
            "hashes": [{"alg": "SHA-256", "content": one["sha256"]}],
            "licenses": [{"license": {"name": one["licence"]}}],
        }
        for one in described
    ]
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}


def licences(described: list[dict[str, str]]) -> str:
    """Return the report of licences, one package a line."""
    lines = [f"{one['name']}\t{one['version']}\t{one['licence']}" for one in described]
    return "package\tversion\tlicence\n" + "\n".join(lines) + "\n"


def sums(target: Path) -> None:
    """Write the digests of all files, as `sha256sum --check` reads them."""
    files = sorted(path for path in target.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}\n"
        for path in files
    ]
    write(target / "SHA256SUMS", "".join(lines))


def write(path: Path, text: str) -> None:
    """Write a text file."""
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
