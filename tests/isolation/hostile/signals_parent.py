"""Ends the core, by every way of sending a signal."""

import ctypes
import os
import signal


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    libc = ctypes.CDLL(None)
    if libc.kill(os.getppid(), 0) == 0 or libc.syscall(434, os.getppid(), 0) >= 0:
        raise Leaked
    os.kill(os.getppid(), signal.SIGKILL)
    raise Leaked
