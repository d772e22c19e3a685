"""Migrations of the guangdong plugin."""
