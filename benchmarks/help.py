"""`haochaping --help`, beside starting Python and doing nothing (B16).

python benchmarks/help.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from paired import Way, compare

COMMAND = str(Path(sys.executable).with_name("haochaping"))


def main() -> None:
    """Measure and print."""
    compare(
        "start of the command line",
        Way("python -c pass", lambda: _run(sys.executable, "-c", "pass")),
        Way("haochaping --help", lambda: _run(COMMAND, "--help")),
        most=10,
        pairs=9,
    )


def _run(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
