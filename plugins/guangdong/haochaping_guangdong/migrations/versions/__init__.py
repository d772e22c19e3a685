"""Versions of the guangdong plugin."""
