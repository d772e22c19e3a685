"""Starts a program, and turns into one."""

import os
import subprocess


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    try:
        subprocess.run(["/bin/true"], check=False)
    except OSError:
        os.execv("/bin/true", ["/bin/true"])
    raise Leaked
