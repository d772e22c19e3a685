"""Doors for plugins: what of the core's rooms they may use beside the hooks, and what it does.

Rooms may move; the names here stay, under the same promise as the hooks (`API_VERSION`). The
core itself imports nothing from here.
"""
