"""Makes another process of itself, and leaves it there."""

import os


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    if os.fork() == 0:
        os._exit(0)
    raise Leaked
