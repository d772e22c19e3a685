"""What the tests of the core and of all plugins share; `tests/conftest.py` has their fixtures."""

pytest_plugins = ["tests.kept", "tests.measuring"]
