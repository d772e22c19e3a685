"""Closes everything that is open."""

import os


def harm(asked, services):
    os.closerange(0, 1024)
