"""Wants to talk to the world."""

import socket


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        with socket.socket(family):
            raise Leaked
