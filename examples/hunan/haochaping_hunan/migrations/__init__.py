"""The plugin's line of migrations."""
