"""Closes everything that is open."""

import os


def harm(asked, services):
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))
