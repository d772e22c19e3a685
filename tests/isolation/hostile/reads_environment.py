"""Looks for secrets in the environment of its process and of the core."""

import os
from pathlib import Path


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    if os.environ:
        raise Leaked
    for owner in ("self", str(os.getppid())):
        if Path(f"/proc/{owner}/environ").read_bytes():
            raise Leaked
