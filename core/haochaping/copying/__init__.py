"""Copies of a deployment: backups, restoring them, moving to another database."""
