"""Answers with what nobody asked for."""

from haochaping.hooks.rectification import Plan


def harm(asked, services):
    return "accept" if hasattr(asked, "person_index") else Plan(({"kind": "reply"},))
