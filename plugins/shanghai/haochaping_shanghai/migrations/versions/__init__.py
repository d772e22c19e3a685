"""The line of migrations."""
