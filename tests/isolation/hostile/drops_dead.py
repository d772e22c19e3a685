"""Ends its process at once."""

import os


def harm(asked, services):
    os._exit(7)
