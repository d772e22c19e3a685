"""Migrations of the table of the shaming board."""
